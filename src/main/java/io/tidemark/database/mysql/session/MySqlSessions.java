package io.tidemark.database.mysql.session;

import com.mysql.cj.jdbc.NonRegisteringDriver;
import io.tidemark.database.DatabaseException;
import io.tidemark.settings.ConnectionSpec;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Opens connections to MySQL or MariaDB on which the same value always has the same text, whatever
 * the server, the account or the machine are set to, and which no server-side time-out ends soon.
 *
 * <p>Read values with {@code getBytes}: these are the server's own bytes, text in UTF-8.
 */
public final class MySqlSessions {

  private static final int CONNECT_MILLIS = 10_000;

  /** The longest that both servers allow for waiting on a client, in seconds: a day. */
  private static final int PATIENCE_SECONDS = 86_400;

  private static final String PREFIX = "jdbc:mysql://";
  private static final String MARIADB_PREFIX = "jdbc:mariadb://";

  /** How the MariaDB driver writes what the MySQL driver calls {@code sslMode}. */
  private static final Map<String, String> MARIADB_SSL_MODES =
      Map.of(
          "disable", "DISABLED",
          "trust", "REQUIRED",
          "verify-ca", "VERIFY_CA",
          "verify-full", "VERIFY_IDENTITY");

  private static final Pattern SSL_MODE = Pattern.compile("(?i)([?&]sslMode=)([^&]*)");

  /**
   * What a value may be that comes from another server: everything that its own strict mode took,
   * zero dates included. A backslash escapes, and a zero is no wish for a number.
   */
  private static final String SQL_MODE =
      "STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION,"
          + "ALLOW_INVALID_DATES,ERROR_FOR_DIVISION_BY_ZERO";

  static {
    // The driver's thread for connections that nobody closed would hold the classes of every job
    // ever submitted to a Flink cluster.
    System.setProperty("com.mysql.cj.disableAbandonedConnectionCleanup", "true");
  }

  private static final NonRegisteringDriver DRIVER = driver();

  private MySqlSessions() {}

  private static NonRegisteringDriver driver() {
    try {
      return new NonRegisteringDriver();
    } catch (SQLException e) {
      throw new IllegalStateException("the MySQL driver does not load", e);
    }
  }

  /** A connection in auto-commit mode; {@code name} is what the server shows as its program. */
  public static Connection open(ConnectionSpec spec, String name) {
    return open(spec, name, Map.of());
  }

  /**
   * @param parameters of the driver, before those of the URL
   */
  public static Connection open(ConnectionSpec spec, String name, Map<String, String> parameters) {
    Properties properties = new Properties();
    properties.putAll(parameters);
    properties.put("user", spec.user());
    properties.put("password", spec.password());
    Map<String, String> own = new LinkedHashMap<>();
    own.put("characterEncoding", "UTF-8");
    own.put("characterSetResults", "UTF-8");
    own.put("connectionTimeZone", "UTC");
    own.put("tinyInt1isBit", "false");
    own.put("yearIsDateType", "false");
    own.put("useServerPrepStmts", "false");
    own.put("allowMultiQueries", "true");
    own.put("connectTimeout", String.valueOf(CONNECT_MILLIS));
    own.put("socketTimeout", "0");
    own.put("tcpKeepAlive", "true");
    // Otherwise the driver sets and resets net_write_timeout around every streamed result.
    own.put("netTimeoutForStreamingResults", "0");
    own.put("connectionAttributes", "program_name:" + name.replace(',', '_'));
    properties.putAll(own);
    Connection connection = connect(spec, properties);
    try {
      configure(connection);
      return connection;
    } catch (SQLException e) {
      DatabaseException failure =
          MySqlErrors.classify("preparing the session at " + spec.displayUrl(), e);
      close(connection, failure);
      throw failure;
    } catch (DatabaseException e) {
      close(connection, e);
      throw e;
    }
  }

  /** The URL as the driver takes it: MariaDB's form says the same in other words. */
  public static String driverUrl(String url) {
    if (!url.startsWith(MARIADB_PREFIX)) {
      return url;
    }
    Matcher matcher = SSL_MODE.matcher(url.substring(MARIADB_PREFIX.length()));
    return PREFIX
        + matcher.replaceAll(
            mode ->
                Matcher.quoteReplacement(
                    mode.group(1)
                        + MARIADB_SSL_MODES.getOrDefault(
                            mode.group(2).toLowerCase(Locale.ROOT), mode.group(2))));
  }

  private static Connection connect(ConnectionSpec spec, Properties properties) {
    try {
      // Not through DriverManager: it sees only drivers of the caller's class loader, and Flink
      // gives every job its own.
      Connection connection = DRIVER.connect(driverUrl(spec.url()), properties);
      if (connection == null) {
        throw new DatabaseException(
            DatabaseException.Kind.FATAL,
            spec.displayUrl()
                + " is not the URL of a MySQL or MariaDB database; write"
                + " jdbc:mysql://host:port/database or jdbc:mariadb://host:port/database");
      }
      return connection;
    } catch (SQLException e) {
      throw MySqlErrors.classify("connecting to " + spec.displayUrl() + " as " + spec.user(), e);
    }
  }

  private static void configure(Connection connection) throws SQLException {
    ServerVersion server = version(connection);
    if (!server.isMariaDb() && !server.isAtLeast(8, 0)
        || server.isMariaDb() && !server.isAtLeast(10, 5)) {
      throw new DatabaseException(
          DatabaseException.Kind.FATAL,
          "the server runs " + server + "; Tidemark needs MySQL 8.0 or MariaDB 10.5, or later");
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "SET SESSION time_zone = '+00:00', sql_mode = '"
              + SQL_MODE
              + "', sql_safe_updates = 0, sql_select_limit = DEFAULT, sql_big_selects = 1,"
              + " sql_auto_is_null = 0, sql_quote_show_create = 1, group_concat_max_len = 1048576,"
              + (" wait_timeout = " + PATIENCE_SECONDS)
              + (", net_read_timeout = " + PATIENCE_SECONDS)
              + (", net_write_timeout = " + PATIENCE_SECONDS)
              + (server.isMariaDb()
                  ? ", max_statement_time = 0, idle_transaction_timeout = 0"
                  // The statistics of tables as they are, not as they were a day ago.
                  : ", max_execution_time = 0, information_schema_stats_expiry = 0"));
    }
  }

  /** What is at the other end. */
  static ServerVersion version(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT VERSION()")) {
      row.next();
      return ServerVersion.parse(row.getString(1));
    }
  }

  private static void close(Connection connection, DatabaseException failure) {
    try {
      connection.close();
    } catch (SQLException e) {
      failure.addSuppressed(e);
    }
  }
}
