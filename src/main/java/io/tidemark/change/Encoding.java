package io.tidemark.change;

import io.tidemark.schema.TableId;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How values are written, in checkpoints and between tasks: each the same everywhere and for ever.
 * Texts may be longer than 64 KiB.
 *
 * <p>What reads takes memory in proportion to the input that there is, and not to the size that the
 * input claims. It throws {@link MalformedException} for what nobody writes, an {@link
 * java.io.EOFException} where the input ends too early, and lets through the {@link
 * IllegalArgumentException} of a value that cannot be.
 */
public final class Encoding {

  private static final int LONGEST_STRING = 256 << 20;
  private static final int MOST_KEY_COLUMNS = 10_000;
  private static final int MOST_KEYS = 100_000;

  /** What is taken at once, and read full before more is taken. */
  private static final int PIECE = 64 << 10;

  private Encoding() {}

  /**
   * Four bytes of length, and the text in UTF-8.
   *
   * @throws IOException also for a text that has half a character or takes more than 256 MiB
   */
  public static void writeString(DataOutput out, String value) throws IOException {
    ByteBuffer bytes;
    try {
      bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(value));
    } catch (CharacterCodingException e) {
      throw new IOException("a text that is half a character cannot be written", e);
    }
    if (bytes.remaining() > LONGEST_STRING) {
      throw new IOException("a text of " + bytes.remaining() + " bytes is too long to be written");
    }
    out.writeInt(bytes.remaining());
    out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
  }

  /** Reads what {@link #writeString} wrote. */
  public static String readString(DataInput in) throws IOException {
    byte[] bytes = readBytes(in, readSize(in, LONGEST_STRING, "a string"));
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      MalformedException malformed = new MalformedException("a string is not UTF-8");
      malformed.initCause(e);
      throw malformed;
    }
  }

  /** Reads so many bytes. */
  static byte[] readBytes(DataInput in, int length) throws IOException {
    byte[] bytes = new byte[Math.min(length, PIECE)];
    in.readFully(bytes);
    while (bytes.length < length) {
      int done = bytes.length;
      bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * done));
      in.readFully(bytes, done, bytes.length - done);
    }
    return bytes;
  }

  /** Reads a count or length and refuses what cannot be one. */
  public static int readSize(DataInput in, int most, String what) throws IOException {
    int size = in.readInt();
    if (size < 0 || size > most) {
      throw new MalformedException("the size of " + what + " is said to be " + size);
    }
    return size;
  }

  /** Reads what {@link DataOutput#writeBoolean} wrote and refuses everything else. */
  static boolean readBoolean(DataInput in, String what) throws IOException {
    int flag = in.readByte();
    return switch (flag) {
      case 0 -> false;
      case 1 -> true;
      default -> throw new MalformedException(what + " is marked " + flag);
    };
  }

  static void writeStrings(DataOutput out, List<String> values) throws IOException {
    out.writeInt(values.size());
    for (String value : values) {
      writeString(out, value);
    }
  }

  static List<String> readStrings(DataInput in, int most, String what) throws IOException {
    int size = readSize(in, most, what);
    List<String> values = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      values.add(readString(in));
    }
    return values;
  }

  /** Schema and name, each as {@link #writeString} does. */
  public static void writeTable(DataOutput out, TableId table) throws IOException {
    writeString(out, table.schema());
    writeString(out, table.name());
  }

  /** Reads what {@link #writeTable} wrote. */
  public static TableId readTable(DataInput in) throws IOException {
    return new TableId(readString(in), readString(in));
  }

  /** The key's values in their order. */
  public static void writeKey(DataOutput out, Key key) throws IOException {
    writeStrings(out, key.values());
  }

  /** Reads what {@link #writeKey} wrote. */
  public static Key readKey(DataInput in) throws IOException {
    return new Key(readStrings(in, MOST_KEY_COLUMNS, "a key"));
  }

  /** The kind of the range in one byte, and its bounds or its keys. */
  public static void writeRange(DataOutput out, KeyRange range) throws IOException {
    if (range instanceof KeyRange.Between between) {
      out.writeByte(0);
      writeBound(out, between.from());
      writeBound(out, between.to());
    } else if (range instanceof KeyRange.Points points && points.keys().size() == 1) {
      out.writeByte(1);
      writeKey(out, points.keys().get(0));
    } else if (range instanceof KeyRange.Points points) {
      out.writeByte(2);
      out.writeInt(points.keys().size());
      for (Key key : points.keys()) {
        writeKey(out, key);
      }
    } else {
      throw new IllegalStateException("unknown kind of range " + range);
    }
  }

  /** Reads what {@link #writeRange} wrote. */
  public static KeyRange readRange(DataInput in) throws IOException {
    int kind = in.readByte();
    return switch (kind) {
      case 0 -> KeyRange.between(readBound(in), readBound(in));
      case 1 -> KeyRange.Points.of(readKey(in));
      case 2 -> readPoints(in);
      default -> throw new MalformedException("there is no range of kind " + kind);
    };
  }

  private static KeyRange readPoints(DataInput in) throws IOException {
    int size = readSize(in, MOST_KEYS, "the keys of a range");
    List<Key> keys = new ArrayList<>();
    for (int left = size; left > 0; left--) {
      keys.add(readKey(in));
    }
    return new KeyRange.Points(keys);
  }

  /** Table, number and range. */
  public static void writeChunk(DataOutput out, Chunk chunk) throws IOException {
    writeTable(out, chunk.table());
    out.writeInt(chunk.number());
    writeRange(out, chunk.range());
  }

  /** Reads what {@link #writeChunk} wrote. */
  public static Chunk readChunk(DataInput in) throws IOException {
    return new Chunk(readTable(in), in.readInt(), readRange(in));
  }

  private static void writeBound(DataOutput out, Optional<Key> bound) throws IOException {
    out.writeBoolean(bound.isPresent());
    if (bound.isPresent()) {
      writeKey(out, bound.get());
    }
  }

  private static Optional<Key> readBound(DataInput in) throws IOException {
    return readBoolean(in, "a bound") ? Optional.of(readKey(in)) : Optional.empty();
  }
}
