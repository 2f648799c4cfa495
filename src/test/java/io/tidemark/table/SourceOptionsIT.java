package io.tidemark.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.table.api.ExplainDetail;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Options that users of Flink CDC bring along, and what they do here. */
@Timeout(300)
class SourceOptionsIT {

  private static final Duration LONG = Duration.ofSeconds(90);

  @Postgres private static PostgresServer postgres;
  @MySql private static MySqlServer mysql;
  @MariaDb private static MySqlServer mariaDb;

  @TempDir private Path folder;

  private static final String APPENDED = ", 'scan.read-changelog-as-append-only.enabled' = 'true'";

  private static void declare(StreamTableEnvironment tables, String options) {
    tables.executeSql(
        "CREATE TABLE t (id INT, v INT, kind STRING NOT NULL METADATA FROM 'row_kind' VIRTUAL,"
            + " PRIMARY KEY (id) NOT ENFORCED)"
            + options);
  }

  @Test
  void everyChangeOfPostgresIsARowThatComes() throws Exception {
    postgres.createDatabase("appended");
    postgres.execute("appended", "CREATE TABLE t (id int PRIMARY KEY, v int)");
    postgres.execute("appended", "ALTER TABLE t REPLICA IDENTITY FULL");
    everyChangeIsARowThatComes(
        postgres,
        SourceTablesIT.options(
            "tidemark-postgres",
            postgres,
            "appended",
            "t",
            ", 'slot.name' = 'appended'" + APPENDED));
  }

  @Test
  void everyChangeOfMySqlAndMariaDbIsARowThatComes() throws Exception {
    for (Server server : List.of(mysql, mariaDb)) {
      server.createDatabase("appended");
      server.execute("appended", "CREATE TABLE t (id int PRIMARY KEY, v int)");
      everyChangeIsARowThatComes(
          server, SourceTablesIT.options("tidemark-mysql", server, "appended", "t", APPENDED));
    }
  }

  private static void everyChangeIsARowThatComes(Server server, String options) throws Exception {
    server.execute("appended", "INSERT INTO t VALUES (1, 10), (2, 20)");
    StreamTableEnvironment tables = SourceTablesIT.tables();
    declare(tables, options);
    assertThat(tables.explainSql("SELECT * FROM t", ExplainDetail.CHANGELOG_MODE))
        .contains("changelogMode=[I]");
    try (Arrivals arrivals = Arrivals.of(tables, "SELECT id, v, kind FROM t")) {
      arrivals.await(2);
      server.execute(
          "appended",
          "UPDATE t SET v = 11 WHERE id = 1",
          "UPDATE t SET id = 3 WHERE id = 2",
          "DELETE FROM t WHERE id = 1",
          "INSERT INTO t VALUES (4, 40)");
      assertThat(arrivals.await(8).stream().map(Object::toString).skip(2))
          .containsExactly(
              "+I[1, 10, -U]",
              "+I[1, 11, +U]",
              "+I[2, 20, -D]",
              "+I[3, 20, +I]",
              "+I[1, 11, -D]",
              "+I[4, 40, +I]");
    }
  }

  @Test
  void ofUpsertsTheNewRowsComeAndTheKeysOfThoseThatGo() throws Exception {
    postgres.createDatabase("keyed");
    postgres.execute(
        "keyed", "CREATE TABLE t (id int PRIMARY KEY, v int)", "INSERT INTO t VALUES (1, 10)");
    StreamTableEnvironment tables = SourceTablesIT.tables();
    declare(
        tables,
        SourceTablesIT.options(
            "tidemark-postgres",
            postgres,
            "keyed",
            "t",
            ", 'slot.name' = 'keyed', 'changelog-mode' = 'upsert'" + APPENDED));
    try (Arrivals arrivals = Arrivals.of(tables, "SELECT id, v, kind FROM t")) {
      arrivals.await(1);
      postgres.execute("keyed", "UPDATE t SET v = 11", "DELETE FROM t");
      assertThat(arrivals.await(3).stream().map(Object::toString))
          .containsExactly("+I[1, 10, +I]", "+I[1, 11, +U]", "+I[1, null, -D]");
    }
  }

