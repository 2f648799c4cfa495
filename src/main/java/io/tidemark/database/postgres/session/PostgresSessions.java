package io.tidemark.database.postgres.session;

import io.tidemark.database.DatabaseException;
import io.tidemark.settings.ConnectionSpec;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
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
          "SET client_min_messages = warning");

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
    return open(spec, applicationName, properties(spec, applicationName));
  }

  /**
   * A connection to a walsender that serves one database's logical replication and also takes SQL
   * (PostgreSQL manual, 53.4), in auto-commit mode.
   */
  static Connection openReplication(ConnectionSpec spec, String applicationName) {
    Properties properties = properties(spec, applicationName);
    PGProperty.REPLICATION.set(properties, "database");
    // A walsender does not speak the extended query protocol.
    PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
    if (Driver.class.getClassLoader() == PostgresSessions.class.getClassLoader()) {
      // The driver loads it by its name. One that the URL names takes precedence.
      PGProperty.SOCKET_FACTORY.set(properties, LogSocketFactory.class.getName());
    }
    return open(spec, applicationName, properties);
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
