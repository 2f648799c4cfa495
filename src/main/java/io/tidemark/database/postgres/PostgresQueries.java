package io.tidemark.database.postgres;

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
 * Every method takes, for the message, what the statement is good for: {@code "reading the slot"}.
 */
final class PostgresQueries implements AutoCloseable {

  /** Makes a value of the current row. */
  interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  private final Connection connection;

  PostgresQueries(Connection connection) {
    this.connection = connection;
  }

  Connection connection() {
    return connection;
  }

  void execute(String what, String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw PostgresErrors.classify(what, e);
    }
  }

  /**
   * All rows.
   *
   * @param parameters strings, numbers, {@code String[]} for {@code text[]} and {@code Long[]} for
   *     {@code oid[]}
   */
  <T> List<T> list(String what, String sql, RowReader<T> reader, Object... parameters) {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, parameters);
      List<T> result = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          result.add(reader.read(rows));
        }
      }
      return result;
    } catch (SQLException e) {
      throw PostgresErrors.classify(what, e);
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

  /** What a consistent read that is opened now would contain. */
  PostgresSnapshot visible() {
    return one("asking for the current snapshot", PostgresSnapshot.SELECT, this::snapshot);
  }

  PostgresSnapshot snapshot(ResultSet row) throws SQLException {
    return PostgresSnapshot.of(row.getString(1), PostgresLsn.parse(row.getString(2)));
  }

  private void bind(PreparedStatement statement, Object... parameters) throws SQLException {
    for (int i = 0; i < parameters.length; i++) {
      if (parameters[i] instanceof String[] texts) {
        statement.setArray(i + 1, connection.createArrayOf("text", texts));
      } else if (parameters[i] instanceof Long[] oids) {
        statement.setArray(i + 1, connection.createArrayOf("oid", oids));
      } else {
        statement.setObject(i + 1, parameters[i]);
      }
    }
  }

  /** Ends the session at once, whatever it is doing. */
  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw PostgresErrors.classify("closing a session", e);
    }
  }
}
