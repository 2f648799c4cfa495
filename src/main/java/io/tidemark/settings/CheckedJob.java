package io.tidemark.settings;

import java.time.Duration;

/**
 * What a job is to do with its databases, as far as they have to be ready for it.
 *
 * @param parallelism how many chunks are copied at a time
 * @param existing what to do about rows that are in the target's tables before the copy
 * @param streamKnown whether the target's ledger has the stream, so that rows at the target and
 *     what the stream puts up at the source are expected
 * @param logNeeded for how long the source has to keep its log while the job runs undisturbed
 * @param inDoubt whether what is copied may contain changes that the log brings again
 */
public record CheckedJob(
    int parallelism,
    ExistingRows existing,
    boolean streamKnown,
    Duration logNeeded,
    boolean inDoubt) {

  /** A job with the usual cycle, whose snapshots are exact. */
  public CheckedJob(int parallelism, ExistingRows existing, boolean streamKnown) {
    this(parallelism, existing, streamKnown, Duration.ofSeconds(125), false);
  }
}
