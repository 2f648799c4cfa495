package io.tidemark.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.table.api.StatementSet;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a statement filters is looked at before rows are made, and stays right when rows move. */
@Timeout(300)
class FilteredTablesIT {

  private static final Duration LONG = Duration.ofSeconds(90);

  @Postgres private static PostgresServer postgres;
  @MySql private static MySqlServer mysql;
  @MariaDb private static MySqlServer mariaDb;

  private static void fill(Server server, String database) throws Exception {
    server.createDatabase(database);
    server.execute(
        database,
        "CREATE TABLE t (id int PRIMARY KEY, v int, s varchar(10), w smallint)",
        "INSERT INTO t VALUES (1, 10, 'a', 1), (2, 20, 'b', 2), (3, NULL, 'A', 3), (4, 40, 'a', 4)");
  }

  private static StreamTableEnvironment declared(String options) {
    StreamTableEnvironment tables = SourceTablesIT.tables();
    tables.executeSql(
        "CREATE TABLE t (id INT, v INT, s STRING, w SMALLINT,"
            + " kind STRING NOT NULL METADATA FROM 'row_kind' VIRTUAL,"
            + " PRIMARY KEY (id) NOT ENFORCED)"
            + options);
    return tables;
  }

  private static String postgres(String database, String more) throws Exception {
    fill(postgres, database);
    return SourceTablesIT.options(
        "tidemark-postgres", postgres, database, "t", ", 'slot.name' = '" + database + "'" + more);
  }

  @Test
  void explainShowsWhatIsTakenAndFlinkLooksAtTheRest() throws Exception {
    String options = postgres("explained", "");
    postgres.execute("explained", "ALTER TABLE t REPLICA IDENTITY FULL");
    StreamTableEnvironment tables = declared(options);
    assertThat(
            tables.explainSql(
                "SELECT id FROM t WHERE v > 15 AND s = 'a' AND w IN (1, 2, 4)"
                    + " AND id BETWEEN 1 AND 9"))
        .contains("filter=[")
        .doesNotContain("where=[");
    assertThat(tables.explainSql("SELECT id FROM t WHERE v > 15 AND s LIKE 'a%'"))
        .contains("filter=[>(v, 15)]")
        .contains("where=[LIKE(s, 'a%')]");
    assertThat(tables.explainSql("SELECT id FROM t WHERE v > 15 AND kind = '+I'"))
        .contains("filter=[>(v, 15)]")
        .contains("where=[(kind = '+I')]");
  }

  @Test
  void rowsOfPostgresComeAndGoAsTheyMove() throws Exception {
    String options = postgres("moving", "");
    postgres.execute("moving", "ALTER TABLE t REPLICA IDENTITY FULL");
    rowsComeAndGoAsTheyMove(postgres, options);
  }

  @Test
  void soDoThoseOfMySqlAndMariaDb() throws Exception {
    for (Server server : List.of(mysql, mariaDb)) {
      fill(server, "moving");
      rowsComeAndGoAsTheyMove(
          server, SourceTablesIT.options("tidemark-mysql", server, "moving", "t", ""));
    }
  }

  private static void rowsComeAndGoAsTheyMove(Server server, String options) throws Exception {
    StreamTableEnvironment tables = declared(options);
    try (Arrivals arrivals =
        Arrivals.of(tables, "SELECT id, v, kind FROM t WHERE v >= 20 AND s = 'a'")) {
      assertThat(arrivals.await(1).toString()).isEqualTo("[+I[4, 40, +I]]");
      server.execute(
          "moving",
          "UPDATE t SET v = 30 WHERE id = 1",
          "UPDATE t SET v = 31 WHERE id = 1",
          "UPDATE t SET v = NULL WHERE id = 1",
          "UPDATE t SET v = 3 WHERE id = 1",
          "UPDATE t SET s = 'B' WHERE id = 4",
          "UPDATE t SET s = 'a', id = 5 WHERE id = 2",
          "UPDATE t SET id = 6 WHERE id = 5",
          "DELETE FROM t WHERE id = 3",
          "INSERT INTO t VALUES (7, 70, 'a', 7), (8, 1, 'a', 8)",
          "DELETE FROM t WHERE id = 7");
      // What row_kind says is what the change is in the database.
      assertThat(arrivals.await(11).stream().map(Object::toString).skip(1))
          .containsExactly(
              "+I[1, 30, +U]",
              "-U[1, 30, -U]",
              "+U[1, 31, +U]",
              "-D[1, 31, -U]",
              "-D[4, 40, -U]",
              "+I[5, 20, +I]",
              "-D[5, 20, -D]",
              "+I[6, 20, +I]",
              "+I[7, 70, +I]",
              "-D[7, 70, -D]");
    }
  }

