package io.tidemark.database.mysql.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.LogReader;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.position.BinlogPlace;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The forms that MySQL writes the same changes in, as its settings say. */
class LogFormsIT {

  private static LogServer server;

  @BeforeAll
  static void start(@MySql MySqlServer lent) throws SQLException {
    server = new LogServer(lent);
  }

  @Test
  void minimalImagesLeaveFieldsAbsent() throws Exception {
    server.execute(
        "CREATE TABLE m (id INT PRIMARY KEY, a INT, b VARCHAR(10), c TEXT)",
        "INSERT INTO m VALUES (1, 2, 'x', 'long'), (2, 3, 'y', NULL)");
    assertThat(
            server.changes(
                server.source("m"),
                List.of("binlog_row_image = 'MINIMAL'"),
                "UPDATE m SET a = 5 WHERE id = 1",
                "UPDATE m SET id = 9 WHERE id = 1",
                "UPDATE m SET c = 'z', b = NULL WHERE id = 2",
                "DELETE FROM m WHERE id = 2"))
        .containsExactly(
            List.of("update (1|<absent>|<absent>|<absent>) -> (1|5|<absent>|<absent>)"),
            List.of("update (1|<absent>|<absent>|<absent>) -> (9|<absent>|<absent>|<absent>)"),
            List.of("update (2|<absent>|<absent>|<absent>) -> (2|<absent>|<null>|z)"),
            List.of("delete (2|<absent>|<absent>|<absent>)"));
  }

  @Test
  void imagesWithoutBlobsLeaveUnchangedBlobsAbsent() throws Exception {
    server.execute(
        "CREATE TABLE nb (id INT PRIMARY KEY, a INT, c TEXT)",
        "INSERT INTO nb VALUES (1, 2, 'long')");
    assertThat(
            server.changes(
                server.source("nb"),
                List.of("binlog_row_image = 'NOBLOB'"),
                "UPDATE nb SET a = 5 WHERE id = 1",
                "UPDATE nb SET c = 'new' WHERE id = 1"))
        .containsExactly(
            List.of("update (1|2|<absent>) -> (1|5|<absent>)"),
            List.of("update (1|5|<absent>) -> (1|5|new)"));
  }

  @Test
  void anInsertWithoutAllColumnsHasTheirDefaults() throws Exception {
    server.execute(
        "CREATE TABLE d (id INT PRIMARY KEY AUTO_INCREMENT, a INT DEFAULT 7, b VARCHAR(10) NOT NULL"
            + " DEFAULT 'é''x', c TEXT, t TIMESTAMP(3) NULL DEFAULT '2020-01-02 03:04:05.678',"
            + " e ENUM('p','q') DEFAULT 'q', j DECIMAL(9,3) NOT NULL DEFAULT 1.5, y BIT(3) DEFAULT"
            + " b'101', n DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6), x JSON DEFAULT (JSON_ARRAY(1)))");
    MySqlSource source = server.source("d");
    BinlogPosition from = server.now();
    server.changes(
        source,
        List.of("binlog_row_image = 'MINIMAL'"),
        "INSERT INTO d (a) VALUES (1)",
        "INSERT INTO d () VALUES ()",
        "INSERT INTO d (c, x) VALUES ('c', '[2]')");
    assertThat(SameValues.log(server, source, from))
        .isEqualTo(SameValues.snapshot(server, source, server.tables(source).get(0)));
  }

  @Test
  void compressedTransactionsAreUnpacked() throws Exception {
    server.execute("CREATE TABLE z (id INT PRIMARY KEY, a VARCHAR(100))");
    List<List<String>> transactions =
        server.changes(
            server.source("z"),
            List.of("binlog_transaction_compression = ON"),
            "INSERT INTO z VALUES (1, REPEAT('a', 100)), (2, NULL)",
            "UPDATE z SET a = 'b'",
            "DELETE FROM z WHERE id = 1");
    assertThat(transactions)
        .containsExactly(
            List.of("insert (1|" + "a".repeat(100) + ")", "insert (2|<null>)"),
            List.of("update (1|" + "a".repeat(100) + ") -> (1|b)", "update (2|<null>) -> (2|b)"),
            List.of("delete (1|b)"));
  }

