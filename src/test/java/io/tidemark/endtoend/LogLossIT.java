package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.endtoend.fixture.CopyJob;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.StreamWatch;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.job.TidemarkJob;
import io.tidemark.lab.Loans;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.SchemaChanges;
import io.tidemark.settings.Selection;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What stands between the log and the target: positions that move on, a log that is gone, tables
 * that are altered, rows that the target refuses.
 */
class LogLossIT {

  private static final Selection NOT_BUSY =
      new Selection(List.of("public.*", "!public.busy"), Map.of(), Map.of());

  @RegisterExtension static final Loans LOANS = new Loans();

  private static TwoServers servers;

  @BeforeAll
  static void startServers() {
    servers = TwoServers.on(LOANS, Route.POSTGRES_TO_POSTGRES);
  }

  private static TwoServers.Pair table(String name) throws SQLException {
    TwoServers.Pair pair = servers.pair(name);
    pair.execute(
        "CREATE TABLE t (id int PRIMARY KEY, n int, note text)",
        "INSERT INTO t SELECT i, i, 'first' FROM generate_series(1, 1000) AS i",
        "CREATE TABLE busy (id serial PRIMARY KEY, note text)",
        "ANALYZE");
    return pair;
  }

  private static JobSettings settings(TwoServers.Pair pair) {
    return JobSettings.of(pair).selection(NOT_BUSY).checkpointInterval(Duration.ofMillis(300));
  }

  @Test
  void slotFollowsWhileNothingOrSomethingElseIsWritten() throws Exception {
    TwoServers.Pair pair = table("idle");
    try (CopyJob job = CopyJob.start(settings(pair)).awaitConsistent()) {
      for (int i = 0; i < 3; i++) {
        pair.execute(
            "INSERT INTO busy (note) SELECT repeat('x', 1000) FROM generate_series(1, 5000)");
        String end = job.watch().logEnd();
        job.await("confirmed up to " + end, CopyJob.LONG, () -> confirmed(pair, end));
      }
      // Nothing of any database is written here but what the server writes by itself.
      String end = job.watch().logEnd();
      pair.execute("SELECT pg_switch_wal()");
      job.await("confirmed while idle", CopyJob.LONG, () -> confirmed(pair, end));
      pair.execute("INSERT INTO t VALUES (-1, 0, 'still there')");
      job.awaitCaughtUp();
      assertThat(pair.compare(NOT_BUSY, Renaming.none()).findings()).isEmpty();
    }
  }

  /**
   * But for what must be had again at the next start: the log since the last commit, which may be a
   * message of ours, of which there is one for each megabyte.
   */
  private static boolean confirmed(TwoServers.Pair pair, String position) throws SQLException {
    return one(
            pair.source().connect(pair.name()),
            "SELECT (confirmed_flush_lsn >= '%s'::pg_lsn - 1048576)::text FROM pg_replication_slots WHERE slot_name = 'tidemark_%s'"
                .formatted(position, pair.name()))
        .equals("true");
  }

  @Test
  void droppedSlotIsAnErrorAndNoGap() throws Exception {
    TwoServers.Pair pair = table("dropped");
    String slot = "tidemark_" + pair.name();
    try (CopyJob job = CopyJob.start(settings(pair)).awaitConsistent()) {
      Await.until(
          "dropped",
          CopyJob.LONG,
          () -> {
            try {
              pair.execute(
                  "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots"
                      + " WHERE slot_name = '%s' AND active".formatted(slot),
                  "INSERT INTO t VALUES (-1, 0, 'unseen') ON CONFLICT DO NOTHING",
                  "SELECT pg_drop_replication_slot('%s')".formatted(slot));
              return true;
            } catch (SQLException stillActive) {
              return false;
            }
          },
          () -> "the slot stays in use");
      assertThat(CopyJob.trace(job.awaitFailure(CopyJob.LONG)))
          .contains(slot)
          .contains("dropped")
          .contains("copy again");
      assertThat(failureOfRestart(pair)).contains(slot).contains("gone").contains("start over");
      assertThat(job.watch().slots()).doesNotContain(slot);
    }
  }

  @Test
  void discardedLogIsAnErrorAndNoGap() throws Exception {
    TwoServers.Pair pair = table("discarded");
    CopyJob job = CopyJob.start(settings(pair)).awaitConsistent();
    job.stop();
    servers.source().postgres().configure(Map.of("max_slot_wal_keep_size", "1MB"));
    try {
      for (int i = 0; i < 5; i++) {
        pair.execute(
            "INSERT INTO busy (note) VALUES ('x')", "SELECT pg_switch_wal()", "CHECKPOINT");
      }
      Await.until(
          "discarded",
          CopyJob.LONG,
          () -> {
            pair.execute("CHECKPOINT");
            return job.watch().slot().orElse("").contains("lost");
          },
          () -> "the slot is still good");
      assertThat(failureOfRestart(pair))
          .contains("tidemark_" + pair.name())
          .contains("lost")
          .contains("max_slot_wal_keep_size")
          .contains("start over");
    } finally {
      servers.source().postgres().configure(Map.of("max_slot_wal_keep_size", "-1"));
    }
  }

