package io.tidemark.database.postgres.session;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.jdbc.Patience;
import io.tidemark.settings.ConnectionSpec;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/**
 * Opens connections on which the same value always has the same text, whatever the server, the role
 * or the machine are set to, and which no server-side time-out ends.
 */
public final class PostgresSessions {

  private static final int CONNECT_SECONDS = 10;
  private static final int LOGIN_SECONDS = 20;

  /** The oldest major version that is supported, as a source and as a target. */
  static final int MINIMUM_VERSION = 14;

  private static final String SETTINGS =
      String.join(
          ";",
          "SET client_encoding = 'UTF8'",
          "SET DateStyle = 'ISO'",
          "SET IntervalStyle = 'postgres'",
          "SET TimeZone = 'UTC'",
          "SET extra_float_digits = 3",
          "SET bytea_output = 'hex'",
          "SET lc_monetary = 'C'",
          "SET xmloption = 'content'",
          // Only pg_catalog is found unqualified: a name in the user's schemas can shadow nothing.
          "SET search_path = ''",
          "SET standard_conforming_strings = on",
          "SET statement_timeout = 0",
          "SET lock_timeout = 0",
          "SET idle_in_transaction_session_timeout = 0",
          "SET idle_session_timeout = 0",
          "SET default_transaction_isolation = 'read committed'",
          // A policy that hides rows is an error instead of a copy that lacks them.
          "SET row_security = off",
          "SET client_min_messages = warning",
          "SET default_transaction_read_only = off",
          "SET default_transaction_deferrable = off",
          // A NULL in an array literal is the text NULL without it.
          "SET array_nulls = on",
          "SET transform_null_equals = off",
          "SET xmlbinary = 'base64'",
          "SET lc_numeric = 'C'",
          "SET lc_time = 'C'",
          "SET timezone_abbreviations = 'Default'",
          // Otherwise a string with a backslash is refused, or means something else.
          "SET backslash_quote = 'safe_encoding'",
          "SET escape_string_warning = off",
          // What the catalog says of expressions and types is compared and parsed.
          "SET quote_all_identifiers = off",
          // Otherwise a condition over a GIN index finds some of its rows, at random.
          "SET gin_fuzzy_search_limit = 0",
          "SET default_table_access_method = 'heap'",
          "SET check_function_bodies = on",
          "SET constraint_exclusion = 'partition'",
          "SET synchronous_commit = on",
          "SET exit_on_error = off",
          // So that a server soon misses a client that is gone, with what its session has locked,
          // and a client a walsender. Not by unread data: whoever reads a log may hold it for long.
          "SET tcp_keepalives_idle = 30",
          "SET tcp_keepalives_interval = 10",
          "SET tcp_keepalives_count = 6",
          "SET tcp_user_timeout = 0",
          "SET wal_sender_timeout = '60s'",
          // Pages that do not read would be pages without rows. A superuser may set them back; for
          // others this is an error where they are on, and nothing where they are off.
          """
          SELECT pg_catalog.set_config(name, 'off', false) FROM pg_catalog.pg_settings
          WHERE name IN ('zero_damaged_pages', 'ignore_checksum_failure') AND setting = 'on'""",
          // How much memory a statement of ours may take is not to follow from what the server's
          // owner grants others: a hash table is made as large as these and a guess allow.
          "SET work_mem = '16MB'",
          "SET hash_mem_multiplier = 2",
          // Compiling costs more than any of our statements where its thresholds are low.
          "SET jit = off");

  private static final Driver DRIVER = driver();

  private PostgresSessions() {}

  /**
   * The driver, by itself. Loading it has registered it with DriverManager, which a process has one
   * of: in a Flink cluster, that would hold the classes of every job ever submitted.
   */
  private static Driver driver() {
    Driver driver = new Driver();
    if (Driver.class.getClassLoader() != ClassLoader.getSystemClassLoader()
        && Driver.isRegistered()) {
      try {
        Driver.deregister();
      } catch (SQLException e) {
        throw new IllegalStateException("the PostgreSQL driver cannot be deregistered", e);
      }
    }
    return driver;
  }

  /**
   * A plain connection, in auto-commit mode.
   *
   * @param applicationName what the server shows in {@code pg_stat_activity}; cut by it at 63 bytes
   */
  public static Connection open(ConnectionSpec spec, String applicationName) {
    Connection connection = open(spec, applicationName, properties(spec, applicationName));
    return waiting(connection, patience(spec).answer());
  }

  /** The same, for statements that may take hours without a word from the server. */
  public static Connection openPatient(ConnectionSpec spec, String applicationName) {
    return waiting(open(spec, applicationName, properties(spec, applicationName)), Duration.ZERO);
  }

