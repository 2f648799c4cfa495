package io.tidemark.database.mysql.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.LogReader;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a MySQL server's log leads to, change by change. */
class MySqlLogReaderIT {

  private static LogServer server;

  @BeforeAll
  static void start(@MySql MySqlServer lent) throws SQLException {
    server = new LogServer(lent);
  }

  @Test
  void deliversTheTransactionsOfTheStreamInOrder() throws Exception {
    server.execute(
        "CREATE TABLE a (id INT PRIMARY KEY, name VARCHAR(20))", "CREATE TABLE b (id INT)");
    MySqlSource source = server.source("a");
    BinlogPosition from = server.now();
    Instant before = Instant.now().minusSeconds(5);
    server.execute(
        "INSERT INTO a VALUES (1, 'one'), (2, NULL)",
        "INSERT INTO b VALUES (1)",
        "UPDATE a SET name = 'two' WHERE id = 2",
        "UPDATE a SET id = 3 WHERE id = 1",
        "DELETE FROM a WHERE id = 3",
        "TRUNCATE TABLE a");
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("INSERT INTO a VALUES (7, 'sieben')");
      statement.execute("INSERT INTO b VALUES (7)");
      statement.execute("INSERT INTO a VALUES (8, 'acht')");
      connection.commit();
    }
    BinlogPosition end = server.now();
    try (LogReader log = server.open(source, from)) {
      LogTranscript.Transaction first = LogTranscript.next(log);
      assertThat(first.changes()).containsExactly("insert (1|one)", "insert (2|<null>)");
      assertThat(first.commit().committedAt()).isBetween(before, Instant.now().plusSeconds(5));
      assertThat(first.commit().position().covers(from)).isTrue();
      assertThat(((BinlogPosition) first.commit().position()).executed().contains(first.id()))
          .isTrue();
      assertThat(LogTranscript.next(log).changes()).containsExactly("update (2|<null>) -> (2|two)");
      assertThat(LogTranscript.next(log).changes()).containsExactly("update (1|one) -> (3|one)");
      assertThat(LogTranscript.next(log).changes()).containsExactly("delete (3|one)");
      assertThat(LogTranscript.next(log).changes()).containsExactly("truncate [db.a]");
      LogTranscript.Transaction last = LogTranscript.next(log);
      assertThat(last.changes()).containsExactly("insert (7|sieben)", "insert (8|acht)");
      assertThat(last.commit().position()).isEqualTo(end);
      server.execute("INSERT INTO b VALUES (9)");
      BinlogPosition later = server.now();
      LogReader.Message message = log.poll(Duration.ofSeconds(10)).orElseThrow();
      assertThat(message).isEqualTo(new LogReader.Advance(later));
    }
  }
}