  /** What the preflight or the job itself says when it is started again. */
  private static String failureOfRestart(TwoServers.Pair pair) throws Exception {
    try (CopyJob again = CopyJob.start(settings(pair))) {
      return CopyJob.trace(again.awaitFailure(CopyJob.LONG));
    } catch (AssertionError preflight) {
      return preflight.getMessage();
    }
  }

  @Test
  void alteredTablesAreNeverMisread() throws Exception {
    TwoServers.Pair pair = table("altered");
    Selection old =
        new Selection(
            List.of("public.t"),
            Map.of(new io.tidemark.schema.TableId("public", "t"), List.of("id", "n", "note")),
            Map.of());
    try (CopyJob job = CopyJob.start(settings(pair).selection(old)).awaitConsistent()) {
      pair.execute(
          "ALTER TABLE t ADD COLUMN extra int DEFAULT 5",
          "UPDATE t SET extra = 6, n = -1 WHERE id < 10",
          "INSERT INTO t VALUES (-1, 2, 'new', 3)",
          "ALTER TABLE t ALTER COLUMN extra TYPE text",
          "ALTER TABLE t DROP COLUMN extra",
          "DELETE FROM t WHERE id = 20");
      job.awaitCaughtUp();
      assertThat(pair.compare(old, Renaming.none()).findings()).isEmpty();
      pair.execute("ALTER TABLE t DROP COLUMN note", "UPDATE t SET n = -2 WHERE id = 30");
      assertThat(CopyJob.trace(job.awaitFailure(CopyJob.LONG)))
          .contains("table public.t was altered")
          .contains("column note")
          .contains("drop");
    }
    assertThat(one(pair.target().connect(pair.name()), "SELECT n::text FROM t WHERE id = 30"))
        .isEqualTo("30");
  }

  @Test
  void changedTypeOfAColumnIsAnError() throws Exception {
    TwoServers.Pair pair = table("retyped");
    try (CopyJob job = CopyJob.start(settings(pair)).awaitConsistent()) {
      pair.execute("ALTER TABLE t ALTER COLUMN n TYPE bigint", "UPDATE t SET n = 1::bigint << 40");
      assertThat(CopyJob.trace(job.awaitFailure(CopyJob.LONG)))
          .contains("table public.t was altered")
          .contains("column n");
    }
  }

  @Test
  void rowsThatGoWithoutAWordInTheLogStopTheJobUntilTheTargetIsBroughtInLine() throws Exception {
    TwoServers.Pair pair = servers.pair("parted");
    pair.execute(
        "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100)",
        "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200)",
        "INSERT INTO p SELECT generate_series(0, 199)");
    try (CopyJob job = CopyJob.start(settings(pair)).awaitConsistent().awaitFinished()) {
      pair.execute("CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (200) TO (300)");
      pair.execute("TRUNCATE p1");
      assertThat(CopyJob.trace(job.awaitFailure(CopyJob.LONG)))
          .contains("partition public.p1 of table public.p was truncated")
          .contains("source.schema-changes: ignore");
    }
    assertThat(failureOfRestart(pair)).contains("public.p1").contains("was truncated");
    pair.target().execute(pair.name(), "DELETE FROM p1");
    TidemarkJob job = settings(pair).job();
    try (CopyJob again =
        CopyJob.start(
            pair,
            new TidemarkJob(
                job.name(),
                job.source(),
                job.selection(),
                job.target(),
                job.existing(),
                job.onBadValue(),
                job.renaming(),
                job.copy(),
                job.checkpoint(),
                SchemaChanges.IGNORE))) {
      pair.execute("INSERT INTO p VALUES (50)");
      again.awaitCaughtUp();
    }
    try (CopyJob again = CopyJob.start(settings(pair))) {
      pair.execute("INSERT INTO p VALUES (51)");
      again.awaitCaughtUp();
      assertThat(pair.compare().findings()).isEmpty();
    }
  }

