package io.tidemark.database.mysql.snapshot;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.position.ExecutedSet;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.MySqlSessions;
import io.tidemark.schema.Table;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts a MySQL transaction whose snapshot's GTIDs are known: the tables are locked for reading,
 * the snapshot is taken, the GTIDs are read, the tables are unlocked.
 *
 * <p>Why this is exact for the locked tables, and what a position has to be exact for is only those
 * that the session reads. Let {@code T} be a transaction that changes one of them.
 *
 * <ul>
 *   <li>{@code T} holds a metadata lock on the table from its first change until its commit is
 *       complete (MySQL manual, 10.11.4, "Metadata Locking": locks are released only when the
 *       transaction ends), also one that a replica applies, and one that waits for a
 *       semi-synchronous replica. {@code LOCK TABLES … READ} waits for that lock and keeps it from
 *       being taken (15.3.6).
 *   <li>A transaction is in the binary log first, then the engine commits it, then it is added to
 *       {@code gtid_executed} (19.1.3.2, "GTID Life Cycle"; sql/binlog.cc, {@code
 *       process_commit_stage_queue}, and {@code finish_commit} where binlog_order_commits is off),
 *       and only after all of this are its metadata locks released.
 *   <li>So while the lock is held, {@code T} is either complete, then it is visible and in {@code
 *       gtid_executed}; or it has not begun to change the table, then it is neither. The snapshot
 *       and the set are both taken while the lock is held, in whichever order.
 * </ul>
 *
 * Of a transaction that changes other tables the set may say what the snapshot does not; nothing of
 * it is ever read. Without GTIDs the end of the log takes the set's place, by the same argument: a
 * complete {@code T} ends before it, any other begins after it.
 *
 * <p>A session that holds the lock and is heard of no more, as its machine or its network is gone,
 * is ended by the server after {@link #LONGEST_LOCK_SECONDS}: it waits so long for the next
 * statement, and for the rest of one (MySQL manual, 7.1.8, "wait_timeout", "net_read_timeout", and
 * 10.11.4: the locks end with the session). If it ends before the set is read from it, reading it
 * fails, and so does the snapshot.
 *
 * <p>A lock that is waited for keeps new writers waiting behind it, so it is given up soon, and
 * tried again after a pause several times as long.
 */
final class LockedSnapshot {

  private static final Logger LOG = LoggerFactory.getLogger(LockedSnapshot.class);

  /** How long the tables may stay locked by a session that does nothing. */
  static final int LONGEST_LOCK_SECONDS = 2;

  private static final Duration FIRST_WAIT = Duration.ofMillis(100);
  private static final Duration LONGEST_WAIT = Duration.ofMillis(1_500);
  private static final int PAUSES_PER_WAIT = 4;
  private static final Duration GIVE_UP = Duration.ofMinutes(10);

  private final MySqlQueries reading;
  private final MySqlQueries locking;
  private final List<Table> tables;

  /**
   * @param reading whose transaction is started
   * @param locking another session; holds the lock
   */
  LockedSnapshot(MySqlQueries reading, MySqlQueries locking, List<Table> tables) {
    this.reading = reading;
    this.locking = locking;
    this.tables = tables;
  }

  /**
   * Returns what the snapshot contains.
   *
   * @throws DatabaseException retryable, if the lock has not come after many attempts
   */
  ExecutedSet open() {
    reading.execute(
        "preparing a snapshot", "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    ServerLog log = new ServerLog(locking);
    rehearse(log);
    lock();
    long locked = System.nanoTime();
    ExecutedSet executed;
    try {
      start();
      executed = executed(log);
    } finally {
      locking.execute("unlocking the tables", "UNLOCK TABLES");
    }
    report(System.nanoTime() - locked);
    return executed;
  }

  /**
   * Everything that is done under the lock, once without it, so that nothing under it is done for
   * the first time: table definitions read by the server, classes loaded here.
   */
  private void rehearse(ServerLog log) {
    for (Table table : tables) {
      locking.list(
          "opening table " + table.id(),
          "SELECT 1 FROM " + Identifiers.quote(table.id()) + " LIMIT 0",
          row -> 1);
    }
    start();
    executed(log);
    reading.execute("ending a snapshot", "ROLLBACK");
    locking.execute("unlocking the tables", "UNLOCK TABLES");
  }

  private void start() {
    reading.execute("taking a snapshot", "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
  }

  private static ExecutedSet executed(ServerLog log) {
    return log.terms() == ServerLog.Terms.GTID ? log.executed() : log.end();
  }

  private void report(long nanos) {
    long longest = SnapshotLocks.locked(nanos).toNanos();
    LOG.info(
        "A snapshot of {} table(s) was opened; they were locked for {} ms (the longest so far: {}"
            + " ms)",
        tables.size(),
        nanos / 1000 / 1e3,
        longest / 1000 / 1e3);
  }

  private void lock() {
    String sql =
        tables.stream()
            .map(table -> Identifiers.quote(table.id()) + " READ")
            .collect(Collectors.joining(", ", "LOCK TABLES ", ""));
    long deadline = System.nanoTime() + GIVE_UP.toNanos();
    Duration wait = FIRST_WAIT;
    locking.execute(
        "preparing a lock", "SET SESSION lock_wait_timeout = " + (LONGEST_WAIT.toSeconds() + 1));
    for (int attempt = 1; ; attempt++) {
      try (PatientLock patience = new PatientLock(reading, locking, wait)) {
        locking.execute("limiting a lock", MySqlSessions.silenceLimit(LONGEST_LOCK_SECONDS));
        long asked = System.nanoTime();
        boolean locked = patience.lock(sql);
        SnapshotLocks.waited(System.nanoTime() - asked, locked);
        if (locked) {
          return;
        }
        locking.execute(
            "waiting before the next lock",
            MySqlSessions.silenceLimit(MySqlSessions.PATIENCE_SECONDS));
        String obstacles = patience.obstacles(tables);
        if (System.nanoTime() > deadline) {
          throw new DatabaseException(
              Kind.RETRYABLE,
              "the tables of this copy cycle could not be locked for a moment in "
                  + GIVE_UP.toMinutes()
                  + " minutes; "
                  + obstacles);
        }
        LOG.warn(
            "The tables of this copy cycle could not be locked within {} ms (attempt {}); {}",
            wait.toMillis(),
            attempt,
            obstacles);
      }
      pause(wait.multipliedBy(PAUSES_PER_WAIT));
      wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : LONGEST_WAIT;
    }
  }

  private static void pause(Duration pause) {
    try {
      Thread.sleep(pause.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DatabaseException(
          Kind.RETRYABLE, "the opening of a snapshot was interrupted while it waited", e);
    }
  }
}
