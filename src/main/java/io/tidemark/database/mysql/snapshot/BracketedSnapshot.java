package io.tidemark.database.mysql.snapshot;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.position.GtidSet;
import io.tidemark.database.mysql.position.MySqlSnapshotPosition;
import io.tidemark.database.mysql.session.MySqlQueries;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts a MySQL transaction whose snapshot's GTIDs are known within bounds, and locks nothing: a
 * set {@code L} is read, the snapshot is taken, a set {@code U} is read. For accounts that may not
 * lock tables, and for sources on which a transaction always holds one of them.
 *
 * <p>A commit goes through these steps (MySQL manual, 19.1.3.2, "GTID Life Cycle"; sql/binlog.cc,
 * {@code ordered_commit}): the transaction gets its GTID, which is in {@code gtid_owned} from then
 * on (19.1.6.5), and is written to the binary log; the engine commits it, which makes it visible;
 * the GTID moves from {@code gtid_owned} to {@code gtid_executed} ({@code update_commit_group},
 * under a lock that keeps both from being read meanwhile). So:
 *
 * <ul>
 *   <li>What is in {@code gtid_executed} is visible: the snapshot, taken after {@code L} was read,
 *       contains all of it.
 *   <li>What is visible is in {@code gtid_executed} or still in {@code gtid_owned}. {@code U} has
 *       what is owned after the snapshot was taken, and what is executed after that was read; what
 *       leaves the one without joining the other was rolled back, and was never visible.
 *   <li>Of two transactions that change the same row, the second one changes it when the first is
 *       visible. With {@code binlog_order_commits} (19.1.6.4) groups of transactions commit and
 *       join {@code gtid_executed} one after the other, so if {@code L} has the second one it has
 *       the first: what is in doubt never comes before what is certain. Without it, it may: a row
 *       would be set back. It is looked at before {@code L} is read, and again after {@code U}.
 * </ul>
 */
final class BracketedSnapshot {

  private static final Logger LOG = LoggerFactory.getLogger(BracketedSnapshot.class);

  /**
   * A commit takes milliseconds; one that waits for a replica, or a replica's own, takes longer.
   */
  private static final Duration PATIENCE = Duration.ofMillis(500);

  private static final long PAUSE_MILLIS = 2;

  private final MySqlQueries queries;
  private final ServerLog log;

  BracketedSnapshot(MySqlQueries queries) {
    this.queries = queries;
    this.log = new ServerLog(queries);
  }

  MySqlSnapshotPosition open() {
    requireSettings();
    queries.execute(
        "preparing a snapshot", "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    GtidSet lower = log.executed();
    queries.execute("taking a snapshot", "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
    GtidSet upper = upper();
    requireSettings();
    LOG.info(
        "A snapshot was opened without locks; {} transaction(s) may be in it or not",
        upper.subtract(lower).size());
    return new MySqlSnapshotPosition(lower, upper);
  }

  /** Waits a moment for what is on its way, so that less is in doubt; it need not wait. */
  private GtidSet upper() {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    GtidSet onTheirWay = log.owned();
    GtidSet executed = log.executed();
    while (!onTheirWay.subtract(executed).isEmpty() && System.nanoTime() < deadline) {
      pause();
      onTheirWay = onTheirWay.subtract(onTheirWay.subtract(log.owned()));
      executed = log.executed();
    }
    return executed.union(onTheirWay);
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DatabaseException(
          Kind.RETRYABLE, "the opening of a snapshot was interrupted while it waited", e);
    }
  }

  private void requireSettings() {
    for (LocklessSettings setting : LocklessSettings.values()) {
      setting
          .problem(queries)
          .ifPresent(
              problem -> {
                throw new DatabaseException(
                    Kind.FATAL, "source: " + problem + ": " + setting.remedy());
              });
    }
  }
}
