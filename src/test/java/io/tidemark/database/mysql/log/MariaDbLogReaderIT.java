package io.tidemark.database.mysql.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.LogReader;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySqlServer;
import io.tidemark.schema.Table;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a MariaDB server's log leads to, change by change. */
class MariaDbLogReaderIT {

  private static LogServer server;

  @BeforeAll
  static void start(@MariaDb MySqlServer lent) throws SQLException {
    server = new LogServer(lent);
  }

  @Test
  void deliversTheTransactionsOfTheStreamInOrder() throws Exception {
    server.execute(
        "CREATE TABLE a (id INT PRIMARY KEY, name VARCHAR(20))", "CREATE TABLE b (id INT)");
    MySqlSource source = server.source("a");
    BinlogPosition from = server.now();
    server.session(
        List.of("autocommit = 1"),
        "INSERT INTO a VALUES (1, 'one'), (2, NULL)",
        "INSERT INTO b VALUES (1)",
        "SET SESSION gtid_domain_id = 7",
        "UPDATE a SET name = 'two' WHERE id = 2",
        "SET SESSION gtid_domain_id = 0",
        "FLUSH BINARY LOGS",
        "CREATE TABLE IF NOT EXISTS other (id INT)",
        "BEGIN",
        "UPDATE a SET id = 3 WHERE id = 1",
        "INSERT INTO b VALUES (7)",
        "SAVEPOINT s",
        "DELETE FROM a WHERE id = 2",
        "ROLLBACK TO s",
        "DELETE FROM a WHERE id = 3",
        "COMMIT",
        "TRUNCATE TABLE a");
    BinlogPosition end = server.now();
    try (LogReader log = server.open(source, from)) {
      LogTranscript.Transaction first = LogTranscript.next(log);
      assertThat(first.changes()).containsExactly("insert (1|one)", "insert (2|<null>)");
      assertThat(from.executed().contains(first.id())).isFalse();
      assertThat(((BinlogPosition) first.commit().position()).executed().contains(first.id()))
          .isTrue();
      LogTranscript.Transaction second = LogTranscript.next(log);
      assertThat(second.changes()).containsExactly("update (2|<null>) -> (2|two)");
      assertThat(second.id().print()).startsWith("7-");
      assertThat(LogTranscript.next(log).changes())
          .containsExactly("update (1|one) -> (3|one)", "delete (3|one)");
      LogTranscript.Transaction last = LogTranscript.next(log);
      assertThat(last.changes()).containsExactly("truncate [db.a]");
      assertThat(last.commit().position()).isEqualTo(end);
      server.execute("INSERT INTO b VALUES (9)");
      assertThat(log.poll(Duration.ofSeconds(10))).contains(new LogReader.Advance(server.now()));
      try (LogReader again = server.open(source, (BinlogPosition) first.commit().position())) {
        assertThat(LogTranscript.next(again).changes())
            .containsExactly("update (2|<null>) -> (2|two)");
      }
    }
  }

  @Test
  void compressedEventsAreUnpacked() throws Exception {
    server.execute("CREATE TABLE z (id INT PRIMARY KEY, a LONGTEXT)");
    server.execute("SET GLOBAL log_bin_compress = ON, GLOBAL log_bin_compress_min_len = 10");
    try {
      String text = "a".repeat(1000);
      assertThat(
              server.changes(
                  server.source("z"),
                  List.of("autocommit = 1"),
                  "INSERT INTO z VALUES (1, REPEAT('a', 1000)), (2, NULL)",
                  "UPDATE z SET a = 'b' WHERE id = 1",
                  "CREATE TABLE a_table_with_a_long_statement (id INT COMMENT 'and a long comment')",
                  "DELETE FROM z",
                  "INSERT INTO z VALUES (3, REPEAT('x', 300000))"))
          .containsExactly(
              List.of("insert (1|" + text + ")", "insert (2|<null>)"),
              List.of("update (1|" + text + ") -> (1|b)"),
              List.of("delete (1|b)", "delete (2|<null>)"),
              List.of("insert (3|" + "x".repeat(300_000) + ")"));
    } finally {
      server.execute("SET GLOBAL log_bin_compress = OFF");
    }
  }

