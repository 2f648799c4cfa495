package io.tidemark.database.mysql.snapshot;

import io.tidemark.database.DaemonThreads;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.mysql.session.MySqlErrors;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.schema.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * One attempt at {@code LOCK TABLES} that is given up after less than the server's own time-out,
 * which is whole seconds: another session of the same account ends the waiting statement.
 */
final class PatientLock implements AutoCloseable {

  private static final int QUERY_INTERRUPTED = 1317;

  private static final String BLOCKING =
      """
      SELECT l.OBJECT_SCHEMA, l.OBJECT_NAME, l.LOCK_TYPE, t.PROCESSLIST_ID, t.PROCESSLIST_USER,
             coalesce(x.TIMER_WAIT, 0) / 1e12 AS SECONDS
      FROM performance_schema.metadata_locks AS l
      JOIN performance_schema.threads AS t ON t.THREAD_ID = l.OWNER_THREAD_ID
      LEFT JOIN performance_schema.events_transactions_current AS x
        ON x.THREAD_ID = l.OWNER_THREAD_ID AND x.STATE = 'ACTIVE'
      WHERE l.OBJECT_TYPE = 'TABLE' AND l.LOCK_STATUS = 'GRANTED' AND l.LOCK_DURATION <> 'STATEMENT'
        AND l.LOCK_TYPE NOT IN ('SHARED', 'SHARED_HIGH_PRIO', 'SHARED_READ', 'SHARED_READ_ONLY')
        AND t.PROCESSLIST_ID <> CONNECTION_ID()
      ORDER BY SECONDS DESC
      LIMIT 1000
      """;

  private static final int MOST_NAMED = 5;

  private final MySqlQueries ending;
  private final MySqlQueries locking;
  private final Duration patience;
  private final long waiter;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("tidemark lock wait"));

  /** Guards the three below, which the waiting thread and the clock share. */
  private final Object turn = new Object();

  /** Whether the statement that locks is on its way: only then may it be ended. */
  private boolean waiting;

  /** Whether the clock has ended it. */
  private boolean ended;

  /** What stood in the way when it was ended, in words; empty if nothing was found. */
  private String obstacles = "";

  /**
   * @param ending a session that is idle meanwhile
   * @param locking the one that locks
   */
  PatientLock(MySqlQueries ending, MySqlQueries locking, Duration patience) {
    this.ending = ending;
    this.locking = locking;
    this.patience = patience;
    this.waiter =
        locking.one("asking for the session", "SELECT CONNECTION_ID()", row -> row.getLong(1));
  }

  /** Whether the lock has come in time. */
  boolean lock(String sql) {
    synchronized (turn) {
      waiting = true;
    }
    ScheduledFuture<?> end =
        clock.schedule(this::endWait, patience.toMillis(), TimeUnit.MILLISECONDS);
    boolean locked = false;
    try {
      locking.execute("locking the tables of a copy cycle", sql);
      locked = true;
    } catch (DatabaseException e) {
      if (!MySqlErrors.is(e, QUERY_INTERRUPTED)
          && !MySqlErrors.is(e, MySqlErrors.LOCK_WAIT_TIMEOUT)) {
        throw e;
      }
    }
    boolean tooLate;
    synchronized (turn) {
      waiting = false;
      tooLate = ended;
    }
    end.cancel(false);
    if (locked && tooLate) {
      release();
    }
    return locked && !tooLate;
  }

  /** The lock came just when it was given up: what would have ended its wait may end this. */
  private void release() {
    try {
      locking.execute("unlocking the tables", "UNLOCK TABLES");
    } catch (DatabaseException e) {
      if (!MySqlErrors.is(e, QUERY_INTERRUPTED)) {
        throw e;
      }
      locking.execute("unlocking the tables", "UNLOCK TABLES");
    }
  }

  private void endWait() {
    synchronized (turn) {
      if (!waiting) {
        return;
      }
      ended = true;
      obstacles = readObstacles();
      try {
        ending.execute("giving a lock up", "KILL QUERY " + waiter);
      } catch (DatabaseException e) {
        // The session is gone, which the one who waits is told too; or the server's own time-out
        // ends the wait a little later.
        obstacles += "; " + e.getMessage();
      }
    }
  }

  private String readObstacles() {
    record Obstacle(String schema, String table, String lock, String who) {}
    List<Obstacle> found = new ArrayList<>();
    try {
      found.addAll(
          ending.list(
              "asking what holds the tables",
              BLOCKING,
              row ->
                  new Obstacle(
                      row.getString(1),
                      row.getString(2),
                      row.getString(3),
                      "connection "
                          + row.getLong(4)
                          + " of "
                          + row.getString(5)
                          + ", in a transaction for "
                          + row.getLong(6)
                          + " s")));
    } catch (DatabaseException e) {
      return "what holds them cannot be seen (to see it: GRANT SELECT ON performance_schema.*): it"
          + " is a transaction that has changed one of them and has not ended, or an ALTER TABLE";
    }
    return found.stream()
        .map(one -> one.schema() + "." + one.table() + ": " + one.lock() + " held by " + one.who())
        .reduce((left, right) -> left + "\n" + right)
        .orElse("nothing is seen to hold them");
  }

  /** What was in the way when the last attempt was given up. */
  String obstacles(List<Table> tables) {
    synchronized (turn) {
      List<String> relevant =
          obstacles
              .lines()
              .filter(
                  line ->
                      line.indexOf(": ") < 0
                          || tables.stream().anyMatch(table -> line.startsWith(table.id() + ": "))
                          || !line.contains(" held by "))
              .limit(MOST_NAMED)
              .toList();
      return relevant.isEmpty() ? "what held them is gone" : String.join("; ", relevant);
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
