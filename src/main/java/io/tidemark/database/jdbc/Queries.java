package io.tidemark.database.jdbc;

import io.tidemark.database.DatabaseException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs statements on one connection and classifies what goes wrong. Used by one thread at a time.
 * Every method takes, for the message, what the statement is good for: {@code "reading the slot"}.
 * A vendor says how its errors are classified and what may be bound.
 */
public abstract class Queries implements AutoCloseable {

  /** Makes a value of the current row. */
  public interface RowReader<T> {
    /**
     * Reads the row on which the result stands, without moving it; an error is classified by
     * whoever runs the statement.
     */
    T read(ResultSet row) throws SQLException;
  }

  /** Five seconds in all: longer than a definition takes to be put into its place. */
  private static final int MOST_ATTEMPTS = 100;

  /** There is no event that tells when a moment has passed. */
  private static final Duration PAUSE = Duration.ofMillis(50);

  private final Connection connection;

  /** Takes the connection over: {@link #close} closes it. */
  protected Queries(Connection connection) {
    this.connection = connection;
  }

  /**
   * Says what an error means.
   *
   * @param what what failed, as the start of a sentence
   */
  protected abstract DatabaseException classify(String what, SQLException error);

  /**
   * Sets one parameter.
   *
   * @param index from one
   */
  protected void bind(PreparedStatement statement, int index, Object value) throws SQLException {
    statement.setObject(index, value);
  }

  /** The connection that the statements run on; closed with this. */
  public final Connection connection() {
    return connection;
  }

  /** Runs a statement whose result nobody needs. */
  public final void execute(String what, String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw classify(what, e);
    }
  }

  /**
   * Looks at what came beside rows that were read to their end.
   *
   * @throws SQLException if the server says that it has left some out
   */
  protected void requireComplete(Statement read) throws SQLException {}

  /**
   * Whether a query that failed so was only asked at a bad moment, and is asked again at once, a
   * bounded number of times.
   */
  protected boolean isPassing(SQLException error) {
    return false;
  }

  /** All rows. */
  public final <T> List<T> list(
      String what, String sql, RowReader<T> reader, Object... parameters) {
    for (int attempt = 1; ; attempt++) {
      try {
        return read(sql, reader, parameters);
      } catch (SQLException e) {
        if (attempt == MOST_ATTEMPTS || !isPassing(e)) {
          throw classify(what, e);
        }
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  private <T> List<T> read(String sql, RowReader<T> reader, Object... parameters)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        bind(statement, i + 1, parameters[i]);
      }
      List<T> result = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          result.add(reader.read(rows));
        }
      }
      requireComplete(statement);
      return result;
    }
  }

  /** The first row, if there is one. */
  public final <T> Optional<T> first(
      String what, String sql, RowReader<T> reader, Object... parameters) {
    return list(what, sql, reader, parameters).stream().findFirst();
  }

  /** The only row of a query that cannot yield none. */
  public final <T> T one(String what, String sql, RowReader<T> reader, Object... parameters) {
    return first(what, sql, reader, parameters)
        .orElseThrow(
            () ->
                new DatabaseException(
                    DatabaseException.Kind.FATAL, what + " failed: the server returned nothing"));
  }

  /** Ends the session. */
  @Override
  public final void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw classify("closing a session", e);
    }
  }
}
