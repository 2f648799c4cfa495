package io.tidemark.endtoend;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/** Writers that carry out random transactions, each of a few statements, until they are stopped. */
final class Churn implements AutoCloseable {

  /** Makes the statements of one transaction. Called by several threads, each with its own. */
  interface Transactions {
    List<String> next(Random random);
  }

  private final AtomicBoolean stopping = new AtomicBoolean();
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final AtomicLong committed = new AtomicLong();
  private final List<Thread> threads = new ArrayList<>();

  /** Adds writers, each with at most {@code perSecond} transactions a second. */
  Churn start(TwoServers.Pair pair, int writers, int perSecond, Transactions transactions) {
    for (int i = 0; i < writers; i++) {
      int seed = threads.size();
      Thread thread =
          new Thread(() -> work(pair, perSecond, transactions, new Random(seed)), "churn-" + seed);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
    return this;
  }

  private void work(TwoServers.Pair pair, int perSecond, Transactions transactions, Random random) {
    try (Connection session = pair.source().connect(pair.name());
        Statement statement = session.createStatement()) {
      session.setAutoCommit(false);
      while (!stopping.get()) {
        List<String> sql = transactions.next(random);
        try {
          for (String one : sql) {
            statement.execute(one);
          }
          session.commit();
          committed.incrementAndGet();
        } catch (SQLException e) {
          session.rollback();
          if (!TestServer.isConflict(e)) {
            throw new SQLException(e.getMessage() + " in " + sql, e.getSQLState(), e);
          }
        }
        LockSupport.parkNanos(1_000_000_000L / perSecond);
      }
    } catch (SQLException | RuntimeException e) {
      failure.compareAndSet(null, e);
    }
  }

  long committed() {
    return committed.get();
  }

  /** Lets what is under way end. */
  void stop() throws Exception {
    stopping.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
    if (failure.get() != null) {
      throw failure.get();
    }
  }

  @Override
  public void close() throws Exception {
    stop();
  }
}
