package io.tidemark.settings;

import io.tidemark.schema.TableId;
import java.time.Duration;
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
 */
public record CheckedJob(
    int parallelism,
    ExistingRows existing,
    boolean streamKnown,
    Duration logNeeded,
    boolean inDoubt,
    Set<TableId> copied,
    Set<TableId> complete) {

  public CheckedJob {
    copied = Set.copyOf(copied);
    complete = Set.copyOf(complete);
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
}
