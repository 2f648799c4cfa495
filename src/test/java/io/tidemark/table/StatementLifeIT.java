package io.tidemark.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A statement that is stopped and gone on with, and what ends it. */
@Timeout(300)
class StatementLifeIT {

  private static final Duration LONG = Duration.ofSeconds(90);

  private static final int STOPS = 3;

  @Postgres private static PostgresServer postgres;
  @MySql private static MySqlServer mysql;

  @TempDir private Path folder;

  private static String table(String database, String more) {
    return SourceTablesIT.options(
        "tidemark-postgres", postgres, database, "t", ", 'slot.name' = '" + database + "'" + more);
  }

  @Test
  void upsertsNeedNoWholeRowsInTheLog() throws Exception {
    postgres.createDatabase("upsert");
    postgres.execute(
        "upsert",
        "CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL)",
        "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)");
    StreamTableEnvironment tables = SourceTablesIT.tables();
    tables.executeSql(
        "CREATE TABLE t (id INT, v INT NOT NULL, PRIMARY KEY (id) NOT ENFORCED)"
            + table("upsert", ", 'changelog-mode' = 'upsert'"));
    try (Materialized all = Materialized.of(tables, "SELECT id, v FROM t")) {
      all.await(List.of("+I[1, 1]", "+I[2, 2]", "+I[3, 3]"));
      postgres.execute(
          "upsert",
          "UPDATE t SET v = 10 WHERE id = 1",
          "DELETE FROM t WHERE id = 2",
          "UPDATE t SET id = 4 WHERE id = 3",
          "INSERT INTO t VALUES (2, 5)");
      all.await(List.of("+I[1, 10]", "+I[2, 5]", "+I[4, 3]"));
    }
  }

  @Test
  void aTruncateEndsAStatement() throws Exception {
    postgres.createDatabase("emptied");
    postgres.execute(
        "emptied",
        "CREATE TABLE t (id int PRIMARY KEY)",
        "ALTER TABLE t REPLICA IDENTITY FULL",
        "INSERT INTO t VALUES (1)");
    StreamTableEnvironment tables = SourceTablesIT.tables();
    tables.executeSql(
        "CREATE TABLE t (id INT, PRIMARY KEY (id) NOT ENFORCED)" + table("emptied", ""));
    try (Materialized all = Materialized.of(tables, "SELECT id FROM t")) {
      all.await(List.of("+I[1]"));
      postgres.execute("emptied", "TRUNCATE t");
      assertThat(all.awaitFailure())
          .hasStackTraceContaining("public.t was truncated")
          .hasStackTraceContaining("Start the statement anew");
    }
  }

  @Test
  void whatHasNoWholeRowsCannotBeAddedUp() throws Exception {
    postgres.createDatabase("partial");
    postgres.execute(
        "partial", "CREATE TABLE t (id int PRIMARY KEY, v int)", "INSERT INTO t VALUES (1, 1)");
    StreamTableEnvironment tables = SourceTablesIT.tables();
    tables.executeSql(
        "CREATE TABLE t (id INT, v INT, PRIMARY KEY (id) NOT ENFORCED)" + table("partial", ""));
    assertThatThrownBy(() -> tables.executeSql("SELECT SUM(v) FROM t"))
        .hasMessageContaining("public.t: its replica identity is not FULL")
        .hasMessageContaining("ALTER TABLE \"public\".\"t\" REPLICA IDENTITY FULL")
        .hasMessageContaining("'changelog-mode' = 'upsert'");
    // What is switched back while the statement runs is found at the first change.
    postgres.execute("partial", "ALTER TABLE t REPLICA IDENTITY FULL");
    try (Materialized all = Materialized.of(tables, "SELECT id, v FROM t")) {
      all.await(List.of("+I[1, 1]"));
      postgres.execute("partial", "ALTER TABLE t REPLICA IDENTITY DEFAULT", "UPDATE t SET v = 2");
      assertThat(all.awaitFailure()).hasStackTraceContaining("REPLICA IDENTITY FULL");
    }
  }

  @Test
  void soItIsAtMySqlWhereTheLogHasKeysOnly() throws Exception {
    mysql.createDatabase("partial");
    mysql.execute("partial", "CREATE TABLE t (id int PRIMARY KEY, v int)");
    mysql.execute("partial", "SET GLOBAL binlog_row_image = 'MINIMAL'");
    try {
      StreamTableEnvironment tables = SourceTablesIT.tables();
      tables.executeSql(
          "CREATE TABLE t (id INT, v INT, PRIMARY KEY (id) NOT ENFORCED)"
              + SourceTablesIT.options("tidemark-mysql", mysql, "partial", "t", ""));
      assertThatThrownBy(() -> tables.executeSql("SELECT SUM(v) FROM t"))
          .hasMessageContaining("partial.t: binlog_row_image is not FULL")
          .hasMessageContaining("SET GLOBAL binlog_row_image = 'FULL'")
          .hasMessageContaining("'changelog-mode' = 'upsert'");
    } finally {
      mysql.execute("partial", "SET GLOBAL binlog_row_image = 'FULL'");
    }
  }

