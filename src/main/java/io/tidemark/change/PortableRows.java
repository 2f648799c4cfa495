package io.tidemark.change;

import java.util.Arrays;
import java.util.Optional;

/**
 * The form in which a chunk's rows travel between two databases of different vendors: each row is
 * the length of what follows, then for each field its length and its bytes in the portable encoding
 * of the column's {@code ValueType}. Lengths are four bytes, most significant first; the length -1
 * stands for null. A row may begin in one piece and end in another.
 */
public final class PortableRows {

  /** What {@code ChunkBegin} calls this form. */
  public static final String FORMAT = "tidemark/rows";

  private static final int LENGTH = 4;
  private static final int NULL = -1;

  private PortableRows() {}

  /** Writes rows. Used by one thread. */
  public static final class Encoder {
    private byte[] buffer = new byte[1 << 16];
    private int size;
    private int row;

    /** Starts a row; each of its fields has to follow. */
    public void begin() {
      row = size;
      writeLength(0);
    }

    /** Adds the next field, in the portable encoding; the bytes are copied. */
    public void value(byte[] bytes) {
      value(bytes, 0, bytes.length);
    }

    /** Adds the next field from a part of {@code bytes}, which are copied. */
    public void value(byte[] bytes, int offset, int length) {
      ensure(LENGTH + length);
      writeLength(length);
      System.arraycopy(bytes, offset, buffer, size, length);
      size += length;
    }

    /** Adds the next field, which is null. */
    public void nullValue() {
      writeLength(NULL);
    }

    /** Ends the row. */
    public void end() {
      put(row, size - row - LENGTH);
    }

    /** How many bytes of rows there are. */
    public int size() {
      return size;
    }

    /** All bytes so far, which belong to the caller from here on; between two rows only. */
    public byte[] take() {
      byte[] taken = Arrays.copyOf(buffer, size);
      size = 0;
      if (buffer.length > 1 << 22) {
        buffer = new byte[1 << 16];
      }
      return taken;
    }

    private void writeLength(int length) {
      ensure(LENGTH);
      put(size, length);
      size += LENGTH;
    }

    private void put(int at, int length) {
      buffer[at] = (byte) (length >>> 24);
      buffer[at + 1] = (byte) (length >>> 16);
      buffer[at + 2] = (byte) (length >>> 8);
      buffer[at + 3] = (byte) length;
    }

    private void ensure(int more) {
      long needed = (long) size + more;
      if (needed > Integer.MAX_VALUE - 8) {
        throw new IllegalArgumentException("a row has more than two gigabytes");
      }
      if (needed > buffer.length) {
        buffer =
            Arrays.copyOf(
                buffer,
                (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, 2L * buffer.length)));
      }
    }
  }

  /** Reads rows out of pieces. Used by one thread. */
  public static final class Decoder {
    private final int fields;
    private byte[] piece = new byte[0];
    private int at;
    private int end;

    /**
     * @param fields how many fields every row has
     */
    public Decoder(int fields) {
      this.fields = fields;
    }

    /**
     * The next piece, which nobody writes to any more. Every complete row of the one before must
     * have been taken.
     */
    public void add(byte[] bytes, int length) {
      if (at == end) {
        piece = bytes;
        at = 0;
        end = length;
        return;
      }
      int rest = end - at;
      byte[] joined = new byte[Math.addExact(rest, length)];
      System.arraycopy(piece, at, joined, 0, rest);
      System.arraycopy(bytes, 0, joined, rest, length);
      piece = joined;
      at = 0;
      end = joined.length;
    }

    /**
     * The next row, if all of it is there.
     *
     * @throws IllegalArgumentException if this is no such row
     */
    public Optional<Row> next() {
      if (end - at < LENGTH) {
        return Optional.empty();
      }
      int length = length(at);
      if (length < 0) {
        throw malformed();
      }
      if (end - at - LENGTH < length) {
        return Optional.empty();
      }
      int from = at + LENGTH;
      int to = from + length;
      Row.Builder row = Row.builder(piece, fields);
      for (int field = 0; field < fields; field++) {
        if (to - from < LENGTH) {
          throw malformed();
        }
        int value = length(from);
        from += LENGTH;
        if (value == NULL) {
          row.setNull(field);
        } else if (value < 0 || value > to - from) {
          throw malformed();
        } else {
          row.setValue(field, from, value);
          from += value;
        }
      }
      if (from != to) {
        throw malformed();
      }
      at = to;
      return Optional.of(row.build());
    }

    /**
     * To be called after the last piece.
     *
     * @throws IllegalArgumentException if a row is incomplete
     */
    public void finish() {
      if (at != end) {
        throw malformed();
      }
    }

    private int length(int from) {
      return (piece[from] & 0xff) << 24
          | (piece[from + 1] & 0xff) << 16
          | (piece[from + 2] & 0xff) << 8
          | piece[from + 3] & 0xff;
    }

    private IllegalArgumentException malformed() {
      return new IllegalArgumentException(
          "these are not rows of " + fields + " fields in the form " + FORMAT);
    }
  }
}
