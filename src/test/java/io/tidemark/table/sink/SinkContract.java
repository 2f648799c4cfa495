package io.tidemark.table.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import io.tidemark.settings.ConnectionSpec;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.StatementSet;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a sink of SQL does, at every database alike. */
@Timeout(300)
abstract class SinkContract {

  private static final Duration LONG = Duration.ofSeconds(90);

  /** The server of the database. */
  abstract Server server();

  /** MySQL keeps numbers with a point as doubles. */
  boolean roundsNumbersOfDocuments() {
    return false;
  }

  /** The database's name in which tables without a schema are. */
  abstract String schema(String database);

  /**
   * The columns of a table for one value of each type: k int, yes, ti, si, i, bi, dec_, fl, db, c,
   * v, d, t, ts, ltz, bin, js.
   */
  abstract String columnsOfEveryType();

  /** What is true of the row, in the database's own words. */
  abstract List<String> everyTypeIsKept();

  StreamTableEnvironment tables() {
    Configuration configuration = new Configuration();
    configuration.setString("execution.checkpointing.interval", "200 ms");
    configuration.setString("taskmanager.numberOfTaskSlots", "4");
    configuration.setString("parallelism.default", "2");
    configuration.setString("restart-strategy.type", "disable");
    return StreamTableEnvironment.create(
        StreamExecutionEnvironment.getExecutionEnvironment(configuration));
  }

  /**
   * What a DDL says behind its columns.
   *
   * @param more options, each behind a comma
   */
  static String options(ConnectionSpec spec, String table, String more) {
    return " WITH ('connector' = 'tidemark-jdbc', 'url' = '%s', 'username' = '%s', 'password' = '%s', 'table-name' = '%s'%s)"
        .formatted(spec.url(), spec.user(), spec.password(), table, more);
  }

  String options(String database, String table, String more) {
    return options(server().spec(database), table, more);
  }

  List<String> rows(String database, String query) {
    return rows(server(), database, query);
  }

  static List<String> rows(Server server, String database, String query) {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      List<String> all = new ArrayList<>();
      while (rows.next()) {
        StringBuilder row = new StringBuilder();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          row.append(i == 1 ? "" : " | ").append(rows.getString(i));
        }
        all.add(row.toString());
      }
      return all;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  static void finish(TableResult result) throws Exception {
    result.await(LONG.toSeconds(), TimeUnit.SECONDS);
  }

  /** None that the ledger knows of the sink, and none that it does not know of. */
  private void requireNoStagingTables(String database) {
    requireNoStagingTables(server(), database, schema(database) + ".t");
  }

  static void requireNoStagingTables(Server server, String database, String sink) {
    assertThat(
            rows(server, database, "SELECT name FROM tidemark.staged WHERE sink = '" + sink + "'"))
        .isEmpty();
    assertThat(
            rows(
                server,
                database,
                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'tidemark'"
                    + " AND table_name LIKE 'sink#_%#_%#_%' ESCAPE '#' AND table_name NOT IN"
                    + " (SELECT name FROM tidemark.staged)"))
        .isEmpty();
  }

  @Test
  void rowsWithoutAKeyAreAddedAsOftenAsTheyCome() throws Exception {
    server().createDatabase("appended");
    server().execute("appended", "CREATE TABLE t (a int, b varchar(20))");
    StreamTableEnvironment tables = tables();
    tables.executeSql("CREATE TABLE t (a INT, b STRING)" + options("appended", "t", ""));
    finish(tables.executeSql("INSERT INTO t VALUES (1, 'x'), (1, 'x'), (2, CAST(NULL AS STRING))"));
    finish(tables.executeSql("INSERT INTO t VALUES (3, 'y\\t\\\\''')"));
    assertThat(rows("appended", "SELECT a, b FROM t ORDER BY a"))
        .containsExactly("1 | x", "1 | x", "2 | null", "3 | y\\t\\\\'");
    requireNoStagingTables("appended");
  }

