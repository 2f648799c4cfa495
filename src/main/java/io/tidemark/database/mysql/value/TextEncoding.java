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
public sealed interface TextEncoding {

  /**
   * Appends the text in UTF-8.
   *
   * @throws IllegalArgumentException if the bytes are no text in this character set
   */
  void toUtf8(byte[] bytes, int offset, int length, ValueBytes out);

  /** Character sets of which UTF-8 is a superset, byte for byte. */
  List<String> UTF8 = List.of("utf8mb4", "utf8mb3", "utf8", "ascii");

  /** Java's names for UTF-16 and UTF-32, and for Japanese, Korean and Chinese character sets. */
  Map<String, Charset> WIDE =
      Map.of(
          "ucs2", StandardCharsets.UTF_16BE,
          "utf16", StandardCharsets.UTF_16BE,
          "utf16le", StandardCharsets.UTF_16LE,
          "utf32", Charset.forName("UTF-32BE"),
          "sjis", Charset.forName("Shift_JIS"),
          "cp932", Charset.forName("windows-31j"),
          "ujis", Charset.forName("EUC-JP"),
          "eucjpms", Charset.forName("EUC-JP"),
          "euckr", Charset.forName("EUC-KR"),
          "gbk", Charset.forName("GBK"));

  /** Java's names for the rest of what is not a single byte per character. */
  Map<String, Charset> MORE =
      Map.of(
          "big5", Charset.forName("Big5"),
          "gb2312", Charset.forName("GB2312"),
          "gb18030", Charset.forName("GB18030"));

  /**
   * @param charset the server's name of it
   * @throws DatabaseException fatal, if it is not known here
   */
  static TextEncoding of(String charset, MySqlQueries queries) {
    if (UTF8.contains(charset)) {
      return new Same();
    }
    Charset known = WIDE.getOrDefault(charset, MORE.get(charset));
    if (known != null) {
      return new Converted(known);
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

  /** By Java's table. */
  record Converted(Charset charset) implements TextEncoding {
    @Override
    public void toUtf8(byte[] bytes, int offset, int length, ValueBytes out) {
      try {
        CharBuffer text =
            charset
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)
                .decode(ByteBuffer.wrap(bytes, offset, length));
        out.text(text.toString());
      } catch (CharacterCodingException e) {
        throw new IllegalArgumentException("a text is not in character set " + charset, e);
      }
    }
  }
}
