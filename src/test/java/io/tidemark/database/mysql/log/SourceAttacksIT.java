package io.tidemark.database.mysql.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.LogReader;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.lab.Loans;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Behind everything that a source's sessions do, the rows that the log leads to are the source's,
 * or the stream has ended and says why, before anything that came later.
 */
class SourceAttacksIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  @TempDir static Path folder;

  private static final Map<MySqlVendor, LogServer> SERVERS = new EnumMap<>(MySqlVendor.class);
  private static int attacks;

  private static LogServer server(MySqlVendor vendor) throws SQLException {
    LogServer known = SERVERS.get(vendor);
    if (known == null) {
      MySqlServer lent = LOANS.mySql("attacked", vendor);
      known = new LogServer(lent);
      lent.createDatabase("elsewhere");
      // Hundreds of definitions: they need not outlast a crash.
      known.execute("SET GLOBAL sync_binlog = 0", "SET GLOBAL innodb_flush_log_at_trx_commit = 0");
      SERVERS.put(vendor, known);
    }
    return known;
  }

  static List<Arguments> attacks() {
    List<Arguments> all = new ArrayList<>();
    for (MySqlVendor vendor : MySqlVendor.values()) {
      SourceAttacks.all().stream()
          .filter(attack -> attack.vendors.contains(vendor))
          .forEach(attack -> all.add(Arguments.of(vendor, attack)));
    }
    return all;
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("attacks")
  void theRowsAreTheSourcesOrTheStreamEnds(MySqlVendor vendor, SourceAttack attack)
      throws Exception {
    LogServer server = server(vendor);
    String name = "a" + attacks++ + "x";
    server.execute(
        statements(
            name,
            List.of(
                "CREATE TABLE %t (" + attack.definition + ")",
                "INSERT INTO %t (id) VALUES (1), (2), (3)",
                "CREATE TABLE %m (id INT PRIMARY KEY)")));
    server.execute(statements(name, attack.setup));
    TableId id = new TableId("db", name);
    Selection selection =
        new Selection(
            List.of("db." + name, "db.m" + name),
            attack.columns.isEmpty() ? Map.of() : Map.of(id, attack.columns),
            Map.of());
    MySqlSource source =
        new MySqlSource(
            server.server().spec("db"), "s", selection, new SourceSettings(attack.changes));
    List<Table> tables = server.tables(source);
    BinlogPosition from = server.now();
    Map<String, List<String>> copy = rows(server, tables);
    Map<String, List<String>> before = new TreeMap<>(copy);
    try (LogReader log = source.openLog(1, from, tables, SourceMemory.NONE)) {
      List<String> done = new ArrayList<>(attack.preceding);
      done.addAll(attack.statements);
      server.session(attack.settings, statements(name, done));
      server.execute(statements(name, List.of("INSERT INTO %m VALUES (1000)")));
      Throwable end = catchThrowable(() -> follow(log, server.now(), copy));
      if (attack.stops) {
        assertThat(end).as("rows after: %s", copy).isInstanceOf(DatabaseException.class);
        assertThat(((DatabaseException) end).kind()).isEqualTo(DatabaseException.Kind.FATAL);
        assertThat(end).hasMessageContaining("after").hasMessageContaining("./tidemark drop");
        assertThat(attack.said).allSatisfy(said -> assertThat(end.getMessage()).contains(said));
        assertThat(end.getMessage())
            .contains(attack.namesTable ? "table db." + name : "statement")
            .doesNotContain("4711")
            .doesNotContain("secret");
        assertThat(copy).as("nothing behind it was delivered").isEqualTo(before);
      } else {
        assertThat(end).isNull();
        assertThat(copy)
            .isEqualTo(rows(server, tables))
            .containsKey(key(tables.get(1), List.of("1000")));
      }
    }
  }

  private static Map<String, List<String>> rows(LogServer server, List<Table> tables)
      throws SQLException {
    Map<String, List<String>> all = new TreeMap<>();
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      for (Table table : tables) {
        List<String> names = table.columns().stream().map(Column::name).toList();
        String sql = "SELECT %s FROM %s".formatted(String.join(", ", names), table.id());
        try (ResultSet rows = statement.executeQuery(sql)) {
          while (rows.next()) {
            List<String> row = new ArrayList<>();
            for (int i = 1; i <= names.size(); i++) {
              row.add(Optional.ofNullable(rows.getString(i)).orElse("<null>"));
            }
            all.put(key(table, row), row);
          }
        }
      }
    }
    return all;
  }

  private static String key(Table table, List<String> row) {
    return table.id() + " " + row.get(0);
  }

  private static String[] statements(String name, List<String> statements) throws Exception {
    Path file = folder.resolve("rows.txt");
    Files.writeString(file, "50\t5\tfrom a file\n51\t6\tfrom a file\n");
    return statements.stream()
        .map(
            sql ->
                sql.replace("%T", name.toUpperCase(Locale.ROOT))
                    .replace("%t", name)
                    .replace("%u", "u" + name)
                    .replace("%m", "m" + name)
                    .replace("%f", file.toString()))
        .toArray(String[]::new);
  }

  /** Does to the copy what the log says, up to a position. */
  private static void follow(LogReader log, BinlogPosition end, Map<String, List<String>> copy)
      throws InterruptedException {
    boolean there = false;
    while (!there) {
      LogReader.Message message = log.poll(Duration.ofSeconds(20)).orElseThrow();
      if (message instanceof LogReader.Changes piece) {
        piece.changes().forEach(change -> apply(change, copy));
      } else if (message instanceof LogReader.Commit commit) {
        there = commit.position().covers(end);
      } else if (message instanceof LogReader.Advance advance) {
        there = advance.position().covers(end);
      }
    }
  }

  private static void apply(RowChange change, Map<String, List<String>> copy) {
    if (change instanceof RowChange.Insert insert) {
      put(insert.table(), insert.row(), copy);
    } else if (change instanceof RowChange.Update update) {
      update.before().ifPresent(row -> remove(update.table(), row, copy));
      put(update.table(), update.after(), copy);
    } else if (change instanceof RowChange.Delete delete) {
      remove(delete.table(), delete.before(), copy);
    } else {
      RowChange.Truncate truncate = (RowChange.Truncate) change;
      truncate
          .tables()
          .forEach(table -> copy.keySet().removeIf(key -> key.startsWith(table.id() + " ")));
    }
  }

  private static void put(Table table, Row row, Map<String, List<String>> copy) {
    List<String> values = LogTranscript.values(table, row);
    assertThat(copy.put(key(table, values), values)).isNull();
  }

  private static void remove(Table table, Row row, Map<String, List<String>> copy) {
    assertThat(copy.remove(key(table, LogTranscript.values(table, row)))).isNotNull();
  }

  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void aDatabaseThatGoesTakesItsTablesWithIt(MySqlVendor vendor) throws Exception {
    LogServer server = server(vendor);
    List<String> ways =
        vendor == MySqlVendor.MARIADB
            ? List.of("DROP DATABASE gone", "CREATE OR REPLACE DATABASE gone")
            : List.of("DROP DATABASE gone", "DROP SCHEMA IF EXISTS `gone`");
    for (String way : ways) {
      server.execute("CREATE DATABASE gone", "CREATE TABLE gone.x (id INT PRIMARY KEY)");
      MySqlSource source =
          new MySqlSource(
              server.server().spec("gone"),
              "s",
              new Selection(List.of("gone.x"), Map.of(), Map.of()),
              SourceSettings.DEFAULT);
      List<Table> tables = server.tables(source);
      BinlogPosition from = server.now();
      try (LogReader log = source.openLog(1, from, tables, SourceMemory.NONE)) {
        server.execute(way, "CREATE DATABASE IF NOT EXISTS gone");
        assertThatThrownBy(() -> follow(log, server.now(), new TreeMap<>()))
            .isInstanceOf(DatabaseException.class)
            .hasMessageContaining("table gone.x")
            .hasMessageContaining(way);
      }
      server.execute("DROP DATABASE gone");
    }
  }
}