  /** What Flink CDC needs a publication for that somebody has made. */
  @Test
  void aPartitionedTableIsOneTable() throws Exception {
    postgres.createDatabase("parted");
    postgres.execute(
        "parted",
        "CREATE TABLE t (id int PRIMARY KEY, v int) PARTITION BY RANGE (id)",
        "CREATE TABLE t_low PARTITION OF t FOR VALUES FROM (0) TO (100)",
        "CREATE TABLE t_high PARTITION OF t FOR VALUES FROM (100) TO (200)",
        "ALTER TABLE t REPLICA IDENTITY FULL",
        "ALTER TABLE t_low REPLICA IDENTITY FULL",
        "ALTER TABLE t_high REPLICA IDENTITY FULL",
        "INSERT INTO t VALUES (1, 10), (2, 20), (101, 1010)");
    StreamTableEnvironment tables = SourceTablesIT.tables();
    tables.executeSql(
        "CREATE TABLE t (id INT, v INT, name STRING NOT NULL METADATA FROM 'table_name' VIRTUAL,"
            + " PRIMARY KEY (id) NOT ENFORCED)"
            + SourceTablesIT.options(
                "tidemark-postgres",
                postgres,
                "parted",
                "t.*",
                ", 'slot.name' = 'parted', 'scan.include-partitioned-tables.enabled' = 'true'"));
    try (Materialized all = Materialized.of(tables, "SELECT id, v, name FROM t")) {
      all.await(List.of("+I[1, 10, t]", "+I[2, 20, t]", "+I[101, 1010, t]"));
      postgres.execute(
          "parted",
          "UPDATE t SET id = 102 WHERE id = 2",
          "DELETE FROM t_high WHERE id = 101",
          "INSERT INTO t_low VALUES (3, 30)");
      all.await(List.of("+I[1, 10, t]", "+I[3, 30, t]", "+I[102, 20, t]"));
    }
  }

  /** One that runs takes no table on, and one that goes on copies it. */
  @Test
  void aNewTableIsCopiedWhenTheStatementGoesOn() throws Exception {
    mysql.createDatabase("grown");
    mysql.execute(
        "grown",
        "CREATE TABLE part_1 (id int PRIMARY KEY, v int)",
        "INSERT INTO part_1 VALUES (1, 10), (2, 20)");
    postgres.createDatabase("grown");
    postgres.execute("grown", "CREATE TABLE total (one int PRIMARY KEY, n bigint, v int)");
    JobClient first = added(null);
    awaitTotal("2 30");
    mysql.execute(
        "grown",
        "CREATE TABLE part_2 (id int PRIMARY KEY, v int)",
        "INSERT INTO part_2 VALUES (3, 300)",
        "INSERT INTO part_1 VALUES (4, 1)");
    awaitTotal("3 31");
    String savepoint =
        first
            .stopWithSavepoint(false, folder.toUri().toString(), SavepointFormatType.CANONICAL)
            .get();
    mysql.execute("grown", "INSERT INTO part_2 VALUES (5, 5)", "DELETE FROM part_1 WHERE id = 1");
    JobClient second = added(savepoint);
    awaitTotal("4 326");
    mysql.execute("grown", "UPDATE part_2 SET v = v + 1000");
    awaitTotal("4 2326");
    second.cancel().get();
  }

  private static JobClient added(String savepoint) {
    StreamTableEnvironment tables = SourceTablesIT.tables();
    if (savepoint != null) {
      tables.getConfig().set("execution.state-recovery.path", savepoint);
    }
    tables.executeSql(
        "CREATE TABLE t (id INT, v INT, PRIMARY KEY (id) NOT ENFORCED)"
            + SourceTablesIT.options(
                "tidemark-mysql",
                mysql,
                "grown",
                "part_.*",
                ", 'stream' = 'grown', 'scan.newly-added-table.enabled' = 'true'"));
    tables.executeSql(
        ("CREATE TABLE total (`one` INT, n BIGINT, v INT, PRIMARY KEY (`one`) NOT ENFORCED)"
                + " WITH ('connector' = 'jdbc', 'url' = '%s', 'username' = '%s',"
                + " 'password' = '%s', 'table-name' = 'total',"
                + " 'sink.buffer-flush.interval' = '100 ms')")
            .formatted(
                postgres.spec("grown").url(),
                postgres.spec("grown").user(),
                postgres.spec("grown").password()));
    return tables
        .executeSql("INSERT INTO total SELECT 1, COUNT(*), SUM(v) FROM t")
        .getJobClient()
        .orElseThrow();
  }

  private static void awaitTotal(String expected) throws Exception {
    Await.until(expected, LONG, () -> total().equals(expected), () -> "it is " + total());
  }

  private static String total() {
    try (Connection connection = postgres.connect("grown");
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT n || ' ' || v FROM total")) {
      return rows.next() ? rows.getString(1) : "";
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