  @Test
  void partialJsonUpdatesAreAppliedToTheValueBefore() throws Exception {
    server.execute(
        "CREATE TABLE pj (id INT PRIMARY KEY, j JSON, a INT, k JSON)",
        "INSERT INTO pj VALUES (1, '{\"a\": 1, \"b\": [1, 2, {\"c d\": \"long enough to matter, as a longer"
            + " value leaves room to be updated in place\"}], \"é.\\\\\"q\": null}', 1, '[1, 2, 3]')");
    MySqlSource source = server.source("pj");
    List<List<String>> transactions =
        server.changes(
            source,
            List.of("binlog_row_value_options = 'PARTIAL_JSON'"),
            "UPDATE pj SET j = JSON_SET(j, '$.a', 2)",
            "UPDATE pj SET j = JSON_SET(j, '$.b[2].\"c d\"', 'other'), a = 2",
            "UPDATE pj SET j = JSON_REPLACE(j, '$.\"é.\\\\\"q\"', CAST('2020-01-01' AS DATE))",
            "UPDATE pj SET j = JSON_REMOVE(j, '$.b[0]'), k = JSON_SET(k, '$[7]', 1.5)",
            "UPDATE pj SET j = JSON_SET(j, '$.new', JSON_ARRAY(1, 'x'), '$.b[0]', JSON_OBJECT())",
            "UPDATE pj SET k = JSON_REMOVE(k, '$[0]', '$[0]')",
            "UPDATE pj SET j = '{}'");
    List<String> expected = new ArrayList<>();
    transactions.forEach(
        changes -> expected.add(changes.get(0).substring(changes.get(0).indexOf(" -> ") + 4)));
    assertThat(transactions).hasSize(7);
    assertThat(expected.get(0)).startsWith("(1|{\"a\": 2, \"b\": [1, 2, {\"c d\": \"long");
    assertThat(expected.get(5))
        .isEqualTo(
            "(1|{\"a\": 2, \"b\": [{}, {\"c d\": \"other\"}], \"new\": [1, \"x\"], \"é.\\\"q\":"
                + " \"2020-01-01\"}|2|[3, 1.5])");
    assertThat(expected.get(6)).isEqualTo("(1|{}|2|[3, 1.5])");
  }

  @Test
  void aDifferenceWithoutTheValueBeforeIsRefused() throws Exception {
    server.execute(
        "CREATE TABLE pm (id INT PRIMARY KEY, j JSON)",
        "INSERT INTO pm VALUES (1, JSON_OBJECT('a', REPEAT('x', 500), 'b', 1))");
    assertThatThrownBy(
            () ->
                server.changes(
                    server.source("pm"),
                    List.of(
                        "binlog_row_value_options = 'PARTIAL_JSON'",
                        "binlog_row_image = 'MINIMAL'"),
                    "UPDATE pm SET j = JSON_SET(j, '$.b', 2)"))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("db.pm")
        .hasMessageContaining("binlog_row_image = FULL");
  }

  @Test
  void tablesWithoutTransactionsAreFollowed() throws Exception {
    server.execute("CREATE TABLE my (id INT PRIMARY KEY) ENGINE = MyISAM");
    assertThat(
            server.changes(
                server.source("my"),
                List.of("autocommit = 1"),
                "INSERT INTO my VALUES (1), (2)",
                "DELETE FROM my WHERE id = 2"))
        .containsExactly(List.of("insert (1)", "insert (2)"), List.of("delete (2)"));
  }

  @Test
  void columnsAreFoundByNameAndByPlace() throws Exception {
    server.execute(
        "CREATE TABLE g (id INT PRIMARY KEY, a INT, v INT GENERATED ALWAYS AS (a + 1) VIRTUAL,"
            + " s INT GENERATED ALWAYS AS (a + 2) STORED, h INT INVISIBLE DEFAULT 3, b VARCHAR(9),"
            + " INDEX ((a * 2)))");
    for (String metadata : List.of("FULL", "MINIMAL")) {
      server.execute("SET GLOBAL binlog_row_metadata = '" + metadata + "'");
      assertThat(
              server.changes(
                  server.source("g"),
                  List.of("sql_mode = ''"),
                  "INSERT INTO g (id, a, b) VALUES (1, 2, 'x')",
                  "DELETE FROM g"))
          .as(metadata)
          .containsExactly(List.of("insert (1|2|3|x)"), List.of("delete (1|2|3|x)"));
    }
    server.execute("SET GLOBAL binlog_row_metadata = 'FULL'");
  }

