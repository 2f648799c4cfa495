package io.tidemark.benchmark;

/**
 * What one measurement took, as values of {@link System#nanoTime}.
 *
 * @param launched when the process that would do it was started
 * @param started when it was asked for
 * @param working when its first session was there
 * @param done when its effect was seen at the target
 */
record Timing(long launched, long started, long working, long done) {

  /** The time with the start of the process that does it, where that is ours to start. */
  double coldSeconds() {
    return (done - launched) / 1e9;
  }

  /** The whole time. */
  double seconds() {
    return (done - started) / 1e9;
  }

  /** The time without the start-up. */
  double workingSeconds() {
    return (done - working) / 1e9;
  }
}
