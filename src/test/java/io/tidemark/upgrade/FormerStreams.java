package io.tidemark.upgrade;

import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import io.tidemark.lab.ServerData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What streams of a Tidemark of one time had left when they were stopped, in a folder: the source's
 * binary log, its UUID and its rows; each target's tables and ledger as SQL statements, one to a
 * line; and a savepoint of each. A MySQL source is what such a thing can be kept of in a few
 * kilobytes: its positions mean the same on whichever server has its log and its UUID, where a
 * PostgreSQL source's mean nothing without its whole folder of data.
 *
 * @param folder where it lies
 */
record FormerStreams(Path folder) {

  /** What the streams copy. */
  static final String SCHEMA = "shop";

  private static final String LEDGER = "tidemark";
  private static final String LOG = "binlog";

  /** Those that there are. */
  static List<FormerStreams> all() throws IOException {
    try (Stream<Path> folders = Files.list(Path.of("src/test/resources/upgrade"))) {
      return folders.sorted().map(FormerStreams::new).toList();
    }
  }

  /** The schema of a target that a stream fills, which is called as the stream is. */
  static String schema(String stream) {
    return SCHEMA + "_" + stream;
  }

  /** The savepoint of a stream. */
  Path savepoint(String stream, Server target) {
    return folder.resolve("savepoint-" + stream + "-" + vendor(target));
  }

  private Path dump(Server target) {
    return folder.resolve("target-" + vendor(target) + ".sql");
  }

  private static String vendor(Server server) {
    return server instanceof PostgresServer ? "postgres" : "mysql";
  }

  /** Writes down what the source is; nobody writes to it. */
  void keepSource(MySqlServer source) throws SQLException, IOException {
    source.execute("", "FLUSH BINARY LOGS");
    List<String> statements = new ArrayList<>();
    try (Connection connection = source.connect(SCHEMA)) {
      for (String table : tables(connection, SCHEMA)) {
        mySqlTable(connection, SCHEMA, table, statements);
      }
      Files.writeString(
          folder.resolve("server-uuid"), column(connection, "SELECT @@server_uuid").get(0));
    }
    Files.write(folder.resolve("source.sql"), statements);
    try (ServerData data = ServerData.of(source)) {
      List<String> files = logs(data.folder());
      for (String file : files.subList(0, files.size() - 1)) {
        Files.copy(data.folder().resolve(file), folder.resolve(file));
      }
    }
  }

  /** Writes down what is at a target; nobody writes to it. */
  void keepTarget(Server target, String database, List<String> streams)
      throws SQLException, IOException {
    List<String> statements = new ArrayList<>();
    try (Connection connection = target.connect(database)) {
      List<String> schemas = new ArrayList<>(streams.stream().map(FormerStreams::schema).toList());
      schemas.add(LEDGER);
      for (String schema : schemas) {
        statements.add("CREATE SCHEMA " + schema);
        for (String table : tables(connection, schema)) {
          if (target instanceof PostgresServer) {
            postgresTable(connection, schema, table, statements);
          } else {
            mySqlTable(connection, schema, table, statements);
          }
        }
      }
    }
    Files.write(dump(target), statements);
  }

  /** Makes a server that is new and has nothing what the source was. */
  void restoreSource(MySqlServer source) throws SQLException, IOException {
    source.createDatabase(SCHEMA);
    try (Connection connection = source.connect(SCHEMA);
        Statement statement = connection.createStatement()) {
      statement.execute("SET sql_log_bin = 0");
      for (String line : Files.readAllLines(folder.resolve("source.sql"))) {
        statement.execute(line);
      }
      statement.execute("RESET BINARY LOGS AND GTIDS");
    }
    try (ServerData data = ServerData.of(source)) {
      source.kill();
      for (String file : logs(data.folder())) {
        Files.delete(data.folder().resolve(file));
      }
      List<String> kept = logs(folder);
      for (String file : kept) {
        Files.copy(folder.resolve(file), data.folder().resolve(file));
      }
      Files.write(
          data.folder().resolve(LOG + ".index"), kept.stream().map(file -> "./" + file).toList());
      Files.writeString(
          data.folder().resolve("auto.cnf"),
          "[auto]\nserver-uuid=" + Files.readString(folder.resolve("server-uuid")) + "\n");
      source.startAgain();
    }
  }