  @Test
  void rowThatTheTargetRefusesStopsTheJobWithNothingHalfApplied() throws Exception {
    TwoServers.Pair pair = table("refused");
    try (CopyJob job = CopyJob.start(settings(pair)).awaitConsistent()) {
      pair.target().execute(pair.name(), "ALTER TABLE t ADD CONSTRAINT positive CHECK (n > 0)");
      try (Connection source = pair.source().connect(pair.name());
          Statement statement = source.createStatement()) {
        source.setAutoCommit(false);
        statement.execute("UPDATE t SET n = 5000 WHERE id = 1");
        statement.execute("UPDATE t SET n = -5 WHERE id = 77");
        statement.execute("UPDATE t SET n = 5000 WHERE id = 100");
        source.commit();
      }
      assertThat(CopyJob.trace(job.awaitFailure(CopyJob.LONG)))
          .contains("public.t")
          .contains("77")
          .contains("positive");
    }
    assertThat(
            one(pair.target().connect(pair.name()), "SELECT count(*)::text FROM t WHERE n = 5000"))
        .isEqualTo("0");
    // Put right, it goes on where it stopped.
    pair.target().execute(pair.name(), "ALTER TABLE t DROP CONSTRAINT positive");
    try (CopyJob again = CopyJob.start(settings(pair))) {
      again.awaitCaughtUp();
      assertThat(pair.compare(NOT_BUSY, Renaming.none()).findings()).isEmpty();
    }
  }

  @Test
  void valueThatDoesNotFitNamesItsColumn() throws Exception {
    TwoServers.Pair pair = table("narrow");
    try (CopyJob job = CopyJob.start(settings(pair)).awaitConsistent()) {
      pair.target().execute(pair.name(), "ALTER TABLE t ALTER COLUMN note TYPE varchar(6)");
      pair.execute("UPDATE t SET note = 'much too long' WHERE id = 78");
      assertThat(CopyJob.trace(job.awaitFailure(CopyJob.LONG)))
          .contains("public.t")
          .contains("78")
          .contains("note");
    }
  }

  @Test
  void deadlockWithSomeoneElseAtTheTargetIsTriedAgain() throws Exception {
    TwoServers.Pair pair = table("deadlock");
    pair.execute(
        "CREATE TABLE a (id int PRIMARY KEY, n int)", "INSERT INTO a VALUES (1, 0), (2, 0)");
    try (CopyJob job = CopyJob.start(settings(pair)).awaitConsistent().awaitFinished();
        Connection other = pair.target().connect(pair.name());
        Statement statement = other.createStatement()) {
      long before = deadlocks(pair);
      for (int attempt = 0; attempt < 2 && deadlocks(pair) == before; attempt++) {
        int first = 2 - attempt;
        other.setAutoCommit(false);
        // Somebody who waits longer than the job's sessions do before they look for a deadlock.
        statement.execute("SET LOCAL deadlock_timeout = '60s'");
        statement.execute("SELECT FROM a WHERE id = " + first + " FOR UPDATE");
        pair.execute("UPDATE a SET n = n + 1");
        job.await("waiting", CopyJob.LONG, () -> waitsForLock(pair));
        statement.execute("SELECT FROM a WHERE id = " + (3 - first) + " FOR UPDATE");
        other.rollback();
        job.awaitCaughtUp();
      }
      assertThat(deadlocks(pair)).isGreaterThan(before);
      assertThat(pair.compare(NOT_BUSY, Renaming.none()).findings()).isEmpty();
      assertThat(job.run().newFailure()).isEmpty();
    }
  }

  /** Flink's last word is that the stream starts again as a whole, which is not why. */
  @Test
  void aRestartIsReportedWithWhatCausedIt() throws Exception {
    TwoServers.Pair pair = table("ended");
    try (CopyJob job = CopyJob.start(settings(pair)).awaitConsistent().awaitFinished()) {
      pair.target()
          .execute(
              pair.name(),
              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                  + " WHERE application_name LIKE 'tidemark:%' AND datname = current_database()");
      pair.execute("UPDATE t SET n = -1");
      job.awaitCaughtUp();
      assertThat(CopyJob.trace(job.run().newFailure().orElseThrow())).contains("SinkFailure");
      assertThat(job.run().newFailure()).isEmpty();
    }
  }

  private static boolean waitsForLock(TwoServers.Pair pair) throws SQLException {
    return one(
            pair.target().connect(pair.name()),
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                + " AND application_name LIKE 'tidemark:%')::text")
        .equals("true");
  }

  private static long deadlocks(TwoServers.Pair pair) throws SQLException {
    return Long.parseLong(
        one(
            pair.target().connect(pair.name()),
            "SELECT deadlocks::text FROM pg_stat_database WHERE datname = current_database()"));
  }

  @Test
  void existingNarrowerTableIsFoundBeforeAnythingIsTouched() throws Exception {
    TwoServers.Pair pair = table("preflight");
    pair.target()
        .execute(pair.name(), "CREATE TABLE t (id int PRIMARY KEY, n smallint, note text)");
    assertThatThrownBy(() -> CopyJob.start(settings(pair)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("public.t")
        .hasMessageContaining("n");
    assertThat(new StreamWatch(pair).slots()).doesNotContain("tidemark_" + pair.name());
  }

  private static String one(Connection connection, String sql) throws SQLException {
    try (connection;
        ResultSet row = connection.createStatement().executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }
}
