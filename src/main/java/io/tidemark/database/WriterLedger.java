package io.tidemark.database;

import io.tidemark.change.ChangeEvent.ChunkBegin;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Progress;
import io.tidemark.schema.TableId;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;

/**
 * The writer's side of the ledger, given by a {@link TargetWriter}: what it says is committed, or
 * not, together with the data that this writer has written. Used by the writer's thread.
 *
 * <p>Everything is checked against the epoch. The check takes a share of the lock that raises the
 * epoch, and keeps it until the transaction's end, which therefore must follow at once. All of it
 * may throw {@link DatabaseException}.
 */
public interface WriterLedger {

  /**
   * Records a chunk that was loaded in this transaction. Keys that were copied again fill their
   * holes, which keep the snapshot: what its range's snapshot lacks may be in that one.
   *
   * @param rows how many rows it has
   * @return whether it still counts: not so keys that need not be copied again any more, as their
   *     range is copied anew. Then nothing of it may be committed.
   * @throws FencedException if another submission of the job has raised the epoch
   */
  boolean recordChunk(ChunkBegin begin, long rows);

  /**
   * Records how far the log has been applied.
   *
   * @param committedAt when the source committed the last transaction; empty if there was none
   * @throws FencedException if another submission of the job has raised the epoch
   */
  void recordProgress(long epoch, Progress progress, Optional<Instant> committedAt);

  /**
   * Records that every table copied so far is complete and that every commit is a source state.
   *
   * @throws FencedException if another submission of the job has raised the epoch
   */
  void recordConsistency(long epoch, Progress progress);

  /** Whether consistency is recorded and the finish after it is not. */
  boolean isUnfinished();

  /** Notes that keys inside a copied range have to be copied again. */
  void recordHoles(TableId table, Collection<Key> keys);

  /**
   * Forgets that a range was copied, which chunks of the table make up exactly, and the keys of the
   * table that have to be copied again or have been.
   */
  void recordUncovered(TableId table, KeyRange.Between range);

  /**
   * @throws FencedException if another submission of the job has raised the epoch
   * @throws DatabaseException retryable, if another attempt of the same submission has
   */
  void requireEpoch(long epoch);
}