  /** Makes a database what the target's was. */
  void restoreTarget(Server target, String database) throws SQLException, IOException {
    target.execute(database, Files.readAllLines(dump(target)).toArray(String[]::new));
  }

  private static List<String> logs(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches(LOG + "\\.\\d+"))
          .sorted()
          .toList();
    }
  }

  private static List<String> tables(Connection connection, String schema) throws SQLException {
    return column(
        connection,
        "SELECT table_name FROM information_schema.tables WHERE table_schema = '"
            + schema
            + "' AND table_type = 'BASE TABLE' ORDER BY 1");
  }

  private static List<String> column(Connection connection, String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        values.add(rows.getString(rows.getMetaData().getColumnCount()));
      }
    }
    return values;
  }

  private static void mySqlTable(
      Connection connection, String schema, String table, List<String> statements)
      throws SQLException {
    String name = schema + "." + table;
    String definition = column(connection, "SHOW CREATE TABLE " + name).get(0);
    statements.add(
        definition
            .replace("CREATE TABLE `" + table + "`", "CREATE TABLE " + name)
            .replace("\n", " "));
    List<String> columns =
        column(
            connection,
            "SELECT column_name FROM information_schema.columns WHERE table_schema = '"
                + schema
                + "' AND table_name = '"
                + table
                + "' AND extra NOT LIKE '%GENERATED%' ORDER BY ordinal_position");
    rows(connection, name, columns, statements, "\\\\");
  }

  private static void postgresTable(
      Connection connection, String schema, String table, List<String> statements)
      throws SQLException {
    String name = schema + "." + table;
    String columns =
        column(
                connection,
                "SELECT string_agg(concat_ws(' ', quote_ident(a.attname),"
                    + " format_type(a.atttypid, a.atttypmod), 'DEFAULT ' || pg_get_expr(d.adbin,"
                    + " d.adrelid), CASE WHEN a.attnotnull THEN 'NOT NULL' END), ', ' ORDER BY"
                    + " a.attnum) FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid ="
                    + " a.attrelid AND d.adnum = a.attnum WHERE a.attnum > 0 AND a.attrelid = '"
                    + name
                    + "'::regclass")
            .get(0);
    List<String> keys =
        column(
            connection,
            "SELECT ', ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE contype IN ('p',"
                + " 'u') AND conrelid = '"
                + name
                + "'::regclass ORDER BY oid");
    statements.add("CREATE TABLE " + name + " (" + columns + String.join("", keys) + ")");
    rows(
        connection,
        name,
        column(
            connection,
            "SELECT column_name FROM information_schema.columns WHERE table_schema = '"
                + schema
                + "' AND table_name = '"
                + table
                + "' ORDER BY ordinal_position"),
        statements,
        "\\");
  }

  /** A statement to a table: whoever reads the folder in a change sees what has changed. */
  private static void rows(
      Connection connection,
      String name,
      List<String> columns,
      List<String> statements,
      String backslash)
      throws SQLException {
    String list = String.join(", ", columns);
    List<String> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet found =
            statement.executeQuery("SELECT " + list + " FROM " + name + " ORDER BY 1, 2")) {
      ResultSetMetaData types = found.getMetaData();
      while (found.next()) {
        List<String> values = new ArrayList<>();
        for (int i = 1; i <= types.getColumnCount(); i++) {
          values.add(literal(found.getString(i), backslash));
        }
        rows.add("(" + String.join(", ", values) + ")");
      }
    }
    if (!rows.isEmpty()) {
      statements.add("INSERT INTO " + name + " (" + list + ") VALUES " + String.join(", ", rows));
    }
  }

  /** Line ends stand in the names of facts, and a statement is to be one line. */
  private static String literal(String value, String backslash) {
    if (value == null) {
      return "NULL";
    }
    String quoted = "'" + value.replace("\\", backslash).replace("'", "''") + "'";
    if (!value.contains("\n")) {
      return quoted;
    }
    return backslash.length() > 1
        ? quoted.replace("\n", "\\n")
        : "E" + quoted.replace("\\", "\\\\").replace("\n", "\\n");
  }
}
