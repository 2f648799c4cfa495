package io.tidemark.sink;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/** What the sink has done. Written by its own thread, read by Flink's reporters. */
final class SinkMeasures {

  private final Counter rowsCopied = new Tally();
  private final Counter changesApplied = new Tally();
  private final Counter deadLetters = new Tally();
  private final Counter targetTransactions = new Tally();
  private volatile Optional<Instant> currentAt = Optional.empty();

  void register(MetricGroup group) {
    group.counter("rowsCopied", rowsCopied);
    group.counter("changesApplied", changesApplied);
    group.counter("targetTransactions", targetTransactions);
    group.counter("deadLetters", deadLetters);
    group.gauge("lagMillis", this::lagMillis);
  }

  void chunkLoaded(long rows) {
    rowsCopied.inc(rows);
    targetTransactions.inc();
  }

  /**
   * @param more rows that are kept in the ledger now and were not before; negative if fewer
   */
  void deadLetters(long more) {
    deadLetters.inc(more);
  }

  /** How many rows more are kept in the ledger than when this sink started. */
  long deadLetters() {
    return deadLetters.getCount();
  }

  /**
   * @param committedAt when the source committed what was applied last; if nothing was there to be
   *     applied, the present
   */
  void logApplied(long changes, Instant committedAt) {
    changesApplied.inc(changes);
    targetTransactions.inc();
    currentAt = Optional.of(committedAt);
  }

  long rowsCopied() {
    return rowsCopied.getCount();
  }

  long changesApplied() {
    return changesApplied.getCount();
  }

  long targetTransactions() {
    return targetTransactions.getCount();
  }

  /** How old the source state is that the target shows; 0 before anything was applied. */
  long lagMillis() {
    return currentAt
        .map(at -> Math.max(0, Duration.between(at, Instant.now()).toMillis()))
        .orElse(0L);
  }
}
