package io.tidemark.database.mysql.value;

import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.ValueBytes;
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

  /** Longest of the statements: more columns than this no server returns. */
  private static final int MOST_CODES = 1_500;

  /**
   * The codes by their first bytes: the character in UTF-8, or the codes that go on with it; null
   * where no character has such a code.
   */
  private sealed interface Entry {}

  private record Shown(byte[] utf8) implements Entry {}

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
      for (int digit = 0x30; digit <= 0x39; digit++) {
        Node thirds = new Node();
        List<byte[]> codes = new ArrayList<>();
        for (int third = 0x81; third <= 0xfe; third++) {
          Node lasts = new Node();
          thirds.next[third] = lasts;
          for (int last = 0x30; last <= 0x39; last++) {
            codes.add(new byte[] {(byte) lead, (byte) digit, (byte) third, (byte) last});
          }
        }
        List<Optional<byte[]>> characters =
            lead < SUPPLEMENTARY_LEAD ? characters(codes) : supplementary(codes);
        boolean any = false;
        for (int i = 0; i < codes.size(); i++) {
          if (characters.get(i).isPresent()) {
            any = true;
            Node lasts = (Node) thirds.next[codes.get(i)[2] & 0xff];
            lasts.next[codes.get(i)[3] & 0xff] = new Shown(characters.get(i).get());
          }
        }
        pairs.next[digit] = any ? thirds : null;
      }
    }

    private static List<Optional<byte[]>> supplementary(List<byte[]> codes) {
      List<Optional<byte[]>> characters = new ArrayList<>();
      for (byte[] code : codes) {
        int place =
            (((code[0] & 0xff) - SUPPLEMENTARY_LEAD) * 10 + code[1] - 0x30) * 1260
                + ((code[2] & 0xff) - 0x81) * 10
                + code[3]
                - 0x30;
        int point = 0x10000 + place;
        characters.add(
            point <= Character.MAX_CODE_POINT
                ? Optional.of(
                    Character.toString(point).getBytes(java.nio.charset.StandardCharsets.UTF_8))
                : Optional.empty());
      }
      return characters;
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
