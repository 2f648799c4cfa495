package io.tidemark.cli;

import static io.tidemark.cli.CommandRun.await;
import static io.tidemark.cli.CommandRun.jobFile;
import static io.tidemark.cli.CommandRun.number;
import static io.tidemark.cli.CommandRun.run;
import static io.tidemark.cli.CommandRun.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same of streams from and to MySQL and MariaDB. */
@Timeout(300)
class MySqlAdviceIT {

  @MySql private static MySqlServer mysql;
  @MariaDb private static MySqlServer mariaDb;
  @Postgres private static PostgresServer postgres;

  @TempDir Path directory;

  @Test
  void columnsThatPostgresHasItselfAreRefusedAndTheRestCanBeCopied() throws Exception {
    mysql.createDatabase("sys_cols");
    postgres.execute("postgres", "CREATE DATABASE sys_cols");
    mysql.execute("sys_cols", "CREATE TABLE t (id INT PRIMARY KEY, xmin INT, ctid INT, v INT)");
    Path file =
        jobFile(directory, "c", mysql.spec("sys_cols"), postgres.spec("sys_cols"), "sys_cols.*");
    assertThat(run("check", file.toString()).printed())
        .contains("PostgreSQL's tables have system columns of the names [xmin, ctid] already");

    Files.writeString(
        file,
        Files.readString(file)
            .replace("\"sys_cols.*\"", "\"sys_cols.*\", columns: {sys_cols.t: [id, v]}"));
    assertThat(run("check", file.toString()).exitCode()).isZero();
  }

  @Test
  void whatIsMadeToTheLetterIsNotCalledLeftOut() throws Exception {
    mysql.createDatabase("whole");
    postgres.execute("postgres", "CREATE DATABASE whole");
    mysql.execute(
        "whole",
        "CREATE TABLE t (id INT PRIMARY KEY, v TEXT, b BINARY(2) DEFAULT 0x00ff,"
            + " g INT AS (id + 1), FULLTEXT KEY words (v), KEY part (v(3)))");
    Path same = jobFile(directory, "m", mysql.spec("whole"), mysql.spec("whole"), "whole.*");
    Files.writeString(same, Files.readString(same) + "rename: {schemas: {whole: copy}}\n");
    assertThat(run("check", same.toString()).printed()).doesNotContain("left out", "not copied");

    Path other = jobFile(directory, "o", mysql.spec("whole"), postgres.spec("whole"), "whole.*");
    assertThat(run("check", other.toString()).printed()).contains("left out", "not copied");
  }

  /** Each of the two has a ledger that knows the stream, and so nothing to tell it of the other. */
  @Test
  void oneOfTwoJobsOfOneNameIsRefusedBeforeItEndsTheOther() throws Exception {
    mysql.createDatabase("twins");
    postgres.execute("postgres", "CREATE DATABASE one", "CREATE DATABASE two");
    mysql.execute("twins", "CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)");
    Path one = jobFile(directory, "w", mysql.spec("twins"), postgres.spec("one"), "twins.*");
    Path two = jobFile(directory, "w", mysql.spec("twins"), postgres.spec("two"), "twins.*");
    for (Path begun : new Path[] {one, two}) {
      assertThat(run("run", begun.toString(), "--until-consistent").exitCode()).isZero();
    }
    try (JobRun job = start(one)) {
      mysql.execute("twins", "INSERT INTO t VALUES (3)");
      await(() -> number(postgres, "one", "SELECT count(*) FROM twins.t") == 3);
      long epoch = number(postgres, "one", "SELECT epoch FROM tidemark.stream");
      CommandRun.Result refused = run("run", two.toString());
      assertThat(refused.exitCode()).as(refused.printed()).isOne();
      assertThat(refused.printed())
          .contains("a job of the same name copies to another target", "another name, or stop");
      mysql.execute("twins", "INSERT INTO t VALUES (4)");
      await(() -> number(postgres, "one", "SELECT count(*) FROM twins.t") == 4);
      assertThat(number(postgres, "one", "SELECT epoch FROM tidemark.stream")).isEqualTo(epoch);
      assertThat(job.stop(Duration.ofSeconds(30))).isTrue();
    }
    assertThat(run("drop", one.toString(), "--yes"))
        .as("the server has yet to notice that the job is gone")
        .satisfies(dropped -> assertThat(dropped.exitCode()).as(dropped.printed()).isZero());
    assertThat(run("run", two.toString(), "--until-consistent").exitCode()).isZero();
    assertThat(number(postgres, "two", "SELECT count(*) FROM twins.t")).isEqualTo(4);
  }

