package io.tidemark.cli.demo;

import io.tidemark.settings.ConnectionSpec;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads the shop's books at the target over and over, on a thread of its own, and stops at the
 * first time they do not agree. Its methods may be called from any thread.
 */
final class BooksWatch implements AutoCloseable {

  private static final Duration PAUSE = Duration.ofMillis(50);

  private final Shop target;
  private final Shop.Books opening;
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final AtomicLong polls = new AtomicLong();
  private final AtomicReference<String> broken = new AtomicReference<>();
  private final Thread thread = new Thread(this::watch, "books-watch");

  private BooksWatch(Shop target, Shop.Books opening) {
    this.target = target;
    this.opening = opening;
    thread.setDaemon(true);
  }

  /**
   * Starts to watch a target that is consistent.
   *
   * @param opening the books before any transfer
   */
  static BooksWatch start(ConnectionSpec target, Shop.Books opening) {
    BooksWatch watch = new BooksWatch(new Shop(target), opening);
    watch.thread.start();
    return watch;
  }

  /** How often the books were read. */
  long polls() {
    return polls.get();
  }

  /** What was wrong, if anything was. */
  Optional<String> broken() {
    return Optional.ofNullable(broken.get());
  }

  @Override
  public void close() {
    stopping.set(true);
    LockSupport.unpark(thread);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void watch() {
    try (Connection connection = target.connect()) {
      while (!stopping.get() && broken.get() == null) {
        Shop.Books books = Shop.Books.read(connection);
        polls.incrementAndGet();
        if (!books.agreeWith(opening)) {
          broken.set(
              "poll "
                  + polls.get()
                  + " found "
                  + books.money()
                  + " in the target's accounts, which opened with "
                  + opening.money()
                  + ", and "
                  + books.unexplained()
                  + " accounts that their transfers do not explain");
        }
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    } catch (SQLException e) {
      broken.set("the target's books could not be read: " + e.getMessage());
    }
  }
}
