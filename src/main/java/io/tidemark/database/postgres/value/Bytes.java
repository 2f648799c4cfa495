package io.tidemark.database.postgres.value;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes that are being put together. Used by one thread, again and again. */
public final class Bytes {

  private byte[] array = new byte[256];
  private int size;

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

  public void add(int b) {
    ensure(1);
    array[size++] = (byte) b;
  }

  public void add(byte[] from, int offset, int length) {
    ensure(length);
    System.arraycopy(from, offset, array, size, length);
    size += length;
  }

  public void add(Bytes other) {
    add(other.array, 0, other.size);
  }

  public void add(String text) {
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    add(encoded, 0, encoded.length);
  }

  /** The array that holds the bytes from its start on; it may be replaced when more are added. */
  public byte[] array() {
    return array;
  }

  public int size() {
    return size;
  }

  public byte[] copy() {
    return Arrays.copyOf(array, size);
  }

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