  @Test
  void rowsWithAKeyAreChangedAndDeletedByIt() throws Exception {
    server().createDatabase("changed");
    server()
        .execute(
            "changed",
            "CREATE TABLE t (k varchar(20) PRIMARY KEY, n bigint NOT NULL, kept varchar(9) DEFAULT 'mine')",
            "INSERT INTO t (k, n, kept) VALUES ('a', 100, 'yours'), ('z', 1, 'yours')");
    StreamTableEnvironment tables = tables();
    tables.executeSql(
        "CREATE TABLE t (k STRING, n BIGINT, PRIMARY KEY (k) NOT ENFORCED)"
            + options("changed", "t", ""));
    // Of b, one is counted and then none: the row goes again.
    finish(
        tables.executeSql(
            "INSERT INTO t SELECT k, n FROM (SELECT k, COUNT(*) AS n FROM (VALUES ('a'), ('b'),"
                + " ('a'), ('c'), ('a')) AS v(k) GROUP BY k) WHERE n <> 1 OR k <> 'b'"));
    assertThat(rows("changed", "SELECT k, n, kept FROM t ORDER BY k"))
        .containsExactly("a | 3 | yours", "c | 1 | mine", "z | 1 | yours");
    requireNoStagingTables("changed");
  }

  @Test
  void valuesOfEveryTypeAreKept() throws Exception {
    server().createDatabase("typed");
    server().execute("typed", "CREATE TABLE t (" + columnsOfEveryType() + ")");
    StreamTableEnvironment tables = tables();
    tables.executeSql(
        "CREATE TABLE t (k INT, yes BOOLEAN, ti TINYINT, si SMALLINT, i INT, bi BIGINT, dec_"
            + " DECIMAL(12, 4), fl FLOAT, db DOUBLE, c CHAR(5), v STRING, d DATE, t TIME, ts"
            + " TIMESTAMP(6), ltz TIMESTAMP_LTZ(3), bin BYTES, js STRING, PRIMARY KEY (k) NOT"
            + " ENFORCED)"
            + options("typed", "t", ""));
    finish(
        tables.executeSql(
            "INSERT INTO t SELECT 1, TRUE, CAST(-128 AS TINYINT), CAST(32767 AS SMALLINT),"
                + " -2147483647, 9223372036854775807, CAST('12345678.0901' AS DECIMAL(12, 4)),"
                + " CAST('1.1' AS FLOAT), CAST('0.1' AS DOUBLE), CAST('ab' AS CHAR(5)),"
                + " '\u00fc\ud83d\ude00 ''x', DATE '0001-01-01', TIME '23:59:59',"
                + " TIMESTAMP '9999-12-31 23:59:59.999999', TO_TIMESTAMP_LTZ(1700000000123, 3),"
                + " X'00ff5c', '{\"a\": 1}'"));
    finish(
        tables.executeSql(
            "INSERT INTO t SELECT 2, CAST(NULL AS BOOLEAN), CAST(NULL AS TINYINT), CAST(NULL AS"
                + " SMALLINT), CAST(NULL AS INT), CAST(NULL AS BIGINT), CAST(NULL AS DECIMAL(12,"
                + " 4)), CAST(NULL AS FLOAT), CAST(NULL AS DOUBLE), CAST(NULL AS CHAR(5)),"
                + " CAST(NULL AS STRING), CAST(NULL AS DATE), CAST(NULL AS TIME), CAST(NULL AS"
                + " TIMESTAMP(6)), CAST(NULL AS TIMESTAMP_LTZ(3)), CAST(NULL AS BYTES), CAST(NULL"
                + " AS STRING)"));
    for (String kept : everyTypeIsKept()) {
      assertThat(rows("typed", "SELECT k FROM t WHERE " + kept)).as(kept).containsExactly("1");
    }
    for (String column :
        List.of(
            "yes", "ti", "si", "i", "bi", "dec_", "fl", "db", "c", "v", "d", "t", "ts", "ltz",
            "bin", "js")) {
      assertThat(rows("typed", "SELECT k FROM t WHERE " + column + " IS NULL"))
          .as(column)
          .containsExactly("2");
    }
    // The column's own limit, which the server would meet by cutting off spaces.
    assertThatThrownBy(
            () ->
                finish(
                    tables.executeSql(
                        "INSERT INTO t (k, v) VALUES (3, 'nine and ten are spaces  ')")))
        .hasStackTraceContaining("column v: a value cannot be written as it is")
        .hasStackTraceContaining("more than 20 characters");
  }

