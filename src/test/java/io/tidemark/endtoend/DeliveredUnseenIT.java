package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.CopyJob;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TestServer;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.lab.Loans;
import io.tidemark.settings.Selection;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The whole job at a server whose commits wait for a semi-synchronous replica that does not answer
 * (MySQL manual, 19.4.10, AFTER_SYNC): the log shows them, and nobody can see them.
 */
class DeliveredUnseenIT {

  @RegisterExtension final Loans loans = new Loans();

  private static final Duration LONG = Duration.ofSeconds(60);

  /**
   * The stream has applied a transaction that nobody at the source can see yet, and then a table is
   * added that this transaction has changed too: the log will not tell of it again.
   */
  @Test
  void aTableIsNotCopiedBeforeWhatTheLogHasToldOfItCanBeSeen() throws Exception {
    TwoServers.Pair pair = TwoServers.on(loans, Route.MYSQL_TO_MYSQL).pair("unseen");
    pair.execute(
        "CREATE TABLE t (id INT PRIMARY KEY)",
        "CREATE TABLE u (id INT PRIMARY KEY)",
        "INSERT INTO t VALUES (1)",
        "INSERT INTO u VALUES (1), (2), (3)",
        "INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so'",
        "SET GLOBAL rpl_semi_sync_source_timeout = 120000",
        "SET GLOBAL rpl_semi_sync_source_wait_no_replica = ON");
    CopyJob first = CopyJob.start(settings(pair, "t"));
    first.awaitConsistent().awaitFinished();
    pair.execute("SET GLOBAL rpl_semi_sync_source_enabled = ON");
    CompletableFuture<Void> commit = CompletableFuture.runAsync(() -> write(pair));
    first.await("past the commit", LONG, () -> rows(pair.target(), pair, "t") == 2);
    assertThat(rows(pair.source(), pair, "t")).isEqualTo(1);
    first.stop();
    assertThat(commit).isNotDone();
    try (CopyJob second = CopyJob.start(settings(pair, "t", "u"))) {
      // What is in the way is looked for while the job runs, and goes while it runs.
      second.await(
          "holding for a snapshot, or past it",
          LONG,
          () -> waitsForTheTable(pair) || rows(pair.target(), pair, "u") > 0);
      assertThat(commit).isNotDone();
      pair.execute("SET GLOBAL rpl_semi_sync_source_enabled = OFF");
      commit.get(60, TimeUnit.SECONDS);
      second.await("copying the table", LONG, () -> rows(pair.target(), pair, "u") > 0);
      assertThat(rows(pair.target(), pair, "u")).isEqualTo(4);
      assertThat(pair.compare().findings()).isEmpty();
    }
  }

  private static JobSettings settings(TwoServers.Pair pair, String... tables) {
    List<String> names = java.util.Arrays.stream(tables).map(t -> pair.name() + "." + t).toList();
    return JobSettings.of(pair).selection(new Selection(names, Map.of(), Map.of()));
  }

  private static void write(TwoServers.Pair pair) {
    try (Connection connection = pair.source().connect(pair.name());
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("INSERT INTO t VALUES (2)");
      statement.execute("INSERT INTO u VALUES (4)");
      connection.commit();
    } catch (SQLException e) {
      throw new CompletionException(e);
    }
  }

  private static boolean waitsForTheTable(TwoServers.Pair pair) throws SQLException {
    try (Connection connection = pair.source().connect("");
        ResultSet row =
            connection
                .createStatement()
                .executeQuery(
                    "SELECT COUNT(*) FROM performance_schema.processlist"
                        + " WHERE STATE = 'Waiting for table metadata lock'")) {
      row.next();
      return row.getInt(1) > 0;
    }
  }

  private static int rows(TestServer server, TwoServers.Pair pair, String table)
      throws SQLException {
    try (Connection connection = server.connect(pair.name());
        ResultSet row =
            connection.createStatement().executeQuery("SELECT COUNT(*) FROM " + table)) {
      row.next();
      return row.getInt(1);
    }
  }
}
