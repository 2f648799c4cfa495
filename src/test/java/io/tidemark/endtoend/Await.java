package io.tidemark.endtoend;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for a condition that another process makes true. */
public final class Await {

  private static final Duration POLL = Duration.ofMillis(50);

  private Await() {}

  /**
   * Returns when {@code condition} holds.
   *
   * @param diagnosis what is known when it does not in time
   * @throws AssertionError if it does not hold in time
   */
  public static void until(
      String what, Duration timeout, Callable<Boolean> condition, Supplier<String> diagnosis)
      throws Exception {
    Instant deadline = Instant.now().plus(timeout);
    while (!condition.call()) {
      if (Instant.now().isAfter(deadline)) {
        throw new AssertionError(
            "not " + what + " within " + timeout.toSeconds() + " s; " + diagnosis.get());
      }
      LockSupport.parkNanos(POLL.toNanos());
      if (Thread.interrupted()) {
        throw new InterruptedException("interrupted while waiting until " + what);
      }
    }
  }
}
