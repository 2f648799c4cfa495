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

  /**
   * The more is gathered while the log is behind, the nearer to each other are the rows of one
   * target transaction, and the cheaper is each. As much again is gathered while a target
   * transaction is made, so that the log is read on meanwhile. But all that has been read is waited
   * for at each checkpoint and at the end, while nothing else is done: twice as much was slower,
   * and so was half as much. In memory a gathered row is about its weight and 300 bytes.
   */
  static final SinkLimits DEFAULT =
      new SinkLimits(50_000, 16L << 20, 10_000, 4L << 20, Duration.ofSeconds(1));

  SinkLimits {
    if (maxChanges < 1 || maxBytes < 1 || queueEvents < 1 || queueBytes < 1) {
      throw new IllegalArgumentException("limits are at least 1");
    }
  }
}
