package io.tidemark.database.jdbc;

import io.tidemark.database.DatabaseException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TimeZone;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One connection on which the ledger is read and written. All its SQL is standard, but for what the
 * dialect adds.
 */
final class LedgerSql {

  /** Reads one row of a result. */
  interface Reading<T> {
    T read(ResultSet row) throws SQLException;
  }

  private final Connection connection;
  private final LedgerDialect dialect;

  LedgerSql(Connection connection, LedgerDialect dialect) {
    this.connection = connection;
    this.dialect = dialect;
  }

  LedgerDialect dialect() {
    return dialect;
  }

  /**
   * Whether the ledger's tables are there.
   *
   * @throws DatabaseException fatal, if a newer Tidemark wrote them
   */
  boolean exists() {
    return LedgerVersion.of(this) > 0;
  }

  /** Does something with a connection. */
  interface Working<T> {
    T work(Connection connection) throws SQLException;
  }

  /**
   * @param doing what fails if it fails, as the start of a sentence
   */
  <T> T on(String doing, Working<T> working) {
    try {
      return working.work(connection);
    } catch (SQLException e) {
      throw dialect.failure(doing, e);
    }
  }

  /**
   * @param doing what fails if it fails, as the start of a sentence
   */
  void run(String doing, String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw dialect.failure(doing, e);
    }
  }

  /**
   * @return how many rows changed
   */
  int update(String sql, @Nullable Object... parameters) {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, parameters);
      return statement.executeUpdate();
    } catch (SQLException e) {
      throw dialect.failure("writing the ledger (schema tidemark) of the target", e);
    }
  }

  /** The same statement for each of several lists of parameters. */
  void updateAll(String sql, List<Object[]> parameters) {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (Object[] some : parameters) {
        bind(statement, some);
        statement.addBatch();
      }
      statement.executeBatch();
    } catch (SQLException e) {
      throw dialect.failure("writing the ledger (schema tidemark) of the target", e);
    }
  }

  <T> List<T> query(String sql, Reading<T> reading, Object... parameters) {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, parameters);
      try (ResultSet rows = statement.executeQuery()) {
        List<T> read = new ArrayList<>();
        while (rows.next()) {
          read.add(reading.read(rows));
        }
        return read;
      }
    } catch (SQLException e) {
      throw dialect.failure("reading the ledger (schema tidemark) of the target", e);
    }
  }

  void commit() {
    try {
      connection.commit();
    } catch (SQLException e) {
      throw dialect.failure("committing at the target", e);
    }
  }

  void rollback() {
    try {
      connection.rollback();
    } catch (SQLException e) {
      throw dialect.failure("rolling back at the target", e);
    }
  }

  /**
   * Works through a connection of its own, whose end takes back what was not committed.
   *
   * @param session its name
   */
  static <T> T with(JdbcTarget target, String session, Function<LedgerSql, T> work) {
    Connection connection = target.connect(session);
    T result;
    try {
      result = work.apply(new LedgerSql(connection, target.ledgerDialect()));
    } catch (RuntimeException e) {
      try {
        close(target, connection);
      } catch (DatabaseException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
    close(target, connection);
    return result;
  }

  /** Closes a connection, of which nothing that matters is open. */
  static void close(JdbcTarget target, Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      throw target.ledgerDialect().failure("closing a connection to the target", e);
    }
  }

  /** A moment that {@code bind} wrote; empty for null. */
  static Optional<Instant> instant(ResultSet row, int column) throws SQLException {
    return Optional.ofNullable(row.getTimestamp(column, utc())).map(Timestamp::toInstant);
  }

  /** Not every vendor has a type that knows its time zone; one that has ignores it. */
  private static Calendar utc() {
    return Calendar.getInstance(TimeZone.getTimeZone(ZoneOffset.UTC), Locale.ROOT);
  }

  private static void bind(PreparedStatement statement, @Nullable Object... parameters)
      throws SQLException {
    for (int i = 0; i < parameters.length; i++) {
      if (parameters[i] instanceof Instant instant) {
        statement.setTimestamp(i + 1, Timestamp.from(instant), utc());
      } else {
        statement.setObject(i + 1, parameters[i]);
      }
    }
  }
}