  /** How long answers are waited for; the driver's unit is a second. */
  public static Patience patience(ConnectionSpec spec) {
    return Patience.of(spec, Duration.ofSeconds(1));
  }

  /**
   * @param longest how long one answer may take; zero for any time
   */
  private static Connection waiting(Connection connection, Duration longest) {
    try {
      connection.setNetworkTimeout(Runnable::run, Math.toIntExact(longest.toMillis()));
      return connection;
    } catch (SQLException e) {
      DatabaseException failure = PostgresErrors.classify("preparing a connection", e);
      close(connection, failure);
      throw failure;
    }
  }

  /**
   * A connection to a walsender that serves one database's logical replication and also takes SQL
   * (PostgreSQL manual, 53.4), in auto-commit mode. An answer may take any time, as that to the
   * making of a slot does.
   *
   * @param readsLog whether it is for reading a log, whose silence is limited
   */
  static Connection openReplication(ConnectionSpec spec, String applicationName, boolean readsLog) {
    Properties properties = properties(spec, applicationName);
    PGProperty.REPLICATION.set(properties, "database");
    // A walsender does not speak the extended query protocol.
    PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
    if (readsLog) {
      sockets(properties, LogSocketFactory.class);
      // A log of bytes that nobody has named the encoding of is read as it is.
      PGProperty.ALLOW_ENCODING_CHANGES.set(properties, true);
      PGProperty.SOCKET_FACTORY_ARG.set(properties, String.valueOf(patience(spec).log().toNanos()));
    }
    return waiting(open(spec, applicationName, properties), Duration.ZERO);
  }

  /** The driver loads it by its name. One that the URL names takes precedence. */
  private static void sockets(Properties properties, Class<?> factory) {
    if (Driver.class.getClassLoader() == PostgresSessions.class.getClassLoader()) {
      PGProperty.SOCKET_FACTORY.set(properties, factory.getName());
      PGProperty.SSL_FACTORY.set(properties, GuardedTlsFactory.class.getName());
    }
  }

  private static Properties properties(ConnectionSpec spec, String applicationName) {
    Properties properties = new Properties();
    PGProperty.USER.set(properties, spec.user());
    PGProperty.PASSWORD.set(properties, spec.password());
    PGProperty.APPLICATION_NAME.set(properties, applicationName);
    PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "14");
    PGProperty.CONNECT_TIMEOUT.set(properties, CONNECT_SECONDS);
    PGProperty.LOGIN_TIMEOUT.set(properties, LOGIN_SECONDS);
    PGProperty.TCP_KEEP_ALIVE.set(properties, true);
    PGProperty.SOCKET_TIMEOUT.set(properties, Math.toIntExact(Patience.OPENING.toSeconds()));
    sockets(properties, KeptSocketFactory.class);
    // The detail of an error may be a whole row; PostgresErrors shows what may be shown.
    PGProperty.LOG_SERVER_ERROR_DETAIL.set(properties, false);
    return properties;
  }

  private static Connection open(
      ConnectionSpec spec, String applicationName, Properties properties) {
    Connection connection = connect(spec, properties);
    try {
      configure(connection, applicationName);
      return connection;
    } catch (SQLException e) {
      DatabaseException failure =
          PostgresErrors.classify("preparing the session at " + spec.displayUrl(), e);
      close(connection, failure);
      throw failure;
    } catch (DatabaseException e) {
      close(connection, e);
      throw e;
    }
  }

  private static Connection connect(ConnectionSpec spec, Properties properties) {
    try {
      // Not through DriverManager: it sees only drivers of the caller's class loader, and Flink
      // gives every job its own.
      Connection connection = DRIVER.connect(spec.url(), properties);
      if (connection == null) {
        throw new DatabaseException(
            DatabaseException.Kind.FATAL,
            spec.displayUrl()
                + " is not the URL of a PostgreSQL database; write"
                + " jdbc:postgresql://host:port/database");
      }
      return connection;
    } catch (SQLException e) {
      throw PostgresErrors.classify("connecting to " + spec.displayUrl() + " as " + spec.user(), e);
    }
  }

  private static void configure(Connection connection, String applicationName) throws SQLException {
    int version = connection.getMetaData().getDatabaseMajorVersion();
    if (version < MINIMUM_VERSION) {
      throw new DatabaseException(
          DatabaseException.Kind.FATAL,
          "the server runs PostgreSQL " + version + "; Tidemark needs 14 or later");
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          SETTINGS
              // Our recursive queries walk trees of a few types and partitions.
              + (version >= 15 ? ";SET recursive_worktable_factor = 10" : "")
              + (version >= 17 ? ";SET transaction_timeout = 0" : "")
              + ";SET application_name = "
              + Identifiers.literal(applicationName));
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
