package io.tidemark.faults;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/**
 * A foreign writer waits for what a transaction of ours has locked, and holds what that one waits
 * for. It is patient, so that ours is the one that the server ends.
 */
final class TargetDeadlock implements Fault {

  /** One that waits behind another one of ours, which has written to no table, is held up too. */
  private static final String OURS =
      """
      WITH RECURSIVE held (pid) AS (
        SELECT pg_backend_pid()
        UNION
        SELECT a.pid FROM held JOIN pg_stat_activity AS a
          ON held.pid = ANY (pg_blocking_pids(a.pid)))
      SELECT c.relname FROM pg_stat_activity AS s JOIN pg_locks AS l ON l.pid = s.pid
      JOIN pg_class AS c ON c.oid = l.relation JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE s.application_name LIKE 'tidemark:%s:%%:write-%%'
        AND s.pid IN (SELECT pid FROM held)
        AND l.locktype = 'relation' AND l.mode = 'RowExclusiveLock'
        AND n.nspname = 'public' AND c.relkind = 'r'
      """;

  private static final String DEADLOCKS =
      "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";

  @Override
  public String name() {
    return "deadlock with a foreign writer at the target";
  }

  /** What is in memory is tried again; a chunk is streamed, and read again after a restart. */
  @Override
  public Leaves leaves() {
    return Leaves.EITHER;
  }

  @Override
  public void inject(Round round) throws Exception {
    try (Connection foreign = round.pair().target().connect(round.pair().name());
        Statement statement = foreign.createStatement()) {
      foreign.setAutoCommit(false);
      statement.execute("SET deadlock_timeout = '1h'");
      // Every transaction of ours shares this lock at its end.
      statement.execute("SELECT epoch FROM tidemark.stream FOR UPDATE");
      round.letCopyGoOn();
      String sql = OURS.formatted(round.pair().name());
      round.await(
          "held up by the foreign writer",
          () -> {
            // Sessions are shown as they were at the transaction's first look (manual, 27.2.2).
            statement.execute("SELECT pg_stat_clear_snapshot()");
            return one(statement, sql).isPresent();
          });
      String table = one(statement, sql).orElseThrow();
      statement.execute("LOCK TABLE public." + table + " IN SHARE MODE");
      foreign.rollback();
    }
    round.await(
        "a deadlock",
        () -> {
          try (Connection target = round.pair().target().connect(round.pair().name());
              Statement statement = target.createStatement()) {
            return !one(statement, DEADLOCKS).orElseThrow().equals("0");
          }
        });
  }

  private static Optional<String> one(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
    }
  }
}
