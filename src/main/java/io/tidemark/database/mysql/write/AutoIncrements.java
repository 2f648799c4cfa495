package io.tidemark.database.mysql.write;

import io.tidemark.database.DaemonThreads;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlErrors;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets where tables go on numbering. In a thread and through a connection of its own, which is
 * kept: ALTER TABLE commits what is open, and waits for whoever has the table. Where that takes too
 * long it is tried again later, as the number is of no use to anybody before the target is taken
 * into use.
 *
 * <p>InnoDB keeps the counter above every value that is written, so that it needs raising only
 * where the source has handed out values that were never committed, or are deleted.
 *
 * <p>Used by one thread, which is never kept waiting but by {@link #settle}.
 */
public final class AutoIncrements implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(AutoIncrements.class);

  /**
   * While an ALTER TABLE waits for others, those who come after it wait for it: also the writer.
   */
  private static final int LOCK_SECONDS = 1;

  private static final long AGAIN_MILLIS = 10_000;
  private static final long SETTLE_MILLIS = 30_000;

  private final Supplier<Connection> connections;

  /** What is to be set and is not: the newest value of each table. */
  private final Map<TableId, Long> wanted = new HashMap<>();

  /** What was last set, or found to be passed already. */
  private final Map<TableId, Long> passed = new HashMap<>();

  private @Nullable ScheduledExecutorService worker;
  private @Nullable DatabaseException failure;
  private boolean working;
  private boolean closed;

  /** Made by the worker's thread. */
  private volatile @Nullable Connection open;

  /** Opens nothing, and starts no thread, before there is something to raise. */
  public AutoIncrements(Supplier<Connection> connections) {
    this.connections = connections;
  }

  /**
   * Has it raised; tables that do not number, or are further, are left alone.
   *
   * @throws DatabaseException what an earlier one failed with, if it will never succeed
   */
  synchronized void raise(TableId table, long next) {
    if (failure != null) {
      throw failure;
    }
    if (closed || passed.getOrDefault(table, Long.MIN_VALUE) >= next) {
      return;
    }
    wanted.merge(table, next, Math::max);
    if (!working) {
      working = true;
      if (worker == null) {
        worker =
            Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("tidemark-numbers"));
      }
      worker.execute(this::work);
    }
  }

  /**
   * Waits until all is raised.
   *
   * @throws DatabaseException if that is not so after half a minute, or will never be
   */
  synchronized void settle() {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SETTLE_MILLIS);
    try {
      while (failure == null && !wanted.isEmpty()) {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0) {
          throw new DatabaseException(
              Kind.RETRYABLE,
              "AUTO_INCREMENT of "
                  + wanted.keySet()
                  + " at the target could not be raised in time: another session has the table, or"
                  + " the server does not answer. End the sessions that hold it, and run the job"
                  + " once more before the target is taken into use");
        }
        wait(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DatabaseException(Kind.RETRYABLE, "stopped while AUTO_INCREMENT was raised", e);
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void work() {
    boolean reached = true;
    for (Map.Entry<TableId, Long> one : copyOfWanted().entrySet()) {
      try {
        if (reached) {
          raiseNow(one.getKey(), one.getValue());
          done(one.getKey(), one.getValue());
        }
      } catch (DatabaseException e) {
        // Whoever has one table has not the others; a connection that is gone is so for all.
        reached = MySqlErrors.is(e, MySqlErrors.LOCK_WAIT_TIMEOUT);
        failed(e);
      }
    }
    endOfWork();
  }

  private synchronized Map<TableId, Long> copyOfWanted() {
    return new HashMap<>(wanted);
  }

  private synchronized void done(TableId table, long next) {
    passed.merge(table, next, Math::max);
    wanted.remove(table, next);
  }

  private void failed(DatabaseException e) {
    if (!MySqlErrors.is(e, MySqlErrors.LOCK_WAIT_TIMEOUT)) {
      abort();
    }
    synchronized (this) {
      if (closed) {
        return;
      }
      if (e.kind() == Kind.RETRYABLE) {
        LOG.info("will be tried again: {}", e.getMessage());
      } else {
        failure = e;
      }
    }
  }

  private synchronized void endOfWork() {
    working = !wanted.isEmpty() && failure == null && !closed && worker != null;
    if (working && worker != null) {
      worker.schedule(this::work, AGAIN_MILLIS, TimeUnit.MILLISECONDS);
    }
    notifyAll();
  }

  private void raiseNow(TableId table, long next) {
    Connection connection = open;
    if (connection == null) {
      connection = connections.get();
      open = connection;
      new MySqlQueries(connection)
          .execute(
              "limiting how long a lock is waited for",
              "SET SESSION lock_wait_timeout = " + LOCK_SECONDS);
    }
    MySqlQueries queries = new MySqlQueries(connection);
    boolean behind =
        queries
            .first(
                "asking where table " + table + " of the target goes on numbering",
                // The counter of a table that never had a row is NULL.
                "SELECT CAST(COALESCE(t.AUTO_INCREMENT, 0) AS DECIMAL(20))"
                    + " FROM information_schema.TABLES AS t"
                    + " JOIN information_schema.COLUMNS AS c USING (TABLE_SCHEMA, TABLE_NAME)"
                    + " WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?"
                    + " AND c.EXTRA LIKE '%auto_increment%'",
                row -> row.getBigDecimal(1).longValue() < next,
                table.schema(),
                table.name())
            .orElse(false);
    if (behind) {
      queries.execute(
          "setting where table " + table + " of the target goes on numbering",
          "ALTER TABLE " + Identifiers.quote(table) + " AUTO_INCREMENT = " + next);
    }
  }

  private void abort() {
    Connection connection = open;
    open = null;
    if (connection != null) {
      try {
        connection.abort(Runnable::run);
      } catch (SQLException e) {
        LOG.debug("a connection could not be closed", e);
      }
    }
  }

  /** Waits for nothing: what is not raised is so by the next that has the target. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      if (worker != null) {
        worker.shutdownNow();
      }
    }
    abort();
  }
}
