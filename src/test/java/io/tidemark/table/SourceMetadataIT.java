package io.tidemark.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What rows say of the changes that they are. */
@Timeout(300)
class SourceMetadataIT {

  private static final int TABLE_NAME = 2;
  private static final int SCHEMA_NAME = 3;
  private static final int DATABASE_NAME = 4;
  private static final int ROW_KIND = 5;
  private static final int OP_TS = 6;
  private static final int POSITION = 7;
  private static final int TRANSACTION_ID = 8;
  private static final int ORDINAL = 9;

  @Postgres private static PostgresServer postgres;
  @MySql private static MySqlServer mysql;
  @MariaDb private static MySqlServer mariaDb;

  /** What the database says of itself. */
  private static String said(Statement statement, String sql) throws Exception {
    try (ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static StreamTableEnvironment declared(String options) {
    StreamTableEnvironment tables = SourceTablesIT.tables();
    tables.executeSql(
        "CREATE TABLE t (id INT, v INT,"
            + " table_name STRING NOT NULL METADATA VIRTUAL,"
            + " schema_name STRING NOT NULL METADATA VIRTUAL,"
            + " database_name STRING NOT NULL METADATA VIRTUAL,"
            + " row_kind STRING NOT NULL METADATA VIRTUAL,"
            + " op_ts TIMESTAMP_LTZ(3) NOT NULL METADATA VIRTUAL,"
            + " `position` STRING METADATA VIRTUAL,"
            + " transaction_id STRING METADATA VIRTUAL,"
            + " ordinal BIGINT METADATA VIRTUAL,"
            + " PRIMARY KEY (id) NOT ENFORCED)"
            + options);
    return tables;
  }

  private static void assertOfTheCopy(List<Row> rows) {
    for (Row row : rows) {
      assertThat(row.getField(ROW_KIND)).isEqualTo("+I");
      assertThat(row.getField(OP_TS)).isEqualTo(Instant.EPOCH);
      assertThat(row.getField(POSITION)).isNull();
      assertThat(row.getField(TRANSACTION_ID)).isNull();
      assertThat(row.getField(ORDINAL)).isNull();
    }
  }

  /** Kind, key, and which change of its transaction each is. */
  private static List<String> changes(List<Row> rows) {
    return rows.stream()
        .map(row -> row.getField(ROW_KIND) + " " + row.getField(0) + " " + row.getField(ORDINAL))
        .toList();
  }

  /** Each is of this transaction, which was committed between these moments. */
  private static void assertOf(List<Row> rows, String transaction, Instant from, Instant to) {
    for (Row row : rows) {
      assertThat(row.getKind().shortString()).isEqualTo(row.getField(ROW_KIND));
      assertThat(row.getField(TRANSACTION_ID)).isEqualTo(transaction);
      assertThat(row.getField(POSITION)).isEqualTo(rows.get(0).getField(POSITION));
      assertThat((Instant) row.getField(OP_TS)).isBetween(from, to);
    }
  }

  @Test
  void aChangeOfPostgresSaysWhenWhereAndInWhichTransactionItIs() throws Exception {
    postgres.createDatabase("told");
    postgres.execute(
        "told",
        "CREATE TABLE t (id int PRIMARY KEY, v int)",
        "CREATE TABLE unread (id int PRIMARY KEY)",
        "ALTER TABLE t REPLICA IDENTITY FULL",
        "INSERT INTO t VALUES (1, 10), (2, 20)");
    StreamTableEnvironment tables =
        declared(
            SourceTablesIT.options(
                "tidemark-postgres", postgres, "told", "t", ", 'slot.name' = 'told'"));
    try (Arrivals arrivals = Arrivals.of(tables, "SELECT * FROM t");
        Connection connection = postgres.connect("told");
        Statement statement = connection.createStatement()) {
      assertOfTheCopy(arrivals.await(2));
      connection.setAutoCommit(false);
      final String before = said(statement, "SELECT pg_current_wal_insert_lsn()");
      final Instant from = Instant.now().truncatedTo(ChronoUnit.MILLIS);
      statement.execute("INSERT INTO t VALUES (3, 30)");
      statement.execute("INSERT INTO unread VALUES (1)");
      statement.execute("UPDATE t SET v = v + 1 WHERE id = 1");
      statement.execute("DELETE FROM t WHERE id = 2");
      statement.execute("UPDATE t SET id = 4 WHERE id = 3");
      final String transaction = said(statement, "SELECT pg_current_xact_id()::text");
      connection.commit();
      final Instant to = Instant.now();
      final String behind = said(statement, "SELECT pg_current_wal_insert_lsn()");
      List<Row> rows = arrivals.await(8).subList(2, 8);
      assertThat(changes(rows))
          .containsExactly("+I 3 1", "-U 1 2", "+U 1 2", "-D 2 3", "-D 3 4", "+I 4 4");
      assertOf(rows, transaction, from, to);
      Object position = rows.get(0).getField(POSITION);
      assertThat(
              said(
                  statement,
                  "SELECT '%s'::pg_lsn < '%s'::pg_lsn AND '%s'::pg_lsn < '%s'::pg_lsn"
                      .formatted(before, position, position, behind)))
          .isEqualTo("t");
      statement.execute("INSERT INTO t VALUES (5, 50)");
      connection.commit();
      Row next = arrivals.await(9).get(8);
      assertThat(changes(List.of(next))).containsExactly("+I 5 1");
      assertThat(next.getField(POSITION)).isNotEqualTo(position);
      assertThat(next.getField(TABLE_NAME)).isEqualTo("t");
      assertThat(next.getField(SCHEMA_NAME)).isEqualTo("public");
      assertThat(next.getField(DATABASE_NAME)).isEqualTo("told");
    }
  }

  @Test
  void aChangeOfMySqlSaysSoByItsGtid() throws Exception {
    changeOf(mysql, "SELECT @@global.gtid_executed", 0);
  }

  @Test
  void aChangeOfMariaDbSaysSoToTheSecond() throws Exception {
    changeOf(mariaDb, "SELECT @@global.gtid_binlog_pos", 1);
  }

  private static void changeOf(Server server, String transactions, int seconds) throws Exception {
    server.createDatabase("told");
    server.execute(
        "told",
        "CREATE TABLE t (id int PRIMARY KEY, v int)",
        "INSERT INTO t VALUES (1, 10), (2, 20)");
    StreamTableEnvironment tables =
        declared(SourceTablesIT.options("tidemark-mysql", server, "told", "t", ""));
    try (Arrivals arrivals = Arrivals.of(tables, "SELECT * FROM t");
        Connection connection = server.connect("told");
        Statement statement = connection.createStatement()) {
      assertOfTheCopy(arrivals.await(2));
      connection.setAutoCommit(false);
      final Instant from = Instant.now().truncatedTo(ChronoUnit.MILLIS).minusSeconds(seconds);
      statement.execute("INSERT INTO t VALUES (3, 30), (4, 40)");
      statement.execute("UPDATE t SET v = v + 1 WHERE id = 1");
      statement.execute("DELETE FROM t WHERE id = 2");
      connection.commit();
      final Instant to = Instant.now();
      List<Row> rows = arrivals.await(7).subList(2, 7);
      assertThat(changes(rows)).containsExactly("+I 3 1", "+I 4 2", "-U 1 3", "+U 1 3", "-D 2 4");
      String transaction = (String) rows.get(0).getField(TRANSACTION_ID);
      assertOf(rows, transaction, from, to);
      // 0-1-17 at the one, and the last of …:1-17 at the other.
      String executed = said(statement, transactions);
      assertThat(executed.substring(executed.lastIndexOf('-') + 1))
          .isEqualTo(
              transaction.substring(
                  Math.max(transaction.lastIndexOf('-'), transaction.lastIndexOf(':')) + 1));
      String position = (String) rows.get(0).getField(POSITION);
      String file = position.substring(0, position.lastIndexOf(':'));
      String place = position.substring(position.lastIndexOf(':') + 1);
      try (ResultSet events =
          statement.executeQuery(
              "SHOW BINLOG EVENTS IN '" + file + "' FROM " + place + " LIMIT 1")) {
        assertThat(events.next()).isTrue();
        assertThat(events.getString("Event_type")).isEqualToIgnoringCase("gtid");
        assertThat(events.getString("Info")).contains(transaction);
      }
      assertThat(rows.get(0).getField(SCHEMA_NAME)).isEqualTo("told");
      assertThat(rows.get(0).getField(DATABASE_NAME)).isEqualTo("told");
    }
  }
}