  @Test
  void aTableThatIsMissingIsMadeWhereThatIsAskedFor() throws Exception {
    server().createDatabase("made");
    StreamTableEnvironment tables = tables();
    boolean instants = server() instanceof PostgresServer;
    String columns =
        " (k VARCHAR(40), n BIGINT NOT NULL, yes BOOLEAN, ti TINYINT, dec_ DECIMAL(38, 5), fl FLOAT,"
            + " db DOUBLE, s STRING, c CHAR(3), d DATE, t TIME, ts TIMESTAMP(6), ltz "
            + (instants ? "TIMESTAMP_LTZ(3)" : "TIMESTAMP(3)")
            + ", bin BYTES, vb VARBINARY(9), PRIMARY KEY (k, n) NOT ENFORCED)";
    String create = ", 'sink.create-table' = 'true', 'sink.delivery-guarantee' = '%s'";
    tables.executeSql(
        "CREATE TABLE made" + columns + options("made", "here", create.formatted("exactly-once")));
    tables.executeSql("CREATE TABLE missing" + columns + options("made", "nowhere", ""));
    tables.executeSql(
        "CREATE TABLE wrong (k INT, moment TIMESTAMP(9), m MAP<INT, INT>, PRIMARY KEY (k) NOT ENFORCED)"
            + options("made", "wrong", create.formatted("none")));
    String row =
        " VALUES ('k', 1, TRUE, CAST(-128 AS TINYINT), CAST('123456789012345678901234567890123.45'"
            + " AS DECIMAL(38, 5)), CAST(1.5 AS FLOAT), CAST(0.1 AS DOUBLE), 'text', 'abc', DATE"
            + " '2024-02-29', TIME '23:59:59', TIMESTAMP '2024-01-01 00:00:00.123456',"
            + (instants ? " TO_TIMESTAMP_LTZ(0, 3)" : " TIMESTAMP '1970-01-01 00:00:00.123'")
            + ", x'00ff', x'01')";
    assertThatThrownBy(() -> tables.executeSql("INSERT INTO missing" + row))
        .hasMessageContaining("the database has no table")
        .hasMessageContaining("'sink.create-table' = 'true' has it made");
    assertThatThrownBy(
            () -> tables.executeSql("INSERT INTO wrong VALUES (1, LOCALTIMESTAMP, MAP[1, 2])"))
        .hasMessageContaining("column moment: no table can be made that keeps every TIMESTAMP(9)")
        .hasMessageContaining("column m: no table can be made that keeps every MAP");
    tables.executeSql(
        "CREATE TABLE ends (k INT, ltz TIMESTAMP_LTZ(3), PRIMARY KEY (k) NOT ENFORCED)"
            + options("made", "ends", create.formatted("none")));
    if (!instants) {
      assertThatThrownBy(
              () -> tables.executeSql("INSERT INTO ends VALUES (1, TO_TIMESTAMP_LTZ(0, 3))"))
          .hasMessageContaining("column ltz: MySQL's and MariaDB's timestamp ends");
    }
    finish(tables.executeSql("INSERT INTO made" + row));
    assertThat(rows("made", "SELECT k, n, s, dec_ FROM here"))
        .containsExactly("k | 1 | text | 123456789012345678901234567890123.45000");
    // The second time it is there.
    finish(tables.executeSql("INSERT INTO made" + row.replace("'text'", "'other'")));
    assertThat(rows("made", "SELECT k, n, s, ti FROM here"))
        .containsExactly("k | 1 | other | -128");
    assertThat(
            rows(
                "made",
                "SELECT table_name FROM information_schema.tables WHERE table_schema = '"
                    + schema("made")
                    + "'"))
        .containsExactly("here");
  }

