package io.tidemark.endtoend;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Writers that carry out random transactions, each of a few statements, until they are stopped. */
final class Churn implements AutoCloseable {

  /** Makes the statements of one transaction. Called by several threads, each with its own. */
  interface Transactions {
    List<String> next(Random random);
  }

  private final WriterThreads threads = new WriterThreads();
  private final AtomicLong committed = new AtomicLong();

  /** Adds writers, each with at most {@code perSecond} transactions a second. */
  Churn start(TwoServers.Pair pair, int writers, int perSecond, Transactions transactions) {
    for (int i = 0; i < writers; i++) {
      int seed = threads.size();
      threads.start("churn-" + seed, () -> work(pair, perSecond, transactions, new Random(seed)));
    }
    return this;
  }

  private void work(TwoServers.Pair pair, int perSecond, Transactions transactions, Random random)
      throws SQLException {
    try (Connection session = pair.source().connect(pair.name());
        Statement statement = session.createStatement()) {
      session.setAutoCommit(false);
      while (!threads.isStopping()) {
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
    }
  }

  long committed() {
    return committed.get();
  }

  /** Lets what is under way end. */
  void stop() throws Exception {
    threads.stop();
  }

  @Override
  public void close() throws Exception {
    stop();
  }
}
