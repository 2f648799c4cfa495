package io.tidemark.database.mysql.session;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.jdbc.Queries;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.Optional;

/** Statements on one connection to MySQL. Their parameters are strings, numbers or byte arrays. */
public final class MySqlQueries extends Queries {

  /** Takes the connection over: {@link #close} and {@link #abort} end it. */
  public MySqlQueries(Connection connection) {
    super(connection);
  }

  @Override
  protected DatabaseException classify(String what, SQLException error) {
    return MySqlErrors.classify(what, error);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Asked by a session that holds a lock of any table, MariaDB does not wait for a statement
   * that alters another one: its information_schema leaves that out, or has no engine of it, and a
   * warning is all that tells (10.11, {@code get_all_tables} of sql_show.cc). MySQL fails so.
   */
  @Override
  protected void requireComplete(Statement read) throws SQLException {
    for (SQLWarning warning = read.getWarnings();
        warning != null;
        warning = warning.getNextWarning()) {
      if (warning.getErrorCode() == MySqlErrors.PASSED_OVER) {
        throw new SQLException(warning.getMessage(), warning.getSQLState(), warning.getErrorCode());
      }
    }
  }

  /** The catalog passes over a table that is just being changed, which takes a moment. */
  @Override
  protected boolean isPassing(SQLException error) {
    return error.getErrorCode() == MySqlErrors.PASSED_OVER;
  }

  /** What the server is; asked of it each time. */
  public ServerVersion version() {
    try {
      return MySqlSessions.version(connection());
    } catch (SQLException e) {
      throw MySqlErrors.classify("asking for the server's version", e);
    }
  }

  /** A system variable; empty if the server does not have it, or it is NULL. */
  public Optional<String> variable(String name) {
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
  public void abort() {
    try {
      connection().abort(Runnable::run);
    } catch (SQLException e) {
      throw MySqlErrors.classify("cutting a connection", e);
    }
  }
}
