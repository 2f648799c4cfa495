package io.tidemark.database.mysql.value;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.MySqlSessions;
import io.tidemark.database.mysql.session.ValueBytes;
import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Every character of every character set that a server knows, as the log has it and as the server
 * shows it.
 */
class CharacterSetsIT {

  /** Those that the job's source cannot have texts in. */
  private static final Set<String> NO_TEXT = Set.of("binary");

  private static final int BLOCK = 256;

  /** Of the planes behind the first one every so manyth block is asked for. */
  private static final int STRIDE = 37;

  @Test
  void mySql(@MySql MySqlServer server) throws Exception {
    assertSame(server);
  }

  @Test
  void mariaDb(@MariaDb MySqlServer server) throws Exception {
    assertSame(server);
  }

  private static void assertSame(MySqlServer server) throws Exception {
    List<String> different = new ArrayList<>();
    try (MySqlQueries queries = new MySqlQueries(MySqlSessions.open(server.spec(""), "test"))) {
      List<String> charsets =
          queries.list(
              "asking for the character sets",
              "SELECT CHARACTER_SET_NAME FROM information_schema.CHARACTER_SETS ORDER BY 1",
              row -> row.getString(1));
      assertThat(charsets).hasSizeGreaterThan(30);
      Set<String> multibyte = new HashSet<>();
      for (String charset : charsets) {
        if (!NO_TEXT.contains(charset)) {
          int characters = compare(charset, queries, different);
          assertThat(characters).as("characters of " + charset).isGreaterThan(90);
          if (characters > 5_000) {
            multibyte.add(charset);
          }
        }
      }
      assertThat(multibyte).contains("big5", "cp932", "eucjpms", "euckr", "gbk", "sjis", "ujis");
    }
    assertThat(different).isEmpty();
  }

  /** Returns how many characters the set has. */
  private static int compare(String charset, MySqlQueries queries, List<String> different)
      throws Exception {
    int longest =
        queries.one(
            "asking for " + charset,
            "SELECT MAXLEN FROM information_schema.CHARACTER_SETS WHERE CHARACTER_SET_NAME = ?",
            row -> row.getInt(1),
            charset);
    TextEncoding encoding = TextEncoding.of(charset, queries);
    if (longest == 1) {
      return compareBytes(charset, encoding, queries, different);
    }
    int characters = 0;
    for (int from = 0; from <= Character.MAX_CODE_POINT; from += BLOCK) {
      if (from >= 0x10000 && (longest < 3 || from / BLOCK % STRIDE != 0)) {
        continue;
      }
      StringBuilder columns = new StringBuilder();
      for (int point = from; point < from + BLOCK; point++) {
        String text =
            "CONVERT(CONVERT(x'" + hexOf(point) + "' USING utf8mb4) USING " + charset + ")";
        columns.append(columns.isEmpty() ? "" : ", ");
        columns.append("CAST(").append(text).append(" AS BINARY), CAST(CONVERT(").append(text);
        columns.append(" USING utf8mb4) AS BINARY)");
      }
      int first = from;
      characters +=
          queries.one(
              "converting",
              "SELECT " + columns,
              row -> {
                int known = 0;
                for (int i = 0; i < BLOCK; i++) {
                  byte[] stored = row.getBytes(2 * i + 1);
                  byte[] shown = row.getBytes(2 * i + 2);
                  if (stored == null
                      || shown == null
                      || Character.isSurrogate((char) (first + i)) && first < 0x10000) {
                    continue;
                  }
                  String logged = read(encoding, stored);
                  String expected = new String(shown, StandardCharsets.UTF_8);
                  known += expected.equals(Character.toString(first + i)) ? 1 : 0;
                  if (!logged.equals(expected) && different.size() < 100) {
                    different.add(
                        String.format(
                            "%s U+%04X: the log %s, the server %s",
                            charset, first + i, logged, expected));
                  }
                }
                return known;
              });
    }
    return characters;
  }

  /** Where a character is a byte: each byte, but for those that are no character of the set. */
  private static int compareBytes(
      String charset, TextEncoding encoding, MySqlQueries queries, List<String> different)
      throws Exception {
    StringBuilder columns = new StringBuilder();
    for (int stored = 0; stored < BLOCK; stored++) {
      String text = String.format("CONVERT(x'%02x' USING %s)", stored, charset);
      columns.append(stored == 0 ? "" : ", ").append("CAST(CONVERT(").append(text);
      columns.append(" USING utf8mb4) AS BINARY), CAST(CONVERT(CONVERT(").append(text);
      columns.append(" USING utf8mb4) USING ").append(charset).append(") AS BINARY)");
    }
    return queries.one(
        "converting",
        "SELECT " + columns,
        row -> {
          int known = 0;
          for (int stored = 0; stored < BLOCK; stored++) {
            byte[] bytes = {(byte) stored};
            byte[] shown = row.getBytes(2 * stored + 1);
            if (shown == null || !Arrays.equals(row.getBytes(2 * stored + 2), bytes)) {
              continue;
            }
            known++;
            String logged = read(encoding, bytes);
            String expected = new String(shown, StandardCharsets.UTF_8);
            if (!logged.equals(expected)) {
              different.add(
                  String.format(
                      "%s x'%02x': the log %s, the server %s", charset, stored, logged, expected));
            }
          }
          return known;
        });
  }

  private static String read(TextEncoding encoding, byte[] stored) {
    ValueBytes out = new ValueBytes(16);
    try {
      encoding.toUtf8(stored, 0, stored.length, out);
    } catch (IllegalArgumentException refused) {
      return "refused";
    }
    return new String(out.array(), 0, out.size(), StandardCharsets.UTF_8);
  }

  private static String hexOf(int point) {
    StringBuilder hex = new StringBuilder();
    int shown = point >= 0xd800 && point <= 0xdfff ? '?' : point;
    for (byte unit : Character.toString(shown).getBytes(StandardCharsets.UTF_8)) {
      hex.append(String.format("%02x", unit));
    }
    return hex.toString();
  }
}
