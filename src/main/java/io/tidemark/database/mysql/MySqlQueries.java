package io.tidemark.database.mysql;

import io.tidemark.database.DatabaseException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Runs statements on one connection and classifies what goes wrong. Used by one thread at a time.
 * Every method takes, for the message, what the statement is good for: {@code "reading the log"}.
 */
final class MySqlQueries implements AutoCloseable {

  /** Makes a value of the current row. */
  interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  private final Connection connection;

  MySqlQueries(Connection connection) {
    this.connection = connection;
  }

  Connection connection() {
    return connection;
  }

  ServerVersion version() {
    try {
      return MySqlSessions.version(connection);
    } catch (SQLException e) {
      throw MySqlErrors.classify("asking for the server's version", e);
    }
  }

  void execute(String what, String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw MySqlErrors.classify(what, e);
    }
  }

  /**
   * All rows.
   *
   * @param parameters strings, numbers or byte arrays
   */
  <T> List<T> list(String what, String sql, RowReader<T> reader, Object... parameters) {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      List<T> result = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          result.add(reader.read(rows));
        }
      }
      return result;
    } catch (SQLException e) {
      throw MySqlErrors.classify(what, e);
    }
  }

  /** The first row, if there is one. */
  <T> Optional<T> first(String what, String sql, RowReader<T> reader, Object... parameters) {
    return list(what, sql, reader, parameters).stream().findFirst();
  }

  /** The only row of a query that cannot yield none. */
  <T> T one(String what, String sql, RowReader<T> reader, Object... parameters) {
    return first(what, sql, reader, parameters)
        .orElseThrow(
            () ->
                new DatabaseException(
                    DatabaseException.Kind.FATAL, what + " failed: the server returned nothing"));
  }

  /** A system variable; empty if the server does not have it, or it is NULL. */
  Optional<String> variable(String name) {
    return first(
            "asking for " + name,
            "SHOW GLOBAL VARIABLES WHERE Variable_name = ?",
            row -> Optional.ofNullable(row.getString(2)),
            name)
        .flatMap(value -> value);
  }

  /**
   * Cuts the connection, whatever another thread is doing with it; the server then ends the session
   * and rolls back. May be called from any thread.
   */
  void abort() {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      throw MySqlErrors.classify("cutting a connection", e);
    }
  }

  /** Ends the session in good order. */
  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw MySqlErrors.classify("closing a session", e);
    }
  }
}