  @Test
  void goesOnFromASavepointUnlessTheTableIsAnotherOne() throws Exception {
    postgres.createDatabase("saved");
    postgres.execute(
        "saved",
        "CREATE TABLE t (id int PRIMARY KEY, v bigint NOT NULL)",
        "ALTER TABLE t REPLICA IDENTITY FULL",
        "CREATE SCHEMA kept",
        "CREATE TABLE kept.total (one int PRIMARY KEY, n bigint, v bigint)",
        "INSERT INTO t SELECT i, i FROM generate_series(1, 2000) AS i");
    JobClient first = run(null);
    awaitTotal("2000 2001000");
    String savepoint = stop(first);
    postgres.execute(
        "saved",
        "UPDATE t SET v = v + 1 WHERE id <= 10",
        "DELETE FROM t WHERE id > 1990",
        "INSERT INTO t VALUES (5000, 5)");
    JobClient second = run(savepoint);
    awaitTotal("1991 1981060");
    String later = stop(second);
    postgres.execute("saved", "ALTER TABLE t ALTER v TYPE bigint USING v * 1000");
    JobClient third = run(later);
    assertThat(third.getJobExecutionResult())
        .failsWithin(LONG)
        .withThrowableThat()
        .havingRootCause()
        .withMessageContaining("public.t");
    assertThat(total("saved")).isEqualTo("1991 1981060");
  }

  /** What the savepoint makes durable is told about while the tasks end. */
  @Test
  void canBeStoppedAgainAndAgainInTheCopy() throws Exception {
    postgres.createDatabase("stopped");
    postgres.execute(
        "stopped",
        "CREATE TABLE t (id int PRIMARY KEY, v bigint NOT NULL)",
        "ALTER TABLE t REPLICA IDENTITY FULL",
        "CREATE SCHEMA kept",
        "CREATE TABLE kept.total (one int PRIMARY KEY, n bigint, v bigint)",
        "INSERT INTO t SELECT i, i FROM generate_series(1, 200000) AS i");
    String source = table("stopped", ", 'scan.incremental.snapshot.chunk.size' = '100'");
    String savepoint = null;
    for (int stops = 0; stops < STOPS; stops++) {
      JobClient job = run("stopped", source, savepoint);
      String before = total("stopped");
      Await.until(
          "rows of another chunk", LONG, () -> !total("stopped").equals(before), () -> before);
      savepoint = stop(job);
    }
    assertThat(total("stopped")).isNotEqualTo("200000 20000100000");
    JobClient last = run("stopped", source, savepoint);
    awaitTotal("stopped", "200000 20000100000");
    last.cancel().get();
  }

  /** MySQL's catalog has nothing of it any more, and neither has what was sent of it gone. */
  @Test
  void aTableThatIsGoneWhileTheStatementIsStoppedIsNotForgotten() throws Exception {
    mysql.createDatabase("parts");
    mysql.execute(
        "parts",
        "CREATE TABLE part_1 (id int PRIMARY KEY, v bigint NOT NULL)",
        "CREATE TABLE part_2 (id int PRIMARY KEY, v bigint NOT NULL)",
        "INSERT INTO part_1 VALUES (1, 10), (2, 20)",
        "INSERT INTO part_2 VALUES (3, 30)");
    postgres.createDatabase("parts");
    postgres.execute(
        "parts",
        "CREATE SCHEMA kept",
        "CREATE TABLE kept.total (one int PRIMARY KEY, n bigint, v bigint)");
    String source = SourceTablesIT.options("tidemark-mysql", mysql, "parts", "part_.*", "");
    JobClient first = run("parts", source, null);
    awaitTotal("parts", "3 60");
    String savepoint = stop(first);
    mysql.execute("parts", "RENAME TABLE part_2 TO former_2");
    assertThat(run("parts", source, savepoint).getJobExecutionResult())
        .failsWithin(LONG)
        .withThrowableThat()
        .havingRootCause()
        .withMessageContaining("table \"parts.part_2\": the state that it goes on from has sent");
    assertThat(total("parts")).isEqualTo("3 60");
  }

  private String stop(JobClient job) throws Exception {
    return job.stopWithSavepoint(false, folder.toUri().toString(), SavepointFormatType.CANONICAL)
        .get();
  }

  private JobClient run(String savepoint) {
    return run("saved", table("saved", ""), savepoint);
  }

  /** Adds up what {@code source} has, into a table of {@code database} at PostgreSQL. */
  private static JobClient run(String database, String source, String savepoint) {
    StreamTableEnvironment tables = SourceTablesIT.tables();
    if (savepoint != null) {
      tables.getConfig().set("execution.state-recovery.path", savepoint);
    }
    tables.executeSql(
        "CREATE TABLE t (id INT, v BIGINT NOT NULL, PRIMARY KEY (id) NOT ENFORCED)" + source);
    tables.executeSql(
        "CREATE TABLE total (`one` INT, n BIGINT, v BIGINT, PRIMARY KEY (`one`) NOT ENFORCED)"
            + " WITH ('connector' = 'jdbc', 'url' = '%s', 'username' = '%s', 'password' = '%s',"
                .formatted(
                    postgres.spec(database).url(),
                    postgres.spec(database).user(),
                    postgres.spec(database).password())
            + " 'table-name' = 'kept.total', 'sink.buffer-flush.interval' = '100 ms')");
    return tables
        .executeSql("INSERT INTO total SELECT 1, COUNT(*), SUM(v) FROM t")
        .getJobClient()
        .orElseThrow();
  }

  private static void awaitTotal(String expected) throws Exception {
    awaitTotal("saved", expected);
  }

  private static void awaitTotal(String database, String expected) throws Exception {
    Await.until(
        expected, LONG, () -> total(database).equals(expected), () -> "it is " + total(database));
  }

  private static String total(String database) {
    try (Connection connection = postgres.connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT n || ' ' || v FROM kept.total")) {
      return rows.next() ? rows.getString(1) : "";
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