  @Test
  void arraysMapsAndRowsAreDocuments() throws Exception {
    server().createDatabase("documents");
    StreamTableEnvironment tables = tables();
    String columns =
        "CREATE TABLE %s (k INT, a ARRAY<INT>, m MAP<STRING, DOUBLE>, r ROW<t STRING, f ARRAY<DECIMAL(9, 2)>, d"
            + " DATE>, PRIMARY KEY (k) NOT ENFORCED)";
    tables.executeSql(
        columns.formatted("made") + options("documents", "t", ", 'sink.create-table' = 'true'"));
    finish(
        tables.executeSql(
            "INSERT INTO made VALUES (1, ARRAY[1, CAST(NULL AS INT)], MAP['a\"', 0.1e0], ROW('x ä',"
                + " ARRAY[CAST(1.5 AS DECIMAL(9, 2))], DATE '2026-01-02')), (2, CAST(NULL AS"
                + " ARRAY<INT>), CAST(NULL AS MAP<STRING, DOUBLE>), CAST(NULL AS ROW<t STRING, f"
                + " ARRAY<DECIMAL(9, 2)>, d DATE>))"));
    assertThat(rows("documents", "SELECT k, a, m FROM t ORDER BY k"))
        .extracting(row -> row.replace(" ", ""))
        .containsExactly("1|[1,null]|{\"a\\\"\":0.1}", "2|null|null");
    assertThat(rows("documents", "SELECT r FROM t WHERE k = 1"))
        .singleElement()
        .asString()
        .contains("\"x ä\"", "\"2026-01-02\"", "1.5");
    tables.executeSql(
        "CREATE TABLE digits (k INT, a ARRAY<DECIMAL(38, 20)>, PRIMARY KEY (k) NOT ENFORCED)"
            + options("documents", "digits", ", 'sink.create-table' = 'true'"));
    String digits =
        "INSERT INTO digits VALUES (1, ARRAY[CAST('0.12345678901234567891' AS DECIMAL(38, 20))])";
    if (roundsNumbersOfDocuments()) {
      assertThatThrownBy(() -> finish(tables.executeSql(digits)))
          .hasStackTraceContaining("column a: a value cannot be written as it is")
          .hasStackTraceContaining("more digits");
    } else {
      finish(tables.executeSql(digits));
      assertThat(rows("documents", "SELECT a FROM digits"))
          .containsExactly("[0.12345678901234567891]");
    }
    server().execute("documents", "CREATE TABLE n (k int PRIMARY KEY, a int)");
    tables.executeSql(
        "CREATE TABLE n (k INT, a ARRAY<INT>, PRIMARY KEY (k) NOT ENFORCED)"
            + options("documents", "n", ""));
    assertThatThrownBy(() -> tables.executeSql("INSERT INTO n VALUES (1, ARRAY[1])"))
        .hasMessageContaining("column a: int")
        .hasMessageContaining("does not hold every ARRAY<INT>");
  }

  @Test
  void twoSinksOfOneStatementHaveTheirRows() throws Exception {
    server().createDatabase("two");
    server()
        .execute(
            "two",
            "CREATE TABLE a (k int PRIMARY KEY, v varchar(9))",
            "CREATE TABLE b (k int PRIMARY KEY, v varchar(9))");
    StreamTableEnvironment tables = tables();
    for (String table : List.of("a", "b")) {
      tables.executeSql(
          "CREATE TABLE "
              + table
              + " (k INT, v STRING, PRIMARY KEY (k) NOT ENFORCED)"
              + options("two", table, ""));
    }
    StatementSet both = tables.createStatementSet();
    both.addInsertSql("INSERT INTO a VALUES (1, 'one')");
    both.addInsertSql("INSERT INTO b VALUES (2, 'two'), (3, 'three')");
    finish(both.execute());
    assertThat(rows("two", "SELECT k, v FROM a ORDER BY k")).containsExactly("1 | one");
    assertThat(rows("two", "SELECT k, v FROM b ORDER BY k"))
        .containsExactly("2 | two", "3 | three");
  }

