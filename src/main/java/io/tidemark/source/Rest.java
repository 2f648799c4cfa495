package io.tidemark.source;

/**
 * Keeps what is done over and over from costing more than a share of the time it runs in: after
 * each time there is a rest, as many times as long as that took. In nanoseconds of {@link
 * System#nanoTime}. Used by one thread.
 */
final class Rest {

  private final int times;
  private long until;

  /**
   * @param times how long a rest is, measured by what comes before it; 0 for none
   * @param now the present moment
   */
  Rest(int times, long now) {
    this.times = times;
    this.until = now;
  }

  /** Whether there is still a rest at {@code now}. */
  boolean lastsAt(long now) {
    return now - until < 0;
  }

  /** It was done between these two moments. */
  void begin(long begun, long ended) {
    until = ended + times * (ended - begun);
  }
}
