package io.tidemark.cli;

import static io.tidemark.cli.CommandRun.await;
import static io.tidemark.cli.CommandRun.jobFile;
import static io.tidemark.cli.CommandRun.number;
import static io.tidemark.cli.CommandRun.run;
import static io.tidemark.cli.CommandRun.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.lab.Loans;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** For whom a job waits at MySQL and MariaDB is said while it waits, as at PostgreSQL. */
@Timeout(600)
class MySqlWaitsIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"MYSQL, MARIADB", "MARIADB, MYSQL"})
  void whoHoldsATableOrARowIsNamed(MySqlVendor from, MySqlVendor to) throws Exception {
    MySqlServer source = LOANS.mySql("source", from);
    MySqlServer target = LOANS.mySql("target", to);
    String name = "w_" + from.name().toLowerCase(java.util.Locale.ROOT);
    source.createDatabase(name);
    target.createDatabase(name);
    source.execute(
        name, "CREATE TABLE t (id INT PRIMARY KEY, n INT)", "INSERT INTO t VALUES (1, 0)");
    Path file = jobFile(directory, name, source.spec(name), target.spec(name), name + ".*");
    try (Connection open = source.connect(name)) {
      open.setAutoCommit(false);
      long writer = id(open);
      open.createStatement().execute("INSERT INTO t VALUES (2, 0)");
      try (JobRun job = start(file)) {
        if (from == MySqlVendor.MYSQL) {
          // LOCK TABLES … READ waits for whoever has written. MariaDB is not locked.
          awaitBlocker(job, writer, "statement INSERT", "which holds table " + name + ".t");
        }
        open.commit();
        await(() -> job.progress().filter(StreamProgress::finished).isPresent());
        await(() -> waits(job).isEmpty());

        try (Connection row = target.connect(name)) {
          row.setAutoCommit(false);
          long changer = id(row);
          row.createStatement().execute("UPDATE t SET n = 5 WHERE id = 1");
          source.execute(name, "UPDATE t SET n = 1 WHERE id = 1");
          awaitBlocker(job, changer, "which holds rows of table", "transaction open since 20");
          assertThat(run("status", file.toString()).printed())
              .contains("It waits, as was found at 20", "connection " + changer);
          row.rollback();
        }
        await(() -> number(target, name, "SELECT n FROM t WHERE id = 1") == 1);
        await(() -> waits(job).isEmpty());

        try (Connection table = target.connect(name)) {
          long locker = id(table);
          table.createStatement().execute("LOCK TABLES t READ");
          source.execute(name, "UPDATE t SET n = 2 WHERE id = 1");
          if (to == MySqlVendor.MYSQL) {
            awaitBlocker(job, locker, "statement LOCK TABLES", "which holds table " + name + ".t");
          } else {
            await(() -> waits(job).contains("waits for"));
            assertThat(waits(job)).containsAnyOf("connection " + locker, "instrument");
          }
          table.createStatement().execute("UNLOCK TABLES");
        }
        await(() -> number(target, name, "SELECT n FROM t WHERE id = 1") == 2);
        assertThat(job.stop(Duration.ofSeconds(60))).isTrue();
      }
    }
  }

  private static void awaitBlocker(JobRun job, long blocker, String... words) throws Exception {
    String connection = "connection " + blocker + " (user ";
    await(() -> waits(job).contains(connection));
    assertThat(waits(job)).contains(words).contains("session tidemark:");
  }

  private static long id(Connection connection) throws java.sql.SQLException {
    try (var row = connection.createStatement().executeQuery("SELECT CONNECTION_ID()")) {
      row.next();
      return row.getLong(1);
    }
  }

  private static String waits(JobRun job) {
    return String.join("; ", job.progress().map(StreamProgress::waits).orElse(List.of()));
  }
}
