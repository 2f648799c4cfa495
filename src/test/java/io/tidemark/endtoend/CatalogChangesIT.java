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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A job whose source's catalog changes under it stops before it applies what comes after, and at
 * its next start if it did not run then.
 */
class CatalogChangesIT {

  private static final String CHECKSUM =
      "SELECT count(*) || ' ' || coalesce(sum(id * 7 + v), 0) FROM t";

  @RegisterExtension static final Loans LOANS = new Loans();

  private static TwoServers servers;
  private static int pairs;

  @BeforeAll
  static void startServers() {
    servers = TwoServers.on(LOANS, Route.POSTGRES_TO_POSTGRES);
  }

  private static TwoServers.Pair pair() throws SQLException {
    TwoServers.Pair pair = servers.pair("catalog_" + pairs++);
    pair.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v int)",
        "INSERT INTO t SELECT i, i FROM generate_series(1, 20) AS i");
    return pair;
  }

  private static JobSettings settings(TwoServers.Pair pair) {
    return JobSettings.of(pair).checkpointInterval(Duration.ofMillis(300));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "ALTER TABLE t ALTER v TYPE int USING v * 1000;written anew while column v",
        "ALTER TABLE t ADD w text DEFAULT 'x';new column w",
        "ALTER TABLE t RENAME TO former;renamed to public.former",
      })
  void nothingThatComesAfterAChangeIsApplied(String statement, String problem) throws Exception {
    TwoServers.Pair pair = pair();
    try (CopyJob job = CopyJob.start(settings(pair)).awaitConsistent()) {
      pair.execute("UPDATE t SET v = 0 WHERE id = 1");
      job.awaitCaughtUp();
      String before = checksum(pair);
      String table = statement.contains("RENAME") ? "former" : "t";
      pair.execute(statement, "UPDATE " + table + " SET v = -1 WHERE id < 10");
      assertThat(CopyJob.trace(job.awaitFailure(CopyJob.LONG)))
          .contains(problem)
          .contains("copy again");
      assertThat(checksum(pair)).isEqualTo(before);
    }
    assertThat(failureOfRestart(pair))
        .contains(statement.contains("RENAME") ? "former" : "public.t");
  }

  /** What was undone before anybody looked is remembered by whoever wrote it. */
  @Test
  void whatHappenedWhileTheJobDidNotRunIsNoticedAtItsStart() throws Exception {
    TwoServers.Pair pair = pair();
    CopyJob.start(settings(pair)).awaitConsistent().stop();
    String publication = "ALTER PUBLICATION tidemark_" + pair.name();
    pair.execute(
        publication + " DROP TABLE t",
        "DELETE FROM t WHERE id = 1",
        publication + " ADD TABLE ONLY t");
    assertThat(failureOfRestart(pair))
        .contains("the publication tidemark_" + pair.name() + " was altered");
  }

  /** Some are found before the job is submitted. */
  private static String failureOfRestart(TwoServers.Pair pair) throws Exception {
    try (CopyJob job = CopyJob.start(settings(pair))) {
      return CopyJob.trace(job.awaitFailure(CopyJob.LONG));
    } catch (DatabaseException | AssertionError refused) {
      return refused.getMessage();
    }
  }

  private static String checksum(TwoServers.Pair pair) throws SQLException {
    try (Connection connection = pair.target().connect(pair.name());
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(CHECKSUM)) {
      row.next();
      return row.getString(1);
    }
  }
}
