package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.DatabaseException;
import io.tidemark.endtoend.fixture.CopyJob;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.lab.Loans;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A job whose target's tables are changed by somebody else stops, at work or at its next start, and
 * commits nothing that would have been stored as something else.
 */
class TargetChangesIT {

  /** Of a look that comes once a second, on a machine with much else to do. */
  private static final Duration NOTICED = Duration.ofSeconds(60);

  @RegisterExtension static final Loans LOANS = new Loans();

  private static int pairs;

  private static TwoServers.Pair pair(Route route) throws SQLException {
    TwoServers.Pair pair = TwoServers.on(LOANS, route).pair("changed_target_" + pairs++);
    pair.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v int)",
        "CREATE TABLE still (id int PRIMARY KEY, v int)",
        "INSERT INTO t SELECT i, i FROM generate_series(1, 20) AS i",
        "INSERT INTO still SELECT i, i FROM generate_series(1, 20) AS i");
    return pair;
  }

  private static JobSettings settings(TwoServers.Pair pair) {
    return JobSettings.of(pair).checkpointInterval(Duration.ofMillis(300));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "POSTGRES_TO_POSTGRES;TRUNCATE still;still was changed: somebody emptied it",
        "POSTGRES_TO_POSTGRES;DROP TABLE still;the table is not at the target",
        "POSTGRES_TO_POSTGRES;ALTER TABLE still SET UNLOGGED;an UNLOGGED table",
        "POSTGRES_TO_MYSQL;TRUNCATE still;still was changed: somebody emptied it",
      })
  void aTableThatIsNotWrittenToIsLookedAtAllTheSame(Route route, String statement, String problem)
      throws Exception {
    TwoServers.Pair pair = pair(route);
    try (CopyJob job = CopyJob.start(settings(pair)).awaitConsistent()) {
      pair.target().execute(pair.name(), statement);
      assertThat(CopyJob.trace(job.awaitFailure(NOTICED))).contains(problem);
    }
    assertThat(failureOfRestart(pair)).contains(problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "POSTGRES_TO_POSTGRES;CREATE RULE g AS ON INSERT TO t DO INSTEAD NOTHING;"
            + "ALTER TABLE t ENABLE ALWAYS RULE g",
        "POSTGRES_TO_MYSQL;CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.v = NEW.v * 3;"
            + "DO 1",
      })
  void nothingIsStoredAsSomethingElse(Route route, String statement, String second)
      throws Exception {
    TwoServers.Pair pair = pair(route);
    try (CopyJob job = CopyJob.start(settings(pair)).awaitConsistent()) {
      pair.target().execute(pair.name(), statement, second);
      pair.execute("INSERT INTO t SELECT i, i FROM generate_series(21, 520) AS i");
      job.awaitFailure(CopyJob.LONG);
    }
    assertThat(sum(pair)).isEqualTo(210);
    assertThat(failureOfRestart(pair)).contains("replicated rows");
  }

  @Test
  void whatKeepsTheRowsStopsNothing() throws Exception {
    TwoServers.Pair pair = pair(Route.POSTGRES_TO_POSTGRES);
    try (CopyJob job = CopyJob.start(settings(pair)).awaitConsistent()) {
      for (String statement :
          new String[] {
            "VACUUM FULL", "CREATE INDEX i ON t (v)", "ANALYZE", "GRANT SELECT ON t TO PUBLIC"
          }) {
        pair.target().execute(pair.name(), statement);
        // Of a table whose every row is written within the second, nothing tells that any was kept.
        pair.execute("UPDATE t SET v = v + 1 WHERE id > 1");
        job.awaitCaughtUp();
      }
      pair.execute("TRUNCATE still");
      pair.execute("INSERT INTO still VALUES (1, 1)");
      job.awaitCaughtUp();
    }
    pair.target().execute(pair.name(), "VACUUM FULL");
    try (CopyJob job = CopyJob.start(settings(pair))) {
      pair.execute("UPDATE t SET v = v + 1");
      job.awaitConsistent().awaitCaughtUp();
      assertThat(pair.compare().findings()).isEmpty();
    }
  }

  /** Some are found before the job is submitted. */
  private static String failureOfRestart(TwoServers.Pair pair) throws Exception {
    try (CopyJob job = CopyJob.start(settings(pair))) {
      return CopyJob.trace(job.awaitFailure(CopyJob.LONG));
    } catch (DatabaseException | AssertionError refused) {
      return refused.getMessage();
    }
  }

  private static long sum(TwoServers.Pair pair) throws SQLException {
    try (Connection connection = pair.target().connect(pair.name());
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT sum(v) FROM t")) {
      row.next();
      return row.getLong(1);
    }
  }
}
