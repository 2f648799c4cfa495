package io.tidemark.source;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.schema.TableId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How the values inside checkpointed state are written. Strings may be longer than 64 KiB. */
final class StateEncoding {

  private static final int LONGEST_STRING = 256 << 20;
  private static final int MOST_KEY_COLUMNS = 10_000;

  private StateEncoding() {}

  /** Refuses what another version of Tidemark wrote. */
  static void requireVersion(int found, int known, String what) throws IOException {
    if (found != known) {
      throw new IOException(
          "this Tidemark reads "
              + what
              + " of version "
              + known
              + ", and the checkpoint has version "
              + found
              + "; start without the checkpoint, from the ledger, or with the Tidemark that wrote it");
    }
  }

  /** What reads a state out of its bytes. */
  @FunctionalInterface
  interface Body<T> {
    T read(DataInputStream in) throws IOException;
  }

  /**
   * Reads all of a state.
   *
   * @throws IOException if it is damaged: it ends too early or goes on after its end, or holds what
   *     nobody writes
   */
  static <T> T read(byte[] state, Body<T> body) throws IOException {
    ByteArrayInputStream bytes = new ByteArrayInputStream(state);
    T value;
    try {
      value = body.read(new DataInputStream(bytes));
    } catch (EOFException e) {
      throw new IOException("the state is damaged: it ends too early, at " + state.length, e);
    } catch (IllegalArgumentException e) {
      throw new IOException("the state is damaged: " + e.getMessage(), e);
    }
    if (bytes.available() > 0) {
      throw new IOException("the state is damaged: " + bytes.available() + " bytes follow its end");
    }
    return value;
  }

  static void writeString(DataOutput out, String value) throws IOException {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  static String readString(DataInput in) throws IOException {
    int length = readSize(in, LONGEST_STRING, "a string");
    // Grown while reading, so that a damaged length cannot claim memory that the input does not
    // have.
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] piece = new byte[8192];
    for (int left = length; left > 0; ) {
      int size = Math.min(left, piece.length);
      in.readFully(piece, 0, size);
      bytes.write(piece, 0, size);
      left -= size;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new IOException("the state is damaged: a string is not UTF-8", e);
    }
  }

  /** Reads a count or length and refuses what cannot be one. */
  static int readSize(DataInput in, int most, String what) throws IOException {
    int size = in.readInt();
    if (size < 0 || size > most) {
      throw new IOException("the state is damaged: the size of " + what + " is said to be " + size);
    }
    return size;
  }

  static void writeTable(DataOutput out, TableId table) throws IOException {
    writeString(out, table.schema());
    writeString(out, table.name());
  }

  static TableId readTable(DataInput in) throws IOException {
    return new TableId(readString(in), readString(in));
  }

  static void writeKey(DataOutput out, Key key) throws IOException {
    out.writeInt(key.values().size());
    for (String value : key.values()) {
      writeString(out, value);
    }
  }

  static Key readKey(DataInput in) throws IOException {
    int size = readSize(in, MOST_KEY_COLUMNS, "a key");
    List<String> values = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      values.add(readString(in));
    }
    return new Key(values);
  }

  static void writeRange(DataOutput out, KeyRange range) throws IOException {
    if (range instanceof KeyRange.Between between) {
      out.writeByte(0);
      writeBound(out, between.from());
      writeBound(out, between.to());
    } else if (range instanceof KeyRange.Point point) {
      out.writeByte(1);
      writeKey(out, point.key());
    } else {
      throw new IllegalStateException("unknown kind of range " + range);
    }
  }

  static KeyRange readRange(DataInput in) throws IOException {
    int kind = in.readByte();
    return switch (kind) {
      case 0 -> KeyRange.between(readBound(in), readBound(in));
      case 1 -> new KeyRange.Point(readKey(in));
      default -> throw new IOException("the state is damaged: there is no range of kind " + kind);
    };
  }

  static void writeChunk(DataOutput out, Chunk chunk) throws IOException {
    writeTable(out, chunk.table());
    out.writeInt(chunk.number());
    writeRange(out, chunk.range());
  }

  static Chunk readChunk(DataInput in) throws IOException {
    return new Chunk(readTable(in), in.readInt(), readRange(in));
  }

  private static void writeBound(DataOutput out, Optional<Key> bound) throws IOException {
    out.writeBoolean(bound.isPresent());
    if (bound.isPresent()) {
      writeKey(out, bound.get());
    }
  }

  private static Optional<Key> readBound(DataInput in) throws IOException {
    int present = in.readByte();
    return switch (present) {
      case 0 -> Optional.empty();
      case 1 -> Optional.of(readKey(in));
      default -> throw new IOException("the state is damaged: a bound is marked " + present);
    };
  }
}
