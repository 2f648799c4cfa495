package io.tidemark.database.mysql.session;

import java.nio.charset.StandardCharsets;

/**
 * Bytes of the binary log, read from front to back and never beyond their end. Whole numbers are
 * least significant byte first unless a method says otherwise. Used by one thread; the bytes are
 * shared and nobody writes to them.
 *
 * <p>Every method refuses to read what is not there with an {@link IllegalArgumentException}.
 */
public final class EventBytes {

  private final byte[] array;
  private final int end;
  private int at;

  /**
   * @param array shared, not copied
   * @throws IllegalArgumentException if the bytes do not lie within it
   */
  public EventBytes(byte[] array, int offset, int length) {
    if (offset < 0 || length < 0 || length > array.length - offset) {
      throw new IllegalArgumentException(
          length + " bytes from " + offset + " on, of " + array.length);
    }
    this.array = array;
    this.at = offset;
    this.end = offset + length;
  }

  /** The array that the bytes lie in, among others; not to be written to. */
  public byte[] array() {
    return array;
  }

  /** Where in {@link #array} the next byte is. */
  public int position() {
    return at;
  }

  /** How many bytes are left to read. */
  public int remaining() {
    return end - at;
  }

  /** Whether a byte is left to read. */
  public boolean hasRemaining() {
    return at < end;
  }

  private void require(long length) {
    if (length < 0 || length > end - at) {
      throw new IllegalArgumentException(
          "it ends " + (length - (end - at)) + " bytes too early, at offset " + at);
    }
  }

  /** Leaves the next bytes out. */
  public void skip(long length) {
    require(length);
    at += (int) length;
  }

  /** The next bytes as a value of their own. */
  public EventBytes take(long length) {
    require(length);
    EventBytes taken = new EventBytes(array, at, (int) length);
    at += (int) length;
    return taken;
  }

  /** The same bytes without the last {@code length}. */
  public EventBytes without(int length) {
    require(length);
    return new EventBytes(array, at, remaining() - length);
  }

  /** One byte, unsigned. */
  public int u8() {
    require(1);
    return array[at++] & 0xff;
  }

  /** Two bytes, unsigned. */
  public int u16() {
    return (int) unsigned(2);
  }

  /** Four bytes, unsigned. */
  public long u32() {
    return unsigned(4);
  }

  /** Eight bytes; negative if the highest bit is set. */
  public long i64() {
    return unsigned(8);
  }

  /**
   * @param size bytes, at most 8
   */
  public long unsigned(int size) {
    require(size);
    long value = 0;
    for (int i = 0; i < size; i++) {
      value |= (long) (array[at + i] & 0xff) << (8 * i);
    }
    at += size;
    return value;
  }

  /**
   * A number in two's complement.
   *
   * @param size bytes, at most 8
   */
  public long signed(int size) {
    int unused = 64 - 8 * size;
    return unsigned(size) << unused >> unused;
  }

  /** Most significant byte first. */
  public long bigEndian(int size) {
    require(size);
    long value = 0;
    for (int i = 0; i < size; i++) {
      value = value << 8 | array[at + i] & 0xff;
    }
    at += size;
    return value;
  }

  /** A length-encoded integer (MySQL internals, "Protocol::LengthEncodedInteger"). */
  public long packed() {
    int first = u8();
    long value =
        switch (first) {
          case 0xfc -> unsigned(2);
          case 0xfd -> unsigned(3);
          case 0xfe -> unsigned(8);
          default -> first;
        };
    if (first == 0xfb || first == 0xff || value < 0) {
      throw new IllegalArgumentException("a length of this form is not possible");
    }
    return value;
  }

  /** A length-encoded integer that counts something of which each takes a bit at least. */
  public int packedCount() {
    long count = packed();
    if (count > 8L * remaining()) {
      throw new IllegalArgumentException("a count of " + count + " in " + remaining() + " bytes");
    }
    return (int) count;
  }

  /** The next bytes in an array of their own. */
  public byte[] bytes(long length) {
    require(length);
    byte[] copy = new byte[(int) length];
    System.arraycopy(array, at, copy, 0, copy.length);
    at += copy.length;
    return copy;
  }

  /** The next bytes as text, taken for UTF-8; what is none becomes U+FFFD. */
  public String text(long length) {
    require(length);
    String text = new String(array, at, (int) length, StandardCharsets.UTF_8);
    at += (int) length;
    return text;
  }

  /** All that is left, as {@link #text}. */
  public String rest() {
    return text(remaining());
  }

  /** Bits from the least significant on, in as many bytes as they need. */
  public boolean[] bits(int count) {
    int bytes = (count + 7) / 8;
    require(bytes);
    boolean[] bits = new boolean[count];
    for (int i = 0; i < count; i++) {
      bits[i] = (array[at + i / 8] >> (i % 8) & 1) != 0;
    }
    at += bytes;
    return bits;
  }

  /** Bits from the most significant on, as the optional metadata of a table has them. */
  public boolean[] bitsFromTheLeft(int count) {
    int bytes = (count + 7) / 8;
    require(bytes);
    boolean[] bits = new boolean[count];
    for (int i = 0; i < count; i++) {
      bits[i] = (array[at + i / 8] << (i % 8) & 0x80) != 0;
    }
    at += bytes;
    return bits;
  }
}