  /** Of a row that goes only the key is known, and the planner drops the former rows. */
  @Test
  void ofUpsertsARowThatMovesOutIsGone() throws Exception {
    StreamTableEnvironment tables = declared(postgres("keyed", ", 'changelog-mode' = 'upsert'"));
    String query = "SELECT id, v FROM t WHERE v >= 20";
    assertThat(tables.explainSql(query)).contains("filter=[>=(v, 20)]");
    try (Materialized all = Materialized.of(tables, query)) {
      all.await(List.of("+I[2, 20]", "+I[4, 40]"));
      postgres.execute(
          "keyed",
          "UPDATE t SET v = 30 WHERE id = 1",
          "UPDATE t SET v = 19 WHERE id = 2",
          "UPDATE t SET v = 18 WHERE id = 2",
          "UPDATE t SET id = 5 WHERE id = 4",
          "DELETE FROM t WHERE id = 3");
      all.await(List.of("+I[1, 30]", "+I[5, 40]"));
    }
  }

  /** They have one source, which copies the table once for both. */
  @Test
  void twoStatementsOfASetFilterOneTableDifferently() throws Exception {
    String options = postgres("both", "");
    postgres.execute(
        "both",
        "ALTER TABLE t REPLICA IDENTITY FULL",
        "CREATE SCHEMA kept",
        "CREATE TABLE kept.low (id int PRIMARY KEY, v int)",
        "CREATE TABLE kept.high (id int PRIMARY KEY, v int)");
    StreamTableEnvironment tables = declared(options);
    StatementSet set = tables.createStatementSet();
    for (String kept : List.of("low", "high")) {
      tables.executeSql(
          ("CREATE TABLE %s (id INT, v INT, PRIMARY KEY (id) NOT ENFORCED)"
                  + " WITH ('connector' = 'jdbc', 'url' = '%s', 'username' = '%s',"
                  + " 'password' = '%s', 'table-name' = 'kept.%s',"
                  + " 'sink.buffer-flush.interval' = '100 ms')")
              .formatted(
                  kept,
                  postgres.spec("both").url(),
                  postgres.spec("both").user(),
                  postgres.spec("both").password(),
                  kept));
    }
    set.addInsertSql("INSERT INTO low SELECT id, v FROM t WHERE v < 25");
    set.addInsertSql("INSERT INTO high SELECT id, v FROM t WHERE v >= 25");
    JobClient job = set.execute().getJobClient().orElseThrow();
    awaitKept("1=10 2=20 | 4=40");
    postgres.execute(
        "both",
        "UPDATE t SET v = 50 - v WHERE id IN (1, 4)",
        "UPDATE t SET v = 1 WHERE id = 3",
        "INSERT INTO t VALUES (5, 25, '', 0)");
    awaitKept("2=20 3=1 4=10 | 1=40 5=25");
    job.cancel().get();
  }

  private static void awaitKept(String expected) throws Exception {
    Await.until(expected, LONG, () -> kept().equals(expected), () -> "it is " + kept());
  }

  private static String kept() {
    try (Connection connection = postgres.connect("both");
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT (SELECT string_agg(id || '=' || v, ' ' ORDER BY id) FROM kept.low)"
                    + " || ' | ' || (SELECT string_agg(id || '=' || v, ' ' ORDER BY id)"
                    + " FROM kept.high)")) {
      rows.next();
      return String.valueOf(rows.getString(1));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