  @Test
  void aRowMayTakeWhatAnotherGivesUpInASecondUniqueKey() throws Exception {
    server().createDatabase("unique_keys");
    server()
        .execute(
            "unique_keys",
            "CREATE TABLE t (k int PRIMARY KEY, u varchar(9) NOT NULL UNIQUE)",
            "INSERT INTO t VALUES (1, 'a'), (2, 'b')");
    StreamTableEnvironment tables = tables();
    tables.executeSql(
        "CREATE TABLE t (k INT, u STRING, PRIMARY KEY (k) NOT ENFORCED)"
            + options("unique_keys", "t", ""));
    finish(tables.executeSql("INSERT INTO t VALUES (3, 'a'), (1, 'c')"));
    assertThat(rows("unique_keys", "SELECT k, u FROM t ORDER BY k"))
        .containsExactly("1 | c", "2 | b", "3 | a");
    // What another row keeps is no place for this one, and no other row is changed for it.
    assertThatThrownBy(() -> finish(tables.executeSql("INSERT INTO t VALUES (4, 'b')")))
        .hasStackTraceContaining("writing the rows of sink");
    assertThat(rows("unique_keys", "SELECT k, u FROM t ORDER BY k"))
        .containsExactly("1 | c", "2 | b", "3 | a");
  }

  @Test
  void everythingThatIsWrongWithADeclarationIsSaidAtOnce() throws Exception {
    server().createDatabase("wrong");
    server()
        .execute(
            "wrong",
            "CREATE TABLE t (k int PRIMARY KEY, n smallint, d decimal(5,2), w varchar(9))");
    StreamTableEnvironment tables = tables();
    tables.executeSql(
        "CREATE TABLE t (k BIGINT, n INT, d DECIMAL(6, 3), w STRING, gone INT, PRIMARY KEY (w) NOT ENFORCED)"
            + options("wrong", "t", ""));
    assertThatThrownBy(() -> tables.explainSql("INSERT INTO t VALUES (1, 1, 1.5, 'w', 1)"))
        .hasStackTraceContaining(".t, column k: int")
        .hasStackTraceContaining("does not hold every BIGINT")
        .hasStackTraceContaining("column n: smallint")
        .hasStackTraceContaining("does not hold every INT")
        .hasStackTraceContaining("does not hold every DECIMAL(6, 3)")
        .hasStackTraceContaining("column gone: the database does not have it")
        .hasStackTraceContaining("PRIMARY KEY [w] is declared, and the database has [k]");
    tables.executeSql(
        "CREATE TABLE u (k INT) WITH ('connector' = 'tidemark-jdbc', 'url' = 'jdbc:oracle:thin',"
            + " 'table-name' = 't', 'sink.max-retrys' = '1', 'sink.parallelism' = '-1')");
    assertThatThrownBy(() -> tables.explainSql("INSERT INTO u VALUES (1)"))
        .hasStackTraceContaining("not a database that Tidemark copies")
        .hasStackTraceContaining("'username' is missing")
        .hasStackTraceContaining("is 'sink.max-retries' meant?")
        .hasStackTraceContaining("'sink.parallelism' must be positive");
    tables.executeSql("CREATE TABLE v (k INT, n SMALLINT)" + options("wrong", "t", ""));
    assertThatThrownBy(
            () ->
                tables.explainSql(
                    "INSERT INTO v SELECT k, CAST(COUNT(*) AS SMALLINT) FROM (VALUES (1), (1)) AS"
                        + " x(k) GROUP BY k"))
        .hasStackTraceContaining("has no PRIMARY KEY");
    StreamTableEnvironment without =
        StreamTableEnvironment.create(
            StreamExecutionEnvironment.getExecutionEnvironment(new Configuration()));
    without.executeSql("CREATE TABLE v (k INT, n SMALLINT)" + options("wrong", "t", ""));
    assertThatThrownBy(() -> without.explainSql("INSERT INTO v VALUES (1, CAST(1 AS SMALLINT))"))
        .hasStackTraceContaining("execution.checkpointing.interval");
  }

