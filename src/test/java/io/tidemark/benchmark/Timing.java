package io.tidemark.benchmark;

/**
 * What one measurement took, as values of {@link System#nanoTime}.
 *
 * @param started when it was asked for
 * @param working when its first session was there
 * @param done when its effect was seen at the target
 */
record Timing(long started, long working, long done) {

  /** The whole time. */
  double seconds() {
    return (done - started) / 1e9;
  }

  /** The time without the start-up. */
  double workingSeconds() {
    return (done - working) / 1e9;
  }
}
