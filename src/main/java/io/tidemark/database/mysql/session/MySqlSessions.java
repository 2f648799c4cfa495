package io.tidemark.database.mysql.session;

import com.mysql.cj.jdbc.NonRegisteringDriver;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.jdbc.Patience;
import io.tidemark.settings.ConnectionSpec;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
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

  /** How long a server waits for a client that does nothing, in seconds: a day. */
  public static final int PATIENCE_SECONDS = 86_400;

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

  /** The same, for statements that may take hours without a word from the server. */
  public static Connection openPatient(ConnectionSpec spec, String name) {
    return open(spec, name, Map.of(), Duration.ZERO);
  }

  /**
   * @param parameters of the driver, before those of the URL
   */
  public static Connection open(ConnectionSpec spec, String name, Map<String, String> parameters) {
    return open(spec, name, parameters, patience(spec).answer());
  }

  /** How long answers are waited for; the driver's unit is a millisecond. */
  public static Patience patience(ConnectionSpec spec) {
    return Patience.of(spec, Duration.ofMillis(1));
  }

  /** A statement that lets the server end the session once its client is silent for so long. */
  public static String silenceLimit(int seconds) {
    return "SET SESSION wait_timeout = "
        + seconds
        + ", net_read_timeout = "
        + seconds
        + ", net_write_timeout = "
        + seconds;
  }

  private static Connection open(
      ConnectionSpec spec, String name, Map<String, String> parameters, Duration longestAnswer) {
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
    // These take precedence over the URL's, which could leave rows out, count others, go on with
    // another session in the middle of a transaction, or keep a COMMIT from being sent.
    own.put("maxRows", "-1");
    own.put("useAffectedRows", "false");
    own.put("autoReconnect", "false");
    own.put("useLocalSessionState", "false");
    own.put("useLocalTransactionState", "false");
    own.put("elideSetAutoCommits", "false");
    own.put("continueBatchOnError", "false");
    own.put("useCursorFetch", "false");
    own.put("connectTimeout", String.valueOf(CONNECT_MILLIS));
    own.put("socketTimeout", String.valueOf(Patience.OPENING.toMillis()));
    own.put("tcpKeepAlive", "true");
    if (NonRegisteringDriver.class.getClassLoader() == MySqlSessions.class.getClassLoader()
        && !spec.url().contains("socketFactory=")) {
      // The driver loads it by its name.
      own.put("socketFactory", KeptSocketFactory.class.getName());
    }
    // Otherwise the driver sets and resets net_write_timeout around every streamed result.
    own.put("netTimeoutForStreamingResults", "0");
    own.put("connectionAttributes", "program_name:" + name.replace(',', '_'));
    properties.putAll(own);
    Connection connection = connect(spec, properties);
    try {
      configure(connection);
      connection.setNetworkTimeout(Runnable::run, Math.toIntExact(longestAnswer.toMillis()));
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
    try (Statement statement = connection.createStatement()) {
      statement.execute(SessionSettings.first());
      ServerVersion server = version(connection);
      if (!server.isMariaDb() && !server.isAtLeast(8, 0)
          || server.isMariaDb() && !server.isAtLeast(10, 5)) {
        throw new DatabaseException(
            DatabaseException.Kind.FATAL,
            "the server runs " + server + "; Tidemark needs MySQL 8.0 or MariaDB 10.5, or later");
      }
      statement.execute(SessionSettings.statements(server));
      if (server.isMariaDb()) {
        requirePresentRows(statement);
      }
    }
  }

  private static void requirePresentRows(Statement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery(SessionSettings.WHICH_ROWS)) {
      row.next();
      if (!row.getString(1).equals(SessionSettings.PRESENT)) {
        throw new DatabaseException(
            DatabaseException.Kind.FATAL,
            "the server shows the rows of system-versioned tables as they were at "
                + row.getString(1)
                + ", not as they are: SET GLOBAL system_versioning_asof = DEFAULT, take it out of"
                + " init_connect and the option file, and start again");
      }
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