  @Test
  void rowsAreThereSoonWhereNobodyAsksForExactlyOnce() throws Exception {
    server().createDatabase("soon");
    server().execute("soon", "CREATE TABLE t (k bigint PRIMARY KEY, v varchar(40))");
    Configuration configuration = new Configuration();
    configuration.setString("parallelism.default", "1");
    StreamTableEnvironment tables =
        StreamTableEnvironment.create(
            StreamExecutionEnvironment.getExecutionEnvironment(configuration));
    tables.executeSql(
        "CREATE TABLE t (k BIGINT, v STRING, PRIMARY KEY (k) NOT ENFORCED)"
            + options(
                "soon",
                "t",
                ", 'sink.delivery-guarantee' = 'at-least-once', 'sink.buffer-flush.max-rows' = '0',"
                    + " 'sink.buffer-flush.interval' = '20 ms'"));
    tables.executeSql(
        "CREATE TABLE ticks (k BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100',"
            + " 'fields.k.kind' = 'sequence', 'fields.k.start' = '1', 'fields.k.end' = '100000')");
    TableResult running =
        tables.executeSql("INSERT INTO t SELECT k, 'v' || CAST(k AS STRING) FROM ticks");
    Await.until(
        "written",
        LONG,
        () -> rows("soon", "SELECT v FROM t WHERE k = 200").equals(List.of("v200")),
        () -> rows("soon", "SELECT count(*) FROM t").toString());
    running.getJobClient().orElseThrow().cancel().get();
  }

  /** Stopped in the middle with a savepoint, and gone on from it by another job. */
  @Test
  void aSavepointGoesOnWhereItStopped(@TempDir Path savepoints) throws Exception {
    server().createDatabase("stopped");
    server().execute("stopped", "CREATE TABLE t (n bigint)");
    TableResult running = counted(Optional.empty(), 4_000);
    Await.until("written", LONG, () -> count() > 0, () -> "nothing is written");
    String savepoint =
        running
            .getJobClient()
            .orElseThrow()
            .stopWithSavepoint(false, savepoints.toUri().toString(), SavepointFormatType.CANONICAL)
            .get(LONG.toSeconds(), TimeUnit.SECONDS);
    long before = count();
    assertThat(before).isBetween(1L, 3_999L);
    finish(counted(Optional.of(savepoint), 4_000));
    assertThat(rows("stopped", "SELECT count(*), count(DISTINCT n) FROM t"))
        .containsExactly("4000 | 4000");
    requireNoStagingTables("stopped");
    // What was merged since would be there twice.
    assertThatThrownBy(() -> finish(counted(Optional.of(savepoint), 4_000)))
        .hasStackTraceContaining("older than the target");
    assertThat(count()).isEqualTo(4_000);
  }

  private long count() {
    return Long.parseLong(rows("stopped", "SELECT count(*) FROM t").get(0));
  }

  private TableResult counted(Optional<String> savepoint, long most) {
    Configuration configuration = new Configuration();
    configuration.setString("execution.checkpointing.interval", "200 ms");
    configuration.setString("parallelism.default", "2");
    configuration.setString("restart-strategy.type", "disable");
    savepoint.ifPresent(path -> configuration.setString("execution.savepoint.path", path));
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
    tables.createTemporaryView(
        "numbers",
        environment.fromSource(
            new DataGeneratorSource<>(n -> n, most, RateLimiterStrategy.perSecond(500), Types.LONG),
            WatermarkStrategy.noWatermarks(),
            "numbers"),
        Schema.newBuilder().columnByExpression("n", "f0").build());
    tables.executeSql("CREATE TABLE t (n BIGINT)" + options("stopped", "t", ""));
    return tables.executeSql("INSERT INTO t SELECT n FROM numbers");
  }
}
