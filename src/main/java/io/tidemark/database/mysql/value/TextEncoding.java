package io.tidemark.database.mysql.value;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.ValueBytes;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Turns the characters of a column, which the log has in the column's own character set, into UTF-8
 * as the server does when it is asked for them. Stateless once made.
 */
public sealed interface TextEncoding
    permits TextEncoding.Same,
        TextEncoding.ByTable,
        TextEncoding.Points,
        TextEncoding.Converted,
        CharacterTable {

  /**
   * Appends the text in UTF-8.
   *
   * @throws IllegalArgumentException if the bytes are no text in this character set
   */
  void toUtf8(byte[] bytes, int offset, int length, ValueBytes out);

  /** Character sets of which UTF-8 is a superset, byte for byte. */
  List<String> UTF8 = List.of("utf8mb4", "utf8mb3", "utf8", "ascii");

  /** Java's names for the forms of Unicode in units of two bytes, which need no table. */
  Map<String, Charset> UNICODE =
      Map.of(
          "ucs2", StandardCharsets.UTF_16BE,
          "utf16", StandardCharsets.UTF_16BE,
          "utf16le", StandardCharsets.UTF_16LE);

  /** Whose characters have several bytes, in the forms that {@link CharacterTable} can read. */
  List<String> TABLES =
      List.of("big5", "cp932", "eucjpms", "euckr", "gb18030", "gb2312", "gbk", "sjis", "ujis");

  /**
   * @param charset the server's name of it
   * @throws DatabaseException fatal, if it is not known here
   */
  static TextEncoding of(String charset, MySqlQueries queries) {
    if (UTF8.contains(charset)) {
      return new Same();
    }
    if ("utf32".equals(charset)) {
      return new Points();
    }
    Charset unicode = UNICODE.get(charset);
    if (unicode != null) {
      return new Converted(unicode, "ucs2".equals(charset));
    }
    int longest =
        queries
            .first(
                "asking for character set " + charset,
                "SELECT MAXLEN FROM information_schema.CHARACTER_SETS"
                    + " WHERE CHARACTER_SET_NAME = ?",
                row -> row.getInt(1),
                charset)
            .orElse(0);
    if (longest > 1 && TABLES.contains(charset)) {
      return CharacterTable.read(charset, longest, queries);
    }
    if (longest != 1) {
      throw new DatabaseException(
          Kind.FATAL, "columns in character set " + charset + " cannot be read from the log");
    }
    return ByTable.read(charset, queries);
  }

  /** The bytes are UTF-8 already. */
  record Same() implements TextEncoding {
    @Override
    public void toUtf8(byte[] bytes, int offset, int length, ValueBytes out) {
      out.put(bytes, offset, length);
    }
  }

  /** As the server itself turns each byte into a character. */
  final class ByTable implements TextEncoding {
    private final byte[][] characters;

    private ByTable(byte[][] characters) {
      this.characters = characters;
    }

    static ByTable read(String charset, MySqlQueries queries) {
      StringBuilder bytes = new StringBuilder();
      for (int i = 0; i < 256; i++) {
        bytes.append(i == 0 ? "" : ", ");
        bytes.append("CONVERT(_").append(charset);
        bytes.append(String.format(java.util.Locale.ROOT, " x'%02x' USING utf8mb4)", i));
      }
      return queries.one(
          "asking for the characters of " + charset,
          "SELECT " + bytes,
          row -> {
            byte[][] characters = new byte[256][];
            for (int i = 0; i < characters.length; i++) {
              characters[i] = row.getBytes(i + 1);
            }
            return new ByTable(characters);
          });
    }

    @Override
    public void toUtf8(byte[] bytes, int offset, int length, ValueBytes out) {
      for (int i = offset; i < offset + length; i++) {
        if (bytes[i] >= 0 && characters[bytes[i]].length == 1) {
          out.put(characters[bytes[i]][0]);
        } else {
          out.put(characters[bytes[i] & 0xff]);
        }
      }
    }
  }

  /** Code points in four bytes each. Java's own form of this drops a byte order mark. */
  record Points() implements TextEncoding {
    @Override
    public void toUtf8(byte[] bytes, int offset, int length, ValueBytes out) {
      ByteBuffer points = ByteBuffer.wrap(bytes, offset, length);
      StringBuilder text = new StringBuilder(length / Integer.BYTES);
      while (points.remaining() >= Integer.BYTES) {
        int point = points.getInt();
        if (!Character.isValidCodePoint(point)
            || Character.MIN_SURROGATE <= point && point <= Character.MAX_SURROGATE) {
          throw new IllegalArgumentException("a text has a code point that there is none of");
        }
        text.appendCodePoint(point);
      }
      if (points.hasRemaining()) {
        throw new IllegalArgumentException("a text in character set utf32 is cut off");
      }
      out.text(text.toString());
    }
  }

  /**
   * A form of Unicode.
   *
   * @param plain whether it has the first plane only: then a surrogate is no half of a character,
   *     but one that the server shows as a question mark
   */
  record Converted(Charset charset, boolean plain) implements TextEncoding {
    @Override
    public void toUtf8(byte[] bytes, int offset, int length, ValueBytes out) {
      try {
        CharBuffer text =
            charset
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)
                .decode(ByteBuffer.wrap(bytes, offset, length));
        if (plain && text.chars().anyMatch(unit -> Character.isSurrogate((char) unit))) {
          throw new IllegalArgumentException("a text has a character that is none in ucs2");
        }
        out.text(text.toString());
      } catch (CharacterCodingException e) {
        throw new IllegalArgumentException("a text is not in character set " + charset, e);
      }
    }
  }
}
