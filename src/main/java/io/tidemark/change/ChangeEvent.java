package io.tidemark.change;

import io.tidemark.schema.Table;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a source subtask hands to the sink subtask behind it, in this order: chunks as {@code
 * ChunkBegin, ChunkRows*, ChunkEnd | ChunkAborted}, the log as {@code (Changes* Commit | Heartbeat
 * | ReachedConsistency | SequenceValues)*}. Where one subtask carries both, their events
 * interleave.
 *
 * <p>Every event that leads to a write of the ledger names the writer's epoch.
 */
public sealed interface ChangeEvent {

  /**
   * A chunk starts. One at a time per subtask.
   *
   * @param cycle the copy cycle that reads it, from 1
   * @param table the columns that the rows have, in this order
   * @param snapshot the printed snapshot position of the session that reads it
   * @param format how the rows are encoded; the source's and target's databases know what it means
   */
  record ChunkBegin(
      long epoch, long cycle, Chunk chunk, Table table, String snapshot, String format)
      implements ChangeEvent {}

  /**
   * A piece of the open chunk's rows, in the format that {@code ChunkBegin} named; rows may span
   * pieces.
   */
  record ChunkRows(byte[] bytes, int length) implements ChangeEvent {
    @Override
    public String toString() {
      return "ChunkRows[" + length + " bytes]";
    }
  }

  /** The open chunk is complete: {@code rows} rows. */
  record ChunkEnd(Chunk chunk, long rows) implements ChangeEvent {}

  /** The open chunk could not be read to its end; what was written of it must be undone. */
  record ChunkAborted(Chunk chunk) implements ChangeEvent {}

  /**
   * Changes of the source transaction that the next {@code Commit} ends; not empty.
   *
   * @param origin which transaction that is, where somebody may ask for it
   */
  record Changes(List<RowChange> changes, Optional<Origin> origin) implements ChangeEvent {

    /** Of a transaction that nobody asks for. */
    public Changes(List<RowChange> changes) {
      this(changes, Optional.empty());
    }
  }

  /**
   * The source transaction ends here.
   *
   * @param committedAt when the source committed it, by the source's clock
   */
  record Commit(long epoch, Progress progress, Instant committedAt) implements ChangeEvent {}

  /** The log was read further and nothing in it was for the target. */
  record Heartbeat(long epoch, Progress progress) implements ChangeEvent {}

  /** From this position on, every commit at the target is a state the source had. */
  record ReachedConsistency(long epoch, Progress progress) implements ChangeEvent {}

  /** Where the source's sequences stand, read after everything before this event was committed. */
  record SequenceValues(long epoch, List<SequenceValue> values) implements ChangeEvent {}
}
