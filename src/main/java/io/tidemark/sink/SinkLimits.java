package io.tidemark.sink;

import java.time.Duration;

/**
 * What the sink holds in memory, and how long.
 *
 * @param maxChanges how many changes are gathered into one target transaction, or applied as one
 *     piece of a large one
 * @param maxBytes the same by their weight
 * @param queueEvents how many events may wait
 * @param queueBytes how many bytes they may hold; one event that is larger is admitted alone
 * @param heartbeat how often progress without changes is recorded
 */
record SinkLimits(
    int maxChanges, long maxBytes, int queueEvents, long queueBytes, Duration heartbeat) {

  static final SinkLimits DEFAULT =
      new SinkLimits(20_000, 16L << 20, 10_000, 16L << 20, Duration.ofSeconds(1));

  SinkLimits {
    if (maxChanges < 1 || maxBytes < 1 || queueEvents < 1 || queueBytes < 1) {
      throw new IllegalArgumentException("limits are at least 1");
    }
  }
}
