package io.tidemark.database.mysql.value;

import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.ValueBytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A character set of several bytes per character, as the server itself turns its codes into
 * characters. Everybody has tables of their own for these sets: Java's and the servers' differ in
 * the wave dash, the backslash, and what vendors have added, and a row would read otherwise from
 * the log than from a snapshot. Immutable once made.
 */
final class CharacterTable implements TextEncoding {

  /** The lead byte that is followed by two others in EUC (SS3 of ISO 2022). */
  private static final int SINGLE_SHIFT_THREE = 0x8f;

  /** Of the codes of GB 18030 that have four bytes, the second and the last one are such digits. */
  private static final int FIRST_DIGIT = 0x30;

  private static final int DIGITS = 10;
  private static final int FIRST_THIRD = 0x81;
  private static final int LAST_THIRD = 0xfe;
  private static final int THIRDS = LAST_THIRD - FIRST_THIRD + 1;

  /** Longest of the statements: more columns than this no server returns. */
  private static final int MOST_CODES = 1_500;

  /**
   * The codes by their first bytes: the character in UTF-8, or the codes that go on with it; null
   * where no character has such a code.
   */
  private sealed interface Entry {}

  private record Shown(byte[] utf8) implements Entry {}

  /**
   * Where all codes go on with a byte and a digit and stand for code points one after the other:
   * they are a million, and need no table.
   *
   * @param first the code point of the first of them
   */
  private record Sequence(int first) implements Entry {

    static final int BYTES = 2;

    byte[] utf8(int third, int last) {
      int point = first + (third - FIRST_THIRD) * DIGITS + last - FIRST_DIGIT;
      boolean isCode =
          third >= FIRST_THIRD
              && third <= LAST_THIRD
              && last >= FIRST_DIGIT
              && last < FIRST_DIGIT + DIGITS
              && point <= Character.MAX_CODE_POINT;
      if (!isCode) {
        throw new IllegalArgumentException(
            "a text has a code that its character set has no character for");
      }
      return Character.toString(point).getBytes(StandardCharsets.UTF_8);
    }
  }

  private static final class Node implements Entry {
    private final @Nullable Entry[] next = new @Nullable Entry[256];
  }

  private final String charset;
  private final Node root;

  private CharacterTable(String charset, Node root) {
    this.charset = charset;
    this.root = root;
  }

  /** Asks the server for every code of a set whose characters have so many bytes at most. */
  static CharacterTable read(String charset, int longest, MySqlQueries queries) {
    Reading reading = new Reading(charset, queries);
    Node root = new Node();
    reading.fill(root, new byte[0]);
    for (int lead = 0x80; lead < 256; lead++) {
      if (root.next[lead] == null) {
        Node pairs = new Node();
        reading.fill(pairs, new byte[] {(byte) lead});
        if (longest == 3 && lead == SINGLE_SHIFT_THREE) {
          for (int second = 0x80; second < 256; second++) {
            pairs.next[second] = reading.node((byte) lead, (byte) second);
          }
        }
        if (longest == 4) {
          reading.fourBytes(pairs, lead);
        }
        root.next[lead] = pairs;
      }
    }
    return new CharacterTable(charset, root);
  }

  @Override
  public void toUtf8(byte[] bytes, int offset, int length, ValueBytes out) {
    int at = offset;
    int end = offset + length;
    while (at < end) {
      Entry entry = root.next[bytes[at++] & 0xff];
      while (entry instanceof Node node) {
        if (at == end) {
          throw new IllegalArgumentException("a text in character set " + charset + " is cut off");
        }
        entry = node.next[bytes[at++] & 0xff];
      }
      if (entry instanceof Sequence sequence) {
        if (end - at < Sequence.BYTES) {
          throw new IllegalArgumentException("a text in character set " + charset + " is cut off");
        }
        out.put(sequence.utf8(bytes[at] & 0xff, bytes[at + 1] & 0xff));
        at += Sequence.BYTES;
        continue;
      }
      if (!(entry instanceof Shown character)) {
        throw new IllegalArgumentException(
            "a text has a code that character set " + charset + " has no character for");
      }
      out.put(character.utf8());
    }
  }

  /** Questions to the server. */
  private static final class Reading {

    /** Where the codes of four bytes stand for the planes behind the first one, in their order. */
    private static final int SUPPLEMENTARY_LEAD = 0x90;

    private final String charset;
    private final MySqlQueries queries;

    Reading(String charset, MySqlQueries queries) {
      this.charset = charset;
      this.queries = queries;
    }