  @Test
  void minimalImagesLeaveFieldsAbsentAndDefaultsAreFilledIn() throws Exception {
    server.execute(
        "CREATE TABLE m (id INT PRIMARY KEY AUTO_INCREMENT, a INT DEFAULT 5, b VARCHAR(9) NOT NULL"
            + " DEFAULT 'x', c DATETIME(3) DEFAULT '2020-01-01 00:00:00.5', d TEXT)");
    MySqlSource source = server.source("m");
    BinlogPosition from = server.now();
    server.session(
        List.of("binlog_row_image = 'MINIMAL'"),
        "INSERT INTO m () VALUES ()",
        "INSERT INTO m (a, d) VALUES (1, 'd')");
    assertThat(SameValues.log(server, source, from))
        .isEqualTo(SameValues.snapshot(server, source, server.tables(source).get(0)));
    assertThat(
            server.changes(
                source,
                List.of("binlog_row_image = 'MINIMAL'"),
                "UPDATE m SET a = 9 WHERE id = 1",
                "DELETE FROM m WHERE id = 1"))
        .containsExactly(
            List.of(
                "update (1|<absent>|<absent>|<absent>|<absent>) ->"
                    + " (1|9|<absent>|<absent>|<absent>)"),
            List.of("delete (1|<absent>|<absent>|<absent>|<absent>)"));
  }

  @Test
  void withoutMetadataColumnsAreFoundByPlace() throws Exception {
    server.execute(
        "CREATE TABLE g (id INT UNSIGNED PRIMARY KEY, a INT, v INT AS (a + 1) VIRTUAL,"
            + " s INT AS (a + 2) STORED, h INT INVISIBLE DEFAULT 3, b VARCHAR(9) COLLATE"
            + " latin1_bin, y YEAR, u BIGINT UNSIGNED)");
    for (String metadata : List.of("NO_LOG", "MINIMAL", "FULL")) {
      server.execute("SET GLOBAL binlog_row_metadata = '" + metadata + "'");
      assertThat(
              server.changes(
                  server.source("g"),
                  List.of("autocommit = 1"),
                  "INSERT INTO g (id, a, b, y, u) VALUES (4000000000, -2, 'é', 2000, ~0)",
                  "DELETE FROM g"))
          .as(metadata)
          .containsExactly(
              List.of("insert (4000000000|-2|3|é|2000|18446744073709551615)"),
              List.of("delete (4000000000|-2|3|é|2000|18446744073709551615)"));
    }
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
      assertThat(LogTranscript.next(log).commit().position()).isEqualTo(end);
      try (LogReader again = server.open(source, (BinlogPosition) first.commit().position())) {
        assertThat(LogTranscript.next(again).changes()).containsExactly("insert (2)");
      }
    }
  }

  @Test
  void statementsInsteadOfRowsAndTwoPhasesAreRefused() throws Exception {
    server.execute("CREATE TABLE x (id INT PRIMARY KEY)", "CREATE TABLE w (id INT PRIMARY KEY)");
    MySqlSource source = server.source("x");
    List<Table> tables = server.tables(source);
    BinlogPosition from = server.now();
    server.session(
        List.of("autocommit = 1"),
        "XA START 'o'",
        "INSERT INTO x VALUES (1)",
        "XA END 'o'",
        "XA COMMIT 'o' ONE PHASE",
        "XA START 'w'",
        "INSERT INTO w VALUES (1)",
        "XA END 'w'",
        "XA PREPARE 'w'",
        "XA COMMIT 'w'");
    assertThat(SameTransactions.read(server, source, from)).containsExactly(List.of("insert (1)"));
    BinlogPosition two = server.now();
    server.session(
        List.of("autocommit = 1"),
        "XA START 'p'",
        "INSERT INTO x VALUES (2)",
        "XA END 'p'",
        "XA PREPARE 'p'",
        "XA COMMIT 'p'");
    assertThatThrownBy(() -> SameTransactions.read(server, source, tables, two))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("XA transaction in two phases");
    BinlogPosition mixed = server.now();
    server.session(List.of("binlog_format = 'MIXED'"), "INSERT INTO x VALUES (3)");
    assertThatThrownBy(() -> SameTransactions.read(server, source, tables, mixed))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("binlog_format = ROW");
  }

  @Test
  void aPurgedLogIsNamed(@MariaDb MySqlServer lent) throws Exception {
    LogServer purged = new LogServer(lent);
    // A file of the log stays for as long as what it holds is not on disk.
    purged.execute("SET GLOBAL innodb_flush_log_at_trx_commit = 1");
    purged.execute("CREATE TABLE p (id INT PRIMARY KEY)");
    MySqlSource source = purged.source("p");
    BinlogPosition from = purged.now();
    purged.execute("INSERT INTO p VALUES (1)", "FLUSH BINARY LOGS", "INSERT INTO p VALUES (2)");
    purged.execute("FLUSH BINARY LOGS");
    purged.purge();
    try (LogReader log = purged.open(source, from)) {
      assertThatThrownBy(() -> LogTranscript.next(log))
          .isInstanceOfSatisfying(
              DatabaseException.class,
              failure -> assertThat(failure.kind()).isEqualTo(DatabaseException.Kind.FATAL))
          .hasMessageContaining("1236");
    }
  }
}
