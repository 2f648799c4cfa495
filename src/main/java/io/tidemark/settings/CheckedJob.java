package io.tidemark.settings;

import io.tidemark.schema.TableId;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * What a job is to do with its databases, as far as they have to be ready for it.
 *
 * @param parallelism how many chunks are copied at a time
 * @param existing what to do about rows that are in the target's tables before the copy
 * @param streamKnown whether the target's ledger has the stream, so that rows at the target and
 *     what the stream puts up at the source are expected
 * @param logNeeded for how long the source has to keep its log while the job runs undisturbed
 * @param inDoubt whether what is copied may contain changes that the log brings again
 * @param copied tables, by their names at the source, of which the target's ledger holds something
 * @param complete those of them of which nothing has to be copied any more
 * @param wholeRows what else can be done where the log does not have rows whole as they were before
 *     a change; empty if the job does not need them so
 */
public record CheckedJob(
    int parallelism,
    ExistingRows existing,
    boolean streamKnown,
    Duration logNeeded,
    boolean inDoubt,
    Set<TableId> copied,
    Set<TableId> complete,
    Optional<String> wholeRows) {

  public CheckedJob {
    copied = Set.copyOf(copied);
    complete = Set.copyOf(complete);
  }

  /** A job for which the keys of former rows do. */
  public CheckedJob(
      int parallelism,
      ExistingRows existing,
      boolean streamKnown,
      Duration logNeeded,
      boolean inDoubt,
      Set<TableId> copied,
      Set<TableId> complete) {
    this(
        parallelism, existing, streamKnown, logNeeded, inDoubt, copied, complete, Optional.empty());
  }

  /** A job of which nothing has been copied. */
  public CheckedJob(
      int parallelism,
      ExistingRows existing,
      boolean streamKnown,
      Duration logNeeded,
      boolean inDoubt) {
    this(parallelism, existing, streamKnown, logNeeded, inDoubt, Set.of(), Set.of());
  }

  /** A job with the usual cycle, whose snapshots are exact. */
  public CheckedJob(int parallelism, ExistingRows existing, boolean streamKnown) {
    this(parallelism, existing, streamKnown, Duration.ofSeconds(125), false);
  }

  /**
   * The same job, which needs whole rows of the log.
   *
   * @param otherwise what can be done where the log does not have them
   */
  public CheckedJob withWholeRows(String otherwise) {
    return new CheckedJob(
        parallelism,
        existing,
        streamKnown,
        logNeeded,
        inDoubt,
        copied,
        complete,
        Optional.of(otherwise));
  }
}