    Node node(byte... prefix) {
      Node node = new Node();
      fill(node, prefix);
      return node;
    }

    /** All codes that are {@code prefix} and one byte more. */
    void fill(Node node, byte[] prefix) {
      List<byte[]> codes = new ArrayList<>();
      for (int last = 0; last < 256; last++) {
        codes.add(code(prefix, last));
      }
      List<Optional<byte[]>> characters = characters(codes);
      for (int last = 0; last < 256; last++) {
        if (characters.get(last).isPresent()) {
          node.next[last] = new Shown(characters.get(last).get());
        }
      }
    }

    /**
     * The codes of GB 18030 that have four bytes: a lead byte, a digit, a byte and a digit. From
     * 0x90308130 on they are the code points from U+10000 on, one after the other (GB 18030-2005,
     * 4-byte part); below, a table.
     */
    void fourBytes(Node pairs, int lead) {
      for (int digit = FIRST_DIGIT; digit < FIRST_DIGIT + DIGITS; digit++) {
        pairs.next[digit] = lead < SUPPLEMENTARY_LEAD ? table(lead, digit) : sequence(lead, digit);
      }
    }

    private static @Nullable Entry sequence(int lead, int digit) {
      int row = (lead - SUPPLEMENTARY_LEAD) * DIGITS + digit - FIRST_DIGIT;
      int first = Character.MIN_SUPPLEMENTARY_CODE_POINT + row * THIRDS * DIGITS;
      return first <= Character.MAX_CODE_POINT ? new Sequence(first) : null;
    }

    private @Nullable Entry table(int lead, int digit) {
      Node thirds = new Node();
      List<byte[]> codes = new ArrayList<>();
      for (int third = FIRST_THIRD; third <= LAST_THIRD; third++) {
        for (int last = FIRST_DIGIT; last < FIRST_DIGIT + DIGITS; last++) {
          codes.add(new byte[] {(byte) lead, (byte) digit, (byte) third, (byte) last});
        }
      }
      List<Optional<byte[]>> characters = characters(codes);
      boolean any = false;
      for (int i = 0; i < codes.size(); i++) {
        if (characters.get(i).isPresent()) {
          any = true;
          int third = codes.get(i)[2] & 0xff;
          if (thirds.next[third] == null) {
            thirds.next[third] = new Node();
          }
          Node lasts = (Node) thirds.next[third];
          lasts.next[codes.get(i)[3] & 0xff] = new Shown(characters.get(i).get());
        }
      }
      return any ? thirds : null;
    }

    private static byte[] code(byte[] prefix, int last) {
      byte[] code = java.util.Arrays.copyOf(prefix, prefix.length + 1);
      code[prefix.length] = (byte) last;
      return code;
    }

    /** Empty for a code that the server takes for no character, or for one that it cannot show. */
    private List<Optional<byte[]>> characters(List<byte[]> codes) {
      List<Optional<byte[]>> characters = new ArrayList<>();
      for (int from = 0; from < codes.size(); from += MOST_CODES) {
        characters.addAll(ask(codes.subList(from, Math.min(codes.size(), from + MOST_CODES))));
      }
      return characters;
    }

    private List<Optional<byte[]>> ask(List<byte[]> codes) {
      StringBuilder columns = new StringBuilder();
      for (byte[] code : codes) {
        String text =
            String.format(
                Locale.ROOT, "CONVERT(x'%s' USING %s)", HexFormat.of().formatHex(code), charset);
        columns.append(columns.isEmpty() ? "" : ", ");
        columns.append("CAST(CONVERT(").append(text).append(" USING utf8mb4) AS BINARY)");
        columns.append(", CAST(").append(text).append(" AS BINARY)");
      }
      return queries.one(
          "asking for the characters of " + charset,
          "SELECT " + columns,
          row -> {
            List<Optional<byte[]>> characters = new ArrayList<>();
            for (int i = 0; i < codes.size(); i++) {
              byte[] character = row.getBytes(2 * i + 1);
              byte[] same = row.getBytes(2 * i + 2);
              boolean isReplaced =
                  character == null
                      || same == null
                      || !java.util.Arrays.equals(same, codes.get(i))
                      || !isOneCharacter(character)
                      || character[0] == '?'
                          && !(codes.get(i).length == 1 && codes.get(i)[0] == '?');
              characters.add(isReplaced ? Optional.empty() : Optional.of(character));
            }
            return characters;
          });
    }

    private static boolean isOneCharacter(byte[] utf8) {
      int first = utf8.length == 0 ? 0 : utf8[0] & 0xff;
      int length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
      return utf8.length == length;
    }
  }
}
