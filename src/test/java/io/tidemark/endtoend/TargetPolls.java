package io.tidemark.endtoend;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads the target over and over, from the moment when the ledger says that it is consistent, and
 * keeps the first thing that was wrong.
 */
public final class TargetPolls implements AutoCloseable {

  /** Looks at the target once; says what is wrong. Called by one thread. */
  interface Check {
    Optional<String> wrong(Connection target) throws SQLException;
  }

  private final AtomicBoolean stopping = new AtomicBoolean();
  private final AtomicLong polls = new AtomicLong();
  private final AtomicReference<String> wrong = new AtomicReference<>();
  private final Thread thread;
  private volatile boolean ridesOutages;

  private TargetPolls(TwoServers.Pair pair, Check check) {
    thread = new Thread(() -> poll(pair, check), "target-polls");
    thread.setDaemon(true);
    thread.start();
  }

  static TargetPolls start(TwoServers.Pair pair, Check check) {
    return new TargetPolls(pair, check);
  }

  /** The bank's books: the same money, every counted entry, and no counter that goes back. */
  public static TargetPolls ofBank(TwoServers.Pair pair, long money) {
    return start(
        pair,
        new Check() {
          private Optional<Bank.Books> last = Optional.empty();

          @Override
          public Optional<String> wrong(Connection target) throws SQLException {
            Bank.Books books = Bank.Books.read(target);
            Optional<Bank.Books> before = last;
            last = Optional.of(books);
            boolean back =
                before.isPresent()
                    && before.get().counters().entrySet().stream()
                        .anyMatch(
                            c -> books.counters().getOrDefault(c.getKey(), -1L) < c.getValue());
            return books.money() == money && books.miscounted() == 0 && !back
                ? Optional.empty()
                : Optional.of(books + " after " + before + ", with " + money + " in all");
          }
        });
  }

  /** From now on it waits for a target that is not there. */
  public TargetPolls ridingOutages() {
    ridesOutages = true;
    return this;
  }

  public long polls() {
    return polls.get();
  }

  public Optional<String> firstWrong() {
    return Optional.ofNullable(wrong.get());
  }

  /**
   * Stops once the target was looked at more often than that, and returns the number of polls, all
   * of which found nothing wrong. On a busy machine they are waited for.
   */
  public long stopAfter(long looks) throws Exception {
    Await.until(
        "looked at",
        CopyJob.LONG,
        () -> polls.get() > looks || wrong.get() != null,
        () -> polls.get() + " polls");
    close();
    if (wrong.get() != null) {
      throw new AssertionError("poll " + polls.get() + " of the target: " + wrong.get());
    }
    return polls.get();
  }

  @Override
  public void close() throws InterruptedException {
    stopping.set(true);
    thread.join();
  }

  private void poll(TwoServers.Pair pair, Check check) {
    StreamWatch watch = new StreamWatch(pair);
    boolean consistent = false;
    while (!stopping.get() && wrong.get() == null) {
      try {
        consistent = consistent || watch.consistent();
        if (consistent) {
          poll(pair.target(), pair.name(), check);
        }
      } catch (SQLException | RuntimeException e) {
        if (!ridesOutages || !Bank.isOutage(e)) {
          wrong.set("the target cannot be read: " + e);
        }
      }
      LockSupport.parkNanos(10_000_000);
    }
  }

  private void poll(TestServer server, String database, Check check) throws SQLException {
    try (Connection target = server.connect(database)) {
      while (!stopping.get() && wrong.get() == null) {
        Optional<String> found = check.wrong(target);
        polls.incrementAndGet();
        found.ifPresent(wrong::set);
        LockSupport.parkNanos(5_000_000);
      }
    }
  }
}
