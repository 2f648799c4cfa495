package io.tidemark.database.mysql.snapshot;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What opening snapshots has meant so far for those who write to the tables, in this process.
 *
 * @param snapshots how many were opened under a lock
 * @param longestLock for which tables were locked; waiting for the lock not counted
 * @param longestWait of one attempt at a lock, while which new writers wait too; it is bounded
 * @param givenUp attempts that ended without the lock
 */
public record SnapshotLocks(
    long snapshots, Duration longestLock, Duration longestWait, long givenUp) {

  private static final AtomicLong SNAPSHOTS = new AtomicLong();
  private static final AtomicLong LOCK_NANOS = new AtomicLong();
  private static final AtomicLong WAIT_NANOS = new AtomicLong();
  private static final AtomicLong GIVEN_UP = new AtomicLong();

  /** Thread-safe, like everything here. */
  public static SnapshotLocks soFar() {
    return new SnapshotLocks(
        SNAPSHOTS.get(),
        Duration.ofNanos(LOCK_NANOS.get()),
        Duration.ofNanos(WAIT_NANOS.get()),
        GIVEN_UP.get());
  }

  /** Counts one attempt at a lock. */
  static void waited(long nanos, boolean locked) {
    WAIT_NANOS.accumulateAndGet(nanos, Math::max);
    if (!locked) {
      GIVEN_UP.incrementAndGet();
    }
  }

  /** Counts one lock that is over, and gives the longest one. */
  static Duration locked(long nanos) {
    SNAPSHOTS.incrementAndGet();
    return Duration.ofNanos(LOCK_NANOS.accumulateAndGet(nanos, Math::max));
  }
}
