package io.tidemark.database.mysql.session;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Text that grows, in UTF-8. Used by one thread. */
public final class ByteText {

  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  /** What a buffer that once was larger is cut down to. */
  private static final int KEPT = 1 << 24;

  private byte[] bytes = new byte[1 << 12];
  private int size;

  /** How many bytes there are. */
  public int size() {
    return size;
  }

  /**
   * The array as it is now; it holds {@link #size} bytes, and may be replaced when more are added.
   */
  public byte[] array() {
    return bytes;
  }

  /** Takes all bytes back; an array that has grown beyond 16 MiB is given up. */
  public void clear() {
    size = 0;
    if (bytes.length > KEPT) {
      bytes = new byte[1 << 16];
    }
  }

  /** Takes back everything from {@code length} on. */
  public void truncate(int length) {
    size = length;
  }

  /** Adds one character, of ASCII only. */
  public ByteText add(char ascii) {
    ensure(1);
    bytes[size++] = (byte) ascii;
    return this;
  }

  /** Adds the text in UTF-8. */
  public ByteText add(String text) {
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    return add(encoded, 0, encoded.length);
  }

  /** Adds the bytes as they are. */
  public ByteText add(byte[] from, int offset, int length) {
    ensure(length);
    System.arraycopy(from, offset, bytes, size, length);
    size += length;
    return this;
  }

  /** Adds a copy of all that the other has. */
  public ByteText add(ByteText other) {
    return add(other.bytes, 0, other.size);
  }

  /** As two hexadecimal digits per byte. */
  public ByteText addHex(byte[] from, int offset, int length) {
    ensure(2L * length);
    for (int i = offset; i < offset + length; i++) {
      bytes[size++] = HEX[(from[i] >> 4) & 0xf];
      bytes[size++] = HEX[from[i] & 0xf];
    }
    return this;
  }

  /** Inside quotes of an SQL literal, where a backslash escapes (MySQL manual, 11.1.1). */
  public ByteText addQuoted(byte[] from, int offset, int length) {
    ensure(2L * length + 2);
    bytes[size++] = '\'';
    for (int i = offset; i < offset + length; i++) {
      byte b = from[i];
      if (b == '\'' || b == '\\') {
        bytes[size++] = '\\';
        bytes[size++] = b;
      } else if (b == 0) {
        bytes[size++] = '\\';
        bytes[size++] = '0';
      } else {
        bytes[size++] = b;
      }
    }
    bytes[size++] = '\'';
    return this;
  }

  /**
   * As a field of LOAD DATA with its default separators: tab, line feed and backslash are escaped
   * (MySQL manual, 15.2.9, Field and Line Handling). In UTF-8 no part of a longer character looks
   * like one of these.
   */
  public ByteText addField(byte[] from, int offset, int length) {
    ensure(2L * length);
    for (int i = offset; i < offset + length; i++) {
      byte b = from[i];
      switch (b) {
        case '\\', '\t', '\n' -> {
          bytes[size++] = '\\';
          bytes[size++] = b;
        }
        case 0 -> {
          bytes[size++] = '\\';
          bytes[size++] = '0';
        }
        default -> bytes[size++] = b;
      }
    }
    return this;
  }

  /**
   * @throws CharacterCodingException if the bytes are no UTF-8, which a replacement would hide
   */
  public String text() throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, size)).toString();
  }

  private void ensure(long more) {
    long needed = size + more;
    if (needed > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException("a statement has more than two gigabytes");
    }
    if (needed > bytes.length) {
      bytes =
          Arrays.copyOf(
              bytes, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, 2L * bytes.length)));
    }
  }
}
