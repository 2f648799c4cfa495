package io.tidemark.database.mysql.session;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Values on their way into rows, one behind the other in one array. Used by one thread. */
public final class ValueBytes {

  private static final int LARGEST = Integer.MAX_VALUE - 8;

  /** Twice as much as is needed would be too much of a row of 100 MB. */
  private static final int MOST_SPARE = 8 << 20;

  private final long expected;

  private byte[] array;
  private int size;

  /**
   * @param capacity bytes that there is room for at first
   */
  public ValueBytes(int capacity) {
    this(capacity, 0);
  }

  /**
   * @param expected what there is room for once there is more than a few megabytes
   */
  public ValueBytes(int capacity, long expected) {
    this.array = new byte[Math.max(16, capacity)];
    this.expected = expected;
  }

  /** How many bytes there are. */
  public int size() {
    return size;
  }

  /** The array as it is now; it holds {@link #size} bytes of values. */
  public byte[] array() {
    return array;
  }

  /** The values, in an array that is a little longer at most. Nothing is added after this. */
  public byte[] finish() {
    return array.length - size > size / 8 ? Arrays.copyOf(array, size) : array;
  }

  private void ensure(int more) {
    long needed = (long) size + more;
    if (needed > LARGEST) {
      throw new IllegalArgumentException("a row has more than two gigabytes");
    }
    if (needed > array.length) {
      long spacious =
          needed > MOST_SPARE
              ? Math.max(expected, array.length + (long) MOST_SPARE)
              : 2L * array.length;
      array = Arrays.copyOf(array, (int) Math.min(LARGEST, Math.max(needed, spacious)));
    }
  }

  /** Appends the lowest eight bits. */
  public void put(int one) {
    ensure(1);
    array[size++] = (byte) one;
  }

  /** Appends a part of {@code bytes} as it is. */
  public void put(byte[] bytes, int offset, int length) {
    ensure(length);
    System.arraycopy(bytes, offset, array, size, length);
    size += length;
  }

  /** Appends the bytes as they are. */
  public void put(byte[] bytes) {
    put(bytes, 0, bytes.length);
  }

  /** The same byte again and again. */
  public void fill(int one, int count) {
    ensure(count);
    Arrays.fill(array, size, size + count, (byte) one);
    size += count;
  }

  /** Characters below U+0080. */
  public void ascii(String text) {
    int length = text.length();
    ensure(length);
    for (int i = 0; i < length; i++) {
      array[size++] = (byte) text.charAt(i);
    }
  }

  /** Appends the text in UTF-8. */
  public void text(String text) {
    put(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A number that is not negative, with zeros in front up to {@code digits}. */
  public void padded(long number, int digits) {
    String text = Long.toString(number);
    if (text.length() < digits) {
      fill('0', digits - text.length());
    }
    ascii(text);
  }

  /** Takes back the spaces at the end, down to {@code start}. */
  public void stripSpaces(int start) {
    while (size > start && array[size - 1] == ' ') {
      size--;
    }
  }
}
