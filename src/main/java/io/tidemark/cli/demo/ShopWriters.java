package io.tidemark.cli.demo;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Customers and clerks at work on a {@link Shop}: concurrent connections with one transaction after
 * another. Stopped by {@link #stop} or {@link #close}. All methods may be called from any thread.
 */
public final class ShopWriters implements AutoCloseable {

  private final Shop shop;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final LongAdder transactions = new LongAdder();
  private final LongAdder rolledBack = new LongAdder();
  private final LongAdder conflicts = new LongAdder();

  private ShopWriters(Shop shop) {
    this.shop = shop;
  }

  /**
   * Starts writers.
   *
   * @param connections how many of them
   * @param perSecond how many transactions they do in all, at most; empty for as many as they can
   */
  public static ShopWriters start(Shop shop, int connections, OptionalDouble perSecond) {
    ShopWriters writers = new ShopWriters(shop);
    Duration pause =
        perSecond.isEmpty()
            ? Duration.ZERO
            : Duration.ofNanos((long) (connections * 1e9 / perSecond.getAsDouble()));
    for (int i = 0; i < connections; i++) {
      int seed = i;
      Thread thread = new Thread(() -> writers.work(seed, pause), "shop-writer-" + i);
      thread.setDaemon(true);
      writers.threads.add(thread);
    }
    writers.threads.forEach(Thread::start);
    return writers;
  }

  /** Transactions that were committed. */
  public long transactions() {
    return transactions.sum();
  }

  /** Transactions that were rolled back on purpose. */
  public long rolledBack() {
    return rolledBack.sum();
  }

  /** Transactions that were rolled back because another one was in the way. */
  public long conflicts() {
    return conflicts.sum();
  }

  /** Why a writer gave up, if one did. */
  public Optional<Exception> failure() {
    return Optional.ofNullable(failure.get());
  }

  /** Lets the transactions under way end, and returns when all connections are closed. */
  public void stop() {
    stopping.set(true);
    threads.forEach(LockSupport::unpark);
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while the shop's writers stop", e);
      }
    }
  }

  @Override
  public void close() {
    stop();
  }

  private void work(int seed, Duration pause) {
    try (Connection connection = shop.connect()) {
      connection.setAutoCommit(false);
      ShopTransactions work = new ShopTransactions(shop.dialect(), connection, new Random(seed));
      long next = System.nanoTime();
      while (!stopping.get() && failure.get() == null) {
        one(connection, work);
        next = Math.max(next + pause.toNanos(), System.nanoTime() - pause.toNanos());
        for (long wait = next - System.nanoTime();
            wait > 0 && !stopping.get();
            wait = next - System.nanoTime()) {
          LockSupport.parkNanos(wait);
        }
      }
    } catch (SQLException | RuntimeException e) {
      failure.compareAndSet(null, e);
    }
  }

  private void one(Connection connection, ShopTransactions work) throws SQLException {
    try {
      if (work.next()) {
        connection.commit();
        transactions.increment();
      } else {
        connection.rollback();
        rolledBack.increment();
      }
    } catch (SQLException e) {
      connection.rollback();
      // Any concurrent application has these, and answers by doing something else.
      if (!shop.dialect().isConflict(e)) {
        throw e;
      }
      conflicts.increment();
    }
  }
}
