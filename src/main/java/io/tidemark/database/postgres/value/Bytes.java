package io.tidemark.database.postgres.value;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes that are being put together. Used by one thread, again and again. */
public final class Bytes {

  private byte[] array = new byte[256];
  private int size;

  /** Takes all bytes back; an array that has grown beyond 16 MiB is given up. */
  public void clear() {
    size = 0;
    if (array.length > 1 << 24) {
      array = new byte[256]; // one huge value must not stay for ever
    }
  }

  /** Takes back everything from {@code length} on. */
  public void cut(int length) {
    size = length;
  }

  /** Appends the lowest eight bits. */
  public void add(int b) {
    ensure(1);
    array[size++] = (byte) b;
  }

  /** Appends a copy. */
  public void add(byte[] from, int offset, int length) {
    ensure(length);
    System.arraycopy(from, offset, array, size, length);
    size += length;
  }

  /** Appends a copy of all that the other has. */
  public void add(Bytes other) {
    add(other.array, 0, other.size);
  }

  /** Appends the text in UTF-8. */
  public void add(String text) {
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    add(encoded, 0, encoded.length);
  }

  /** The array that holds the bytes from its start on; it may be replaced when more are added. */
  public byte[] array() {
    return array;
  }

  /** How many bytes there are. */
  public int size() {
    return size;
  }

  /** The bytes in an array of their own. */
  public byte[] copy() {
    return Arrays.copyOf(array, size);
  }

  /** The bytes as text, taken for UTF-8; what is none becomes U+FFFD. */
  public String text() {
    return new String(array, 0, size, StandardCharsets.UTF_8);
  }

  private void ensure(int more) {
    long needed = (long) size + more;
    if (needed > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException("it has more than two gigabytes");
    }
    if (needed > array.length) {
      array =
          Arrays.copyOf(
              array, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, 2L * array.length)));
    }
  }
}
