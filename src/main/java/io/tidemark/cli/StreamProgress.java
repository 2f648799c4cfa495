package io.tidemark.cli;

import io.tidemark.schema.TableId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How far a stream is, as the ledger and the source say at one moment.
 *
 * @param at when it was asked
 * @param cycle the latest copy cycle of which something is at the target; 0 before the first
 * @param lagBytes log that the source holds after the ledger's position; empty before the start
 * @param lag how long ago the source committed what the target took last; empty if nothing yet, or
 *     if nothing is left to take
 * @param consistent whether every commit at the target is now a state the source had
 * @param finished whether indexes and constraints are built too
 * @param toCopyAgain rows inside of what was copied that came in half by the log, and are to be
 *     copied again
 * @param deadLetters per table, how many rows the ledger keeps because the target cannot hold them
 * @param waits for whom the job has been waiting for more than a few seconds
 */
public record StreamProgress(
    Instant at,
    List<TableProgress> tables,
    long cycle,
    Optional<Long> lagBytes,
    Optional<Duration> lag,
    boolean consistent,
    boolean finished,
    long toCopyAgain,
    Map<TableId, Long> deadLetters,
    List<String> waits) {

  public StreamProgress {
    deadLetters = new TreeMap<>(deadLetters);
    tables = List.copyOf(tables);
    waits = List.copyOf(waits);
  }

  /** Of a stream without dead letters or rows to be copied again that waits for nobody. */
  StreamProgress(
      Instant at,
      List<TableProgress> tables,
      long cycle,
      Optional<Long> lagBytes,
      Optional<Duration> lag,
      boolean consistent,
      boolean finished) {
    this(at, tables, cycle, lagBytes, lag, consistent, finished, 0, Map.of(), List.of());
  }

  /**
   * One table's copy.
   *
   * @param copied rows at the target by the copy, not counting what was streamed
   * @param estimated about how many rows the source has; never below {@code copied}
   * @param complete whether all of it has been copied
   * @param streamed whether it is complete and, at the ledger's position, what the source had
   */
  public record TableProgress(
      TableId table, long copied, long estimated, boolean complete, boolean streamed) {
    /** Raises the estimate to what was copied, which is the whole of a complete table. */
    public TableProgress {
      estimated = complete ? copied : Math.max(estimated, copied);
    }

    /** Of a table that is not streamed. */
    TableProgress(TableId table, long copied, long estimated, boolean complete) {
      this(table, copied, estimated, complete, false);
    }

    /** What is done of it. */
    String phase() {
      if (streamed) {
        return "streaming";
      }
      if (complete) {
        return "copied";
      }
      return copied > 0 ? "copying" : "waiting";
    }

    /** From 0 to 100; 100 only if complete. */
    int percent() {
      if (complete) {
        return 100;
      }
      return estimated == 0 ? 0 : (int) Math.min(99, copied * 100 / estimated);
    }
  }

  /** Rows of all tables that are at the target by the copy. */
  public long copied() {
    return tables.stream().mapToLong(TableProgress::copied).sum();
  }

  /** About how many rows all tables have at the source; never below {@link #copied}. */
  public long estimated() {
    return tables.stream().mapToLong(TableProgress::estimated).sum();
  }

  /** Whether all tables have been copied, consistent or not. */
  public boolean copyComplete() {
    return tables.stream().allMatch(TableProgress::complete);
  }
}
