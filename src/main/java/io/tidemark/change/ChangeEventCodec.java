package io.tidemark.change;

import io.tidemark.schema.TableId;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.EOFException;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a change event travels between tasks that are not chained: one byte for the version of the
 * form, one for the kind of event, and its fields. What an event's bytes were in one version, they
 * are for ever; it is written in the first version that has it. An event has no length of its own;
 * whoever sends several of them knows where each ends.
 *
 * <p>A {@link Progress} travels printed and arrives printed, so that every event with one costs its
 * printing. May be used by any thread.
 */
public final class ChangeEventCodec {

  /** The newest that is written. Everything from 1 up to it is read. */
  public static final int VERSION = 2;

  /** Since when changes may come with their origin. */
  private static final int WITH_ORIGIN = 2;

  private static final int MOST_SEQUENCES = 100_000_000;
  private static final int MOST_NANOS = 999_999_999;

  private static final int IS_CHUNK_BEGIN = 1;
  private static final int IS_CHUNK_ROWS = 2;
  private static final int IS_CHUNK_END = 3;
  private static final int IS_CHUNK_ABORTED = 4;
  private static final int IS_CHANGES = 5;
  private static final int IS_COMMIT = 6;
  private static final int IS_HEARTBEAT = 7;
  private static final int IS_REACHED_CONSISTENCY = 8;
  private static final int IS_SEQUENCE_VALUES = 9;
  private static final int IS_CHANGES_WITH_ORIGIN = 10;

  /** A progress that has arrived: it can be stored, and nothing else. */
  record PrintedProgress(String printPosition, String printPending) implements Progress {}

  /** An origin that has arrived. */
  record PrintedOrigin(
      String printTransaction, String printPosition, Instant committedAt, List<Long> ordinals)
      implements Origin {

    @Override
    public long ordinal(int change) {
      return ordinals.get(change);
    }
  }

  private ChangeEventCodec() {}

  /**
   * @throws IOException if {@code out} does, or if a text or a row is longer than what can be read
   * @throws IllegalArgumentException if a row has not got its table's fields
   */
  public static void write(DataOutput out, ChangeEvent event) throws IOException {
    if (event instanceof ChangeEvent.Changes changes && changes.origin().isPresent()) {
      out.writeByte(WITH_ORIGIN);
      out.writeByte(IS_CHANGES_WITH_ORIGIN);
      RowChangeEncoding.write(out, changes.changes());
      writeOrigin(out, changes.origin().get(), changes.changes().size());
      return;
    }
    out.writeByte(1);
    if (event instanceof ChangeEvent.ChunkBegin begin) {
      out.writeByte(IS_CHUNK_BEGIN);
      out.writeLong(begin.epoch());
      out.writeLong(begin.cycle());
      Encoding.writeChunk(out, begin.chunk());
      TableEncoding.write(out, begin.table());
      Encoding.writeString(out, begin.snapshot());
      Encoding.writeString(out, begin.format());
    } else if (event instanceof ChangeEvent.ChunkRows rows) {
      out.writeByte(IS_CHUNK_ROWS);
      out.writeInt(rows.length());
      out.write(rows.bytes(), 0, rows.length());
    } else if (event instanceof ChangeEvent.ChunkEnd end) {
      out.writeByte(IS_CHUNK_END);
      Encoding.writeChunk(out, end.chunk());
      out.writeLong(end.rows());
    } else if (event instanceof ChangeEvent.ChunkAborted aborted) {
      out.writeByte(IS_CHUNK_ABORTED);
      Encoding.writeChunk(out, aborted.chunk());
    } else if (event instanceof ChangeEvent.Changes changes) {
      out.writeByte(IS_CHANGES);
      RowChangeEncoding.write(out, changes.changes());
    } else if (event instanceof ChangeEvent.Commit commit) {
      out.writeByte(IS_COMMIT);
      writeProgress(out, commit.epoch(), commit.progress());
      writeInstant(out, commit.committedAt());
    } else if (event instanceof ChangeEvent.Heartbeat heartbeat) {
      out.writeByte(IS_HEARTBEAT);
      writeProgress(out, heartbeat.epoch(), heartbeat.progress());
    } else if (event instanceof ChangeEvent.ReachedConsistency consistency) {
      out.writeByte(IS_REACHED_CONSISTENCY);
      writeProgress(out, consistency.epoch(), consistency.progress());
    } else if (event instanceof ChangeEvent.SequenceValues sequences) {
      out.writeByte(IS_SEQUENCE_VALUES);
      out.writeLong(sequences.epoch());
      out.writeInt(sequences.values().size());
      for (SequenceValue value : sequences.values()) {
        Encoding.writeTable(out, value.sequence());
        out.writeLong(value.lastValue());
        out.writeBoolean(value.isCalled());
      }
    } else {
      throw new IllegalStateException("unknown kind of event " + event.getClass());
    }
  }