  @Test
  void preparedTransactionsAreDeliveredWhenTheyAreCommitted() throws Exception {
    server.execute("CREATE TABLE x (id INT PRIMARY KEY)");
    MySqlSource source = server.source("x");
    BinlogPosition from = server.now();
    server.execute("INSERT INTO x VALUES (1)");
    prepare("'a','b',7", "INSERT INTO x VALUES (2)");
    server.execute("INSERT INTO x VALUES (3)");
    try (LogReader log = server.open(source, from)) {
      assertThat(LogTranscript.next(log).changes()).containsExactly("insert (1)");
      LogTranscript.Transaction third = LogTranscript.next(log);
      assertThat(third.changes()).containsExactly("insert (3)");
      assertThat(third.commit().position().covers(server.now())).isFalse();
      prepare("'c'", "INSERT INTO x VALUES (4)");
      server.execute("XA ROLLBACK 'c'", "XA COMMIT 'a','b',7");
      LogTranscript.Transaction second = LogTranscript.next(log);
      assertThat(second.changes()).containsExactly("insert (2)");
      assertThat(second.commit().position()).isEqualTo(server.now());
      // One phase is a transaction like any other.
      server.execute("INSERT INTO x VALUES (5)");
      assertThat(LogTranscript.next(log).changes()).containsExactly("insert (5)");
      // A restart before the commit is sent the prepared transaction again.
      try (LogReader again = server.open(source, (BinlogPosition) third.commit().position())) {
        assertThat(LogTranscript.next(again).changes()).containsExactly("insert (2)");
        assertThat(LogTranscript.next(again).changes()).containsExactly("insert (5)");
      }
    }
  }

  private static void prepare(String name, String sql) throws SQLException {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("XA START " + name);
      statement.execute(sql);
      statement.execute("XA END " + name);
      statement.execute("XA PREPARE " + name);
    }
  }

  @Test
  void tagsAndRotationsAreFollowed() throws Exception {
    server.execute("CREATE TABLE tg (id INT PRIMARY KEY)");
    MySqlSource source = server.source("tg");
    BinlogPosition from = server.now();
    List<List<String>> transactions =
        server.changes(
            source,
            List.of("gtid_next = 'AUTOMATIC:blue'"),
            "INSERT INTO tg VALUES (1)",
            "INSERT INTO tg VALUES (2)");
    assertThat(transactions).containsExactly(List.of("insert (1)"), List.of("insert (2)"));
    assertThat(server.now().print()).contains(":blue:1-2");
    BinlogPosition between = server.now();
    server.execute("FLUSH BINARY LOGS", "INSERT INTO tg VALUES (3)", "FLUSH BINARY LOGS");
    server.execute("INSERT INTO tg VALUES (4)");
    assertThat(SameTransactions.read(server, source, between))
        .containsExactly(List.of("insert (3)"), List.of("insert (4)"));
    assertThat(SameTransactions.read(server, source, from)).hasSize(4);
  }

  @Test
  void theLogIsFollowedByFileToo() throws Exception {
    server.execute("CREATE TABLE f (id INT PRIMARY KEY)");
    MySqlSource source = server.source("f");
    BinlogPosition from = server.nowByFile();
    server.execute("INSERT INTO f VALUES (1)", "FLUSH BINARY LOGS", "INSERT INTO f VALUES (2)");
    BinlogPosition end = server.nowByFile();
    try (LogReader log = server.open(source, from)) {
      LogTranscript.Transaction first = LogTranscript.next(log);
      assertThat(first.changes()).containsExactly("insert (1)");
      assertThat(first.id()).isInstanceOf(BinlogPlace.class);
      assertThat(((BinlogPosition) first.commit().position()).executed().contains(first.id()))
          .isTrue();
      assertThat(from.executed().contains(first.id())).isFalse();
      LogTranscript.Transaction second = LogTranscript.next(log);
      assertThat(second.commit().position()).isEqualTo(end);
      // A snapshot's place may lie where no transaction ends.
      server.execute("FLUSH BINARY LOGS", "CREATE TABLE IF NOT EXISTS f2 (id INT)");
      BinlogPosition later = server.nowByFile();
      LogReader.Advance advance;
      do {
        advance = (LogReader.Advance) log.poll(Duration.ofSeconds(20)).orElseThrow();
      } while (!advance.position().covers(later));
      try (LogReader again = server.open(source, (BinlogPosition) first.commit().position())) {
        assertThat(LogTranscript.next(again).changes()).containsExactly("insert (2)");
      }
    }
  }
}
