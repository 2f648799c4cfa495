package io.tidemark.benchmark;

import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Server;
import io.tidemark.settings.ConnectionSpec;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * A server of a benchmark, of any product.
 *
 * @param server is closed with it
 */
record AnyServer(Server server) implements AutoCloseable {

  private static final long POLL_NANOS = 5_000_000;

  /** Of what is not there yet: a table, a schema, a database; at PostgreSQL, then at MySQL. */
  private static final Set<String> NOT_THERE = Set.of("42P01", "3F000", "42S02", "42000");

  ConnectionSpec spec(String database) {
    return server.spec(database);
  }

  void execute(String database, String... statements) throws SQLException {
    server.execute(database, statements);
  }

  /**
   * Ends what the stream has left at the target: tables and ledger. MySQL's tables go to the
   * database that the source has them in, PostgreSQL's to a schema of that name.
   */
  void clear(String database) throws SQLException {
    if (server instanceof MySqlServer) {
      server.execute("", "DROP DATABASE IF EXISTS tidemark", "DROP DATABASE IF EXISTS " + database);
    } else {
      server.execute("postgres", "DROP DATABASE IF EXISTS " + database + " WITH (FORCE)");
    }
    server.createDatabase(database);
  }

  /** The first field of the first row. */
  String one(String database, String sql) throws SQLException {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  /**
   * Waits until the query gives true; one that names what is not there yet gives false.
   *
   * @return {@link System#nanoTime} of that moment
   */
  long await(Duration timeout, String database, String sql) throws SQLException {
    long deadline = System.nanoTime() + timeout.toNanos();
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      while (!holds(statement, sql)) {
        if (System.nanoTime() > deadline) {
          throw new SQLException("not within " + timeout + ": " + sql, new TimeoutException());
        }
        LockSupport.parkNanos(POLL_NANOS);
      }
      return System.nanoTime();
    }
  }

  private static boolean holds(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      return row.next() && row.getBoolean(1);
    } catch (SQLException e) {
      if (NOT_THERE.contains(e.getSQLState())) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