  /**
   * @throws IOException if {@code in} does, if the event is of a version or kind that this Tidemark
   *     does not know, or if it is damaged: it ends too early or holds what nobody writes
   */
  public static ChangeEvent read(DataInput in) throws IOException {
    try {
      int version = in.readUnsignedByte();
      if (version < 1 || version > VERSION) {
        throw new IOException(
            "this Tidemark reads change events of versions 1 to "
                + VERSION
                + ", and one of version "
                + version
                + " came; its sender is another Tidemark, or the event is damaged");
      }
      return body(in, version);
    } catch (EOFException e) {
      throw new IOException("the change event is damaged: it ends too early", e);
    } catch (MalformedException | IllegalArgumentException e) {
      throw new IOException("the change event is damaged: " + e.getMessage(), e);
    }
  }

  private static ChangeEvent body(DataInput in, int version) throws IOException {
    int kind = in.readUnsignedByte();
    if (kind == IS_CHANGES_WITH_ORIGIN && version >= WITH_ORIGIN) {
      List<RowChange> changes = RowChangeEncoding.read(in);
      return new ChangeEvent.Changes(changes, Optional.of(origin(in, changes.size())));
    }
    return switch (kind) {
      case IS_CHUNK_BEGIN ->
          new ChangeEvent.ChunkBegin(
              in.readLong(),
              in.readLong(),
              Encoding.readChunk(in),
              TableEncoding.read(in),
              Encoding.readString(in),
              Encoding.readString(in));
      case IS_CHUNK_ROWS -> {
        int length = Encoding.readSize(in, Row.MOST_BYTES, "a piece of a chunk");
        yield new ChangeEvent.ChunkRows(Encoding.readBytes(in, length), length);
      }
      case IS_CHUNK_END -> new ChangeEvent.ChunkEnd(Encoding.readChunk(in), in.readLong());
      case IS_CHUNK_ABORTED -> new ChangeEvent.ChunkAborted(Encoding.readChunk(in));
      case IS_CHANGES -> new ChangeEvent.Changes(RowChangeEncoding.read(in));
      case IS_COMMIT -> new ChangeEvent.Commit(in.readLong(), progress(in), instant(in));
      case IS_HEARTBEAT -> new ChangeEvent.Heartbeat(in.readLong(), progress(in));
      case IS_REACHED_CONSISTENCY ->
          new ChangeEvent.ReachedConsistency(in.readLong(), progress(in));
      case IS_SEQUENCE_VALUES -> new ChangeEvent.SequenceValues(in.readLong(), sequences(in));
      default -> throw new MalformedException("there is no event of kind " + kind);
    };
  }

  private static void writeProgress(DataOutput out, long epoch, Progress progress)
      throws IOException {
    out.writeLong(epoch);
    Encoding.writeString(out, progress.printPosition());
    Encoding.writeString(out, progress.printPending());
  }

  private static void writeOrigin(DataOutput out, Origin origin, int changes) throws IOException {
    Encoding.writeString(out, origin.printTransaction());
    Encoding.writeString(out, origin.printPosition());
    writeInstant(out, origin.committedAt());
    for (int i = 0; i < changes; i++) {
      out.writeLong(origin.ordinal(i));
    }
  }

  private static Origin origin(DataInput in, int changes) throws IOException {
    String transaction = Encoding.readString(in);
    String position = Encoding.readString(in);
    Instant committedAt = instant(in);
    List<Long> ordinals = new ArrayList<>();
    for (int i = 0; i < changes; i++) {
      ordinals.add(in.readLong());
    }
    return new PrintedOrigin(transaction, position, committedAt, ordinals);
  }

  private static void writeInstant(DataOutput out, Instant time) throws IOException {
    out.writeLong(time.getEpochSecond());
    out.writeInt(time.getNano());
  }

  private static Progress progress(DataInput in) throws IOException {
    return new PrintedProgress(Encoding.readString(in), Encoding.readString(in));
  }

  private static Instant instant(DataInput in) throws IOException {
    long second = in.readLong();
    int nano = in.readInt();
    if (second < Instant.MIN.getEpochSecond()
        || second > Instant.MAX.getEpochSecond()
        || nano < 0
        || nano > MOST_NANOS) {
      throw new MalformedException("there is no time " + second + " s " + nano + " ns");
    }
    return Instant.ofEpochSecond(second, nano);
  }

  private static List<SequenceValue> sequences(DataInput in) throws IOException {
    int size = Encoding.readSize(in, MOST_SEQUENCES, "the sequences");
    List<SequenceValue> values = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      TableId sequence = Encoding.readTable(in);
      values.add(
          new SequenceValue(
              sequence, in.readLong(), Encoding.readBoolean(in, "a sequence's value")));
    }
    return values;
  }
}
