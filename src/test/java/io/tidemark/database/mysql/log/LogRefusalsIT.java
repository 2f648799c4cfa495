package io.tidemark.database.mysql.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.LogReader;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.database.mysql.position.Gtid;
import io.tidemark.database.mysql.position.GtidSet;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.schema.Table;
import io.tidemark.settings.SchemaChanges;
import io.tidemark.settings.SourceSettings;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What of a MySQL log cannot be followed, and how that is said. */
class LogRefusalsIT {

  private static LogServer server;
  private static int tables;

  @BeforeAll
  static void start(@MySql MySqlServer lent) throws SQLException {
    server = new LogServer(lent);
  }

  private static void assertFatal(ThrowingCallable call, String... parts) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            DatabaseException.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(Kind.FATAL);
              assertThat(failure.getMessage()).contains(parts);
            });
  }

  private static MySqlSource ignoring(String table) {
    return server.source(new SourceSettings(SchemaChanges.IGNORE), Map.of(), table);
  }

  private static String newTable(String columns) throws SQLException {
    String name = "r" + tables++;
    server.execute("CREATE TABLE " + name + " (" + columns + ")");
    return name;
  }

  private static List<List<String>> read(
      MySqlSource source, List<Table> announced, BinlogPosition from) throws Exception {
    return SameTransactions.read(server, source, announced, from);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ALTER TABLE %s ADD COLUMN n INT",
        "ALTER TABLE db.%s MODIFY a BIGINT, ADD INDEX (a)",
        "ALTER TABLE %s DROP COLUMN a",
        "ALTER TABLE `db`.`%s` RENAME COLUMN a TO b",
        "DROP TABLE %s",
        "RENAME TABLE %s TO %1$s_away",
        "ALTER TABLE %s RENAME TO %1$s_away2",
        "/* c */ alter /*!80000 table */ %s change a b int"
      })
  void aStatementThatChangesATableStopsTheStream(String statement) throws Exception {
    String table = newTable("id INT PRIMARY KEY, a INT");
    MySqlSource source = server.source(table);
    List<Table> announced = server.tables(source);
    BinlogPosition from = server.now();
    try (LogReader log = source.openLog(1, from, announced, SourceMemory.NONE)) {
      server.execute("INSERT INTO " + table + " VALUES (1, 2)");
      server.execute(String.format(statement, table));
      assertThat(LogTranscript.next(log).changes()).containsExactly("insert (1|2)");
      assertFatal(
          () -> log.poll(Duration.ofSeconds(20)), "table db." + table, "./tidemark drop", "after");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ALTER TABLE %s ADD INDEX x (a), ALGORITHM = INPLACE, LOCK = NONE",
        "CREATE INDEX y ON %s (a)",
        "ALTER TABLE %s COMMENT 'c', AUTO_INCREMENT = 100",
        "ANALYZE TABLE %s",
        "CREATE TABLE IF NOT EXISTS %s (z INT)",
        "CREATE VIEW v_%s AS SELECT 1",
        "CREATE TABLE other_%s AS SELECT 1 AS x",
        "DROP TABLE IF EXISTS nobody",
        "CREATE USER u_%s"
      })
  void aStatementThatCannotMatterIsPassedOver(String statement) throws Exception {
    String table = newTable("id INT PRIMARY KEY, a INT");
    MySqlSource source = server.source(table);
    List<Table> announced = server.tables(source);
    BinlogPosition from = server.now();
    server.execute(String.format(statement, table));
    server.execute("INSERT INTO " + table + " VALUES (1, 2)");
    assertThat(read(source, announced, from)).containsExactly(List.of("insert (1|2)"));
  }

  @Test
  void whereChangesAreIgnoredRowsMustStillFit() throws Exception {
    String table = newTable("id INT PRIMARY KEY, a INT");
    MySqlSource source = ignoring(table);
    List<Table> announced = server.tables(source);
    BinlogPosition from = server.now();
    try (LogReader log = source.openLog(1, from, announced, SourceMemory.NONE)) {
      server.execute("ALTER TABLE " + table + " ADD COLUMN n INT FIRST");
      server.execute("INSERT INTO " + table + " VALUES (9, 1, 2)");
      assertThat(LogTranscript.next(log).changes()).containsExactly("insert (1|2)");
      // Of this the log tells nothing but by what its rows look like.
      server.session(List.of("sql_log_bin = 0"), "ALTER TABLE " + table + " MODIFY a INT UNSIGNED");
      server.execute("INSERT INTO " + table + " VALUES (9, 2, 3)");
      assertFatal(() -> LogTranscript.next(log), "db." + table, "column a", "no sign");
    }
    BinlogPosition later = server.now();
    server.execute("DROP TABLE " + table);
    assertFatal(() -> read(source, announced, later), "db." + table);
  }

  @Test
  void withoutNamesInTheLogColumnsMustBeAsManyAndOfTheSameTypes() throws Exception {
    String table = newTable("id INT PRIMARY KEY, a INT");
    MySqlSource source = server.source(table);
    List<Table> announced = server.tables(source);
    server.execute("SET GLOBAL binlog_row_metadata = 'MINIMAL'");
    try (LogReader log = source.openLog(1, server.now(), announced, SourceMemory.NONE)) {
      server.session(List.of("sql_log_bin = 0"), "ALTER TABLE " + table + " ADD COLUMN n INT");
      server.execute("INSERT INTO " + table + " VALUES (1, 2, 3)");
      assertFatal(() -> LogTranscript.next(log), "db." + table, "3 columns", "2");
    } finally {
      server.execute("SET GLOBAL binlog_row_metadata = 'FULL'");
    }
  }

  @Test
  void withoutNamesInTheLogNoRowIsReadByACatalogThatIsYounger() throws Exception {
    String table = newTable("id INT PRIMARY KEY, a INT, b INT");
    MySqlSource source = server.source(table);
    MySqlSource ignoring = ignoring(table);
    BinlogPosition from = server.now();
    server.execute("SET GLOBAL binlog_row_metadata = 'MINIMAL'");
    try {
      server.execute(
          "INSERT INTO " + table + " VALUES (1, 2, 3)",
          "FLUSH BINARY LOGS",
          "ALTER TABLE " + table + " ADD INDEX (a)",
          "INSERT INTO " + table + " VALUES (2, 3, 4)");
      assertThat(read(source, server.tables(source), from))
          .containsExactly(List.of("insert (1|2|3)"), List.of("insert (2|3|4)"));
      server.execute("ALTER TABLE " + table + " MODIFY b INT AFTER id");
      assertFatal(
          () -> read(source, server.tables(source), from),
          "table db." + table,
          "MODIFY b",
          "binlog_row_metadata = FULL");
      assertFatal(
          () -> read(ignoring, server.tables(ignoring), from),
          "table db." + table,
          "schema-changes",
          "binlog_row_metadata");
      BinlogPosition later = server.now();
      server.execute("INSERT INTO " + table + " (id, a, b) VALUES (3, 4, 5)");
      assertThat(read(source, server.tables(source), later))
          .containsExactly(List.of("insert (3|5|4)"));
    } finally {
      server.execute("SET GLOBAL binlog_row_metadata = 'FULL'");
    }
  }

  @Test
  void aStatementInsteadOfRowsIsRefused() throws Exception {
    String table = newTable("id INT PRIMARY KEY, a INT");
    MySqlSource source = server.source(table);
    BinlogPosition from = server.now();
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SET SESSION binlog_format = 'STATEMENT'");
      statement.execute("INSERT INTO " + table + " VALUES (1, 4711)");
    }
    assertFatal(() -> read(source, server.tables(source), from), "INSERT", "binlog_format = ROW");
    assertThatThrownBy(() -> read(source, server.tables(source), from))
        .hasMessageNotContaining("4711");
  }

  @Test
  void aTableWithoutKeyNeedsWholeImages() throws Exception {
    String table = newTable("a INT, b INT");
    MySqlSource source = server.source(table);
    BinlogPosition from = server.now();
    server.execute("INSERT INTO " + table + " VALUES (1, NULL)");
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SET SESSION binlog_row_image = 'MINIMAL'");
      statement.execute("UPDATE " + table + " SET b = 2");
    }
    server.execute("DELETE FROM " + table);
    assertThat(read(source, server.tables(source), from))
        .containsExactly(
            List.of("insert (1|<null>)"),
            List.of("update (1|<null>) -> (1|2)"),
            List.of("delete (1|2)"));
  }

  @Test
  void aPurgedLogIsNamedAndNeverAGap(@MySql MySqlServer lent) throws Exception {
    LogServer purged = new LogServer(lent);
    purged.execute("CREATE TABLE p (id INT PRIMARY KEY)");
    MySqlSource source = purged.source("p");
    BinlogPosition from = purged.now();
    BinlogPosition fromFile = purged.nowByFile();
    purged.execute("INSERT INTO p VALUES (1)", "FLUSH BINARY LOGS", "INSERT INTO p VALUES (2)");
    purged.purge();
    for (BinlogPosition position : List.of(from, fromFile)) {
      try (LogReader log = purged.open(source, position)) {
        assertFatal(() -> LogTranscript.next(log), "1236", "drop it with ./tidemark drop");
      }
    }
    GtidSet executed = (GtidSet) from.executed();
    Gtid missing = executed.next(executed.origins().iterator().next().source(), "");
    try (LogReader log = purged.open(source, from)) {
      assertFatal(() -> LogTranscript.next(log), missing.print());
    }
  }
}
