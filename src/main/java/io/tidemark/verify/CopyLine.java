package io.tidemark.verify;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.StringJoiner;

/** One row in the text format of COPY (PostgreSQL manual, COPY, "Text Format"), keys first. */
record CopyLine(byte[] bytes, byte[][] key) {

  /**
   * @throws IllegalArgumentException if it is no such row
   */
  static CopyLine of(byte[] bytes, int keyFields) {
    byte[][] key = new byte[keyFields][];
    int start = 0;
    for (int field = 0; field < keyFields; field++) {
      int end = start;
      while (end < bytes.length && bytes[end] != '\t' && bytes[end] != '\n') {
        end++;
      }
      if (end == bytes.length) {
        throw malformed("it ends within its key");
      }
      key[field] = unescape(bytes, start, end);
      start = end + 1;
    }
    return new CopyLine(bytes, key);
  }

  private static IllegalArgumentException malformed(String detail) {
    return new IllegalArgumentException("a row of a COPY cannot be read: " + detail);
  }

  int compareKey(CopyLine other, List<KeyField> fields) {
    for (int i = 0; i < key.length; i++) {
      int comparison = fields.get(i).compare(key[i], other.key[i]);
      if (comparison != 0) {
        return comparison;
      }
    }
    return 0;
  }

  boolean sameRow(CopyLine other) {
    return Arrays.equals(bytes, other.bytes);
  }

  /** The key for a message, cut where it is long. */
  String describe(List<KeyField> fields) {
    StringJoiner text = new StringJoiner(", ");
    for (int i = 0; i < key.length; i++) {
      String value = new String(key[i], StandardCharsets.UTF_8);
      text.add(
          fields.get(i).column()
              + "="
              + (value.length() > 80 ? value.substring(0, 80) + "…" : value));
    }
    return text.toString();
  }

  /** Escaped bytes sort differently, so the escapes have to go before keys are compared. */
  private static byte[] unescape(byte[] bytes, int start, int end) {
    byte[] plain = Arrays.copyOfRange(bytes, start, end);
    int length = 0;
    for (int i = 0; i < plain.length; i++) {
      byte b = plain[i];
      if (b == '\\') {
        i++;
        b =
            switch (i < plain.length ? plain[i] : 0) {
              case 'b' -> '\b';
              case 'f' -> '\f';
              case 'n' -> '\n';
              case 'r' -> '\r';
              case 't' -> '\t';
              case 'v' -> 0x0B;
              case '\\' -> '\\';
              default -> throw malformed("a backslash stands before what COPY does not escape");
            };
      }
      plain[length++] = b;
    }
    return length == plain.length ? plain : Arrays.copyOf(plain, length);
  }
}
