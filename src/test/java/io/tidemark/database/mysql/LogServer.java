package io.tidemark.database.mysql;

import io.tidemark.database.LogReader;
import io.tidemark.database.Selection;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** A real server with a database {@code db}, whose log is read. */
final class LogServer implements AutoCloseable {

  private final MySqlServer server;

  LogServer(MySqlVendor flavour, Map<String, String> settings) throws SQLException {
    server = new MySqlServer(flavour, settings);
    server.createDatabase("db");
  }

  MySqlServer server() {
    return server;
  }

  void execute(String... statements) throws SQLException {
    server.execute("db", statements);
  }

  Connection connect() throws SQLException {
    return server.connect("db");
  }

  MySqlSource source(MySqlSourceSettings settings, Map<TableId, String> filters, String... tables) {
    return new MySqlSource(
        server.spec("db"),
        "s",
        new Selection(
            java.util.Arrays.stream(tables).map(name -> "db." + name).toList(), Map.of(), filters),
        settings);
  }

  MySqlSource source(String... tables) {
    return source(MySqlSourceSettings.DEFAULT, Map.of(), tables);
  }

  MySqlQueries queries() {
    return new MySqlQueries(MySqlSessions.open(server.spec("db"), "test"));
  }

  List<Table> tables(MySqlSource source) {
    try (MySqlQueries queries = queries()) {
      return MySqlCatalog.tables(queries, source.selection());
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
    return source.openLog(1, from, tables(source));
  }

  @Override
  public void close() {
    server.close();
  }
}
