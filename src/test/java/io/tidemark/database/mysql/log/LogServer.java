package io.tidemark.database.mysql.log;

import io.tidemark.database.LogReader;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.catalog.MySqlCatalog;
import io.tidemark.database.mysql.position.BinlogPlace;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.database.mysql.position.GtidSet;
import io.tidemark.database.mysql.position.MariaDbGtidList;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.MySqlSessions;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;

/** A real server with a database {@code db}, whose log is read. */
final class LogServer {

  private final MySqlServer server;

  /**
   * @param server without that database
   */
  LogServer(MySqlServer server) throws SQLException {
    this.server = server;
    server.createDatabase("db");
  }

  MySqlServer server() {
    return server;
  }

  void execute(String... statements) throws SQLException {
    server.execute("db", statements);
  }

  /** Runs statements in one session, after its settings. */
  void session(List<String> settings, String... statements) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      for (String setting : settings) {
        statement.execute("SET SESSION " + setting);
      }
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** What the statements of one session lead to, transaction by transaction. */
  List<List<String>> changes(MySqlSource source, List<String> settings, String... statements)
      throws SQLException, InterruptedException {
    BinlogPosition from = now();
    session(settings, statements);
    return SameTransactions.read(this, source, from);
  }

  /** Removes all of the log but its last file. */
  void purge() {
    try (MySqlQueries queries = queries()) {
      List<String> files = queries.list("files", "SHOW BINARY LOGS", row -> row.getString(1));
      queries.execute("purging", "PURGE BINARY LOGS TO '" + files.get(files.size() - 1) + "'");
    }
  }

  Connection connect() throws SQLException {
    return server.connect("db");
  }

  MySqlSource source(SourceSettings settings, Map<TableId, String> filters, String... tables) {
    return new MySqlSource(
        server.spec("db"),
        "s",
        new Selection(
            java.util.Arrays.stream(tables).map(name -> "db." + name).toList(), Map.of(), filters),
        settings);
  }

  MySqlSource source(String... tables) {
    return source(SourceSettings.DEFAULT, Map.of(), tables);
  }

  MySqlQueries queries() {
    return new MySqlQueries(MySqlSessions.open(server.spec("db"), "test"));
  }

  List<Table> tables(MySqlSource source) {
    try (MySqlQueries queries = queries()) {
      return MySqlCatalog.tables(queries, source.own().selection());
    }
  }

  /** Where the log ends now, in GTIDs. */
  BinlogPosition now() {
    try (MySqlQueries queries = queries()) {
      if (server.vendor() == MySqlVendor.MARIADB) {
        return new BinlogPosition(
            MariaDbGtidList.parse(
                queries.one("position", "SELECT @@gtid_binlog_pos", row -> row.getString(1))));
      }
      return new BinlogPosition(
          GtidSet.parse(
              queries.one("position", "SELECT @@global.gtid_executed", row -> row.getString(1))));
    }
  }

  /** Where the log ends now, by file. */
  BinlogPosition nowByFile() {
    try (MySqlQueries queries = queries()) {
      String statement =
          server.vendor() == MySqlVendor.MARIADB ? "SHOW MASTER STATUS" : "SHOW BINARY LOG STATUS";
      return new BinlogPosition(
          queries.one(
              "position", statement, row -> new BinlogPlace(row.getString(1), row.getLong(2))));
    }
  }

  LogReader open(MySqlSource source, BinlogPosition from) {
    return source.openLog(1, from, tables(source), SourceMemory.NONE);
  }
}
