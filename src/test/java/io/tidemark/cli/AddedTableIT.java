package io.tidemark.cli;

import static io.tidemark.cli.CommandRun.jobFile;
import static io.tidemark.cli.CommandRun.number;
import static io.tidemark.cli.CommandRun.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.lab.Loans;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A table that is taken into a stream that there is already, while a transaction that has changed
 * it is prepared and not committed: the log that follows has its commit only, and no row of it.
 */
@Timeout(300)
class AddedTableIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  @Postgres private static PostgresServer target;

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void whatWasPreparedBeforeItIsNotLost(MySqlVendor vendor) throws Exception {
    MySqlServer source = LOANS.mySql("source", vendor);
    String name = "added_" + vendor.name().toLowerCase(Locale.ROOT);
    source.createDatabase(name);
    target.execute("postgres", "CREATE DATABASE " + name);
    source.execute(
        name,
        "CREATE TABLE t (id INT PRIMARY KEY)",
        "CREATE TABLE u (id INT PRIMARY KEY)",
        "INSERT INTO t VALUES (1)",
        "INSERT INTO u VALUES (1)");
    Path first = jobFile(directory, name, source.spec(name), target.spec(name), name + ".t");
    Path both =
        Files.writeString(
            directory.resolve("both.yaml"),
            Files.readString(first).replace("\"" + name + ".t\"", "\"" + name + ".*\""));
    try (Connection connection = source.connect(name);
        Statement statement = connection.createStatement()) {
      completes(first);
      statement.execute("XA START 'x'");
      statement.execute("INSERT INTO u VALUES (2)");
      statement.execute("XA END 'x'");
      statement.execute("XA PREPARE 'x'");
      source.execute(name, "INSERT INTO t VALUES (2)");
      completes(first);
      if (vendor == MySqlVendor.MARIADB) {
        for (String command : new String[] {"check", "run"}) {
          CommandRun.Result refused = run(command, both.toString());
          assertThat(refused.exitCode()).as(refused.printed()).isOne();
          assertThat(refused.printed())
              .contains("ERROR", "1 XA transaction(s) are prepared", name + ".u", "XA RECOVER");
        }
        statement.execute("XA COMMIT 'x'");
        completes(both);
      } else {
        // LOCK TABLES waits for it.
        try (JobRun job = CommandRun.start(both)) {
          CommandRun.await(
              () ->
                  String.join("", job.progress().map(p -> p.waits()).orElse(List.of()))
                      .contains("waits for"));
          statement.execute("XA COMMIT 'x'");
          CommandRun.await(
              () -> number(target, name, "SELECT count(*) FROM %s.u".formatted(name)) == 2);
          assertThat(job.stop(Duration.ofSeconds(60))).isTrue();
        }
        completes(both);
      }
    }
    source.execute(name, "INSERT INTO u VALUES (3)");
    completes(both);
    assertThat(number(target, name, "SELECT count(*) FROM %s.u".formatted(name))).isEqualTo(3);
    assertThat(number(target, name, "SELECT count(*) FROM %s.t".formatted(name))).isEqualTo(2);
  }

  private static void completes(Path file) {
    CommandRun.Result went = run("run", file.toString(), "--until-consistent");
    assertThat(went.exitCode()).as(went.printed()).isZero();
  }
}