  /** Also: what such a source keeps is not a slot, and what it has reset is found. */
  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void aLogThatWasResetIsFoundAndTwoJobsOfOneNameDoNotEndEachOther(MySqlVendor vendor)
      throws Exception {
    MySqlServer mysql = server(vendor);
    mysql.createDatabase("shop");
    postgres.execute(
        "postgres",
        "DROP DATABASE IF EXISTS shop",
        "DROP DATABASE IF EXISTS elsewhere",
        "CREATE DATABASE shop",
        "CREATE DATABASE elsewhere");
    mysql.execute("shop", "CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)");
    Path file = jobFile(directory, "s", mysql.spec("shop"), postgres.spec("shop"), "shop.*");
    Path twin = jobFile(directory, "s", mysql.spec("shop"), postgres.spec("elsewhere"), "shop.*");
    assertThat(run("run", file.toString(), "--until-consistent").printed())
        .contains("Nothing stays at the source")
        .doesNotContain("slot");
    try (JobRun job = start(file)) {
      mysql.execute("shop", "INSERT INTO t VALUES (3)");
      await(() -> number(postgres, "shop", "SELECT count(*) FROM shop.t") == 3);
      long epoch = number(postgres, "shop", "SELECT epoch FROM tidemark.stream");
      assertThat(run("run", twin.toString()).printed()).contains("ERROR", "of this name");
      mysql.execute("shop", "INSERT INTO t VALUES (4)");
      await(() -> number(postgres, "shop", "SELECT count(*) FROM shop.t") == 4);
      assertThat(number(postgres, "shop", "SELECT epoch FROM tidemark.stream")).isEqualTo(epoch);
      assertThat(job.stop(Duration.ofSeconds(30))).isTrue();
    }
    mysql.execute(
        "shop", vendor == MySqlVendor.MYSQL ? "RESET BINARY LOGS AND GTIDS" : "RESET MASTER");
    for (String command : new String[] {"check", "run"}) {
      assertThat(run(command, file.toString()))
          .satisfies(
              refused -> {
                assertThat(refused.exitCode()).as(refused.printed()).isOne();
                assertThat(refused.printed()).contains("which", "does not have");
              });
    }
    assertThat(run("status", file.toString()).printed())
        .contains("No job runs", "A run would be refused: source: the stream has already copied");
  }

  private static MySqlServer server(MySqlVendor vendor) {
    return vendor == MySqlVendor.MYSQL ? mysql : mariaDb;
  }

  /** Foreign keys forbid TRUNCATE also where those that refer to the table hold nothing. */
  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void whatIsSaidOfTablesWithRowsEmptiesThem(MySqlVendor vendor) throws Exception {
    MySqlServer server = server(vendor);
    String[] tables = {
      "CREATE TABLE a (id INT PRIMARY KEY)",
      "CREATE TABLE b (id INT PRIMARY KEY, FOREIGN KEY (id) REFERENCES a (id))",
      "CREATE TABLE `C``c` (id INT PRIMARY KEY, FOREIGN KEY (id) REFERENCES b (id))",
      "INSERT INTO a VALUES (1)",
      "INSERT INTO b VALUES (1)"
    };
    for (String database : new String[] {"filled", "filled_copy"}) {
      server.createDatabase(database);
      server.execute(database, tables);
    }
    Path file = jobFile(directory, "f", server.spec("filled"), server.spec("filled"), "filled.*");
    Files.writeString(file, Files.readString(file) + "rename: {schemas: {filled: filled_copy}}\n");
    CommandRun.Result refused = run("check", file.toString());
    refused.requires(1, "tables at the target hold rows already: filled_copy.a, filled_copy.b");
    assertThatThrownBy(() -> server.execute("filled_copy", "TRUNCATE TABLE a"))
        .isInstanceOf(SQLException.class);

    String advice =
        refused
            .printed()
            .lines()
            .filter(line -> line.contains("TRUNCATE TABLE"))
            .findFirst()
            .orElseThrow();
    String statements =
        advice.substring(advice.indexOf("SET foreign_key_checks"), advice.indexOf("; or let"));
    server.execute("", statements.split("; "));
    assertThat(run("check", file.toString()))
        .satisfies(checked -> assertThat(checked.exitCode()).as(checked.printed()).isZero());
    assertThat(run("run", file.toString(), "--until-consistent").exitCode()).isZero();
    assertThat(number(server, "filled_copy", "SELECT count(*) FROM b")).isOne();
  }
}
