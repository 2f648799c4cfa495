package io.tidemark.database.jdbc;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DeadLetterStore;
import io.tidemark.database.TargetWriter;
import io.tidemark.database.WriterLedger;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.sql.SQLException;

/** A writer whose transactions, with the ledger in them, are those of a JDBC connection. */
public abstract class JdbcWriter implements TargetWriter {

  private final Connection connection;
  private final LedgerDialect dialect;
  private final LedgerSql sql;
  private final WrittenTables tables;

  /**
   * @param connection auto-commit off; closed with this writer
   * @param stream whose rows it writes
   */
  protected JdbcWriter(
      Connection connection, LedgerDialect dialect, TargetFacts facts, String stream) {
    this.connection = connection;
    this.dialect = dialect;
    this.sql = new LedgerSql(connection, dialect);
    this.tables = new WrittenTables(facts, connection, sql, stream);
  }

  /** Has a table looked at before the commit: it is written to, by its name at the target. */
  protected final void writes(TableId table) {
    tables.write(table);
  }

  /** The same of a table that is emptied in a way that gives it another file. */
  protected final void empties(TableId table) {
    tables.empty(table);
  }

  /** The connection, for whatever else belongs into its transaction. */
  public final Connection connection() {
    return connection;
  }

  @Override
  public final WriterLedger ledger(String stream) {
    return new LedgerTransaction(sql, stream);
  }

  @Override
  public final DeadLetterStore deadLetters(String stream) {
    return new JdbcDeadLetters(sql, stream);
  }

  /**
   * {@inheritDoc}
   *
   * @throws DatabaseException fatal, and nothing is committed, if a table that was written to is
   *     not what it was, or does not store what is written to it
   */
  @Override
  public final void commit() {
    tables.requireUnchanged();
    sql.commit();
    tables.clear();
  }

  @Override
  public final void rollback() {
    tables.clear();
    sql.rollback();
  }

  @Override
  public final Savepoint savepoint() {
    java.sql.Savepoint set = atSavepoint(connection::setSavepoint);
    return new Savepoint() {
      @Override
      public void rollback() {
        atSavepoint(
            () -> {
              connection.rollback(set);
              return set;
            });
      }

      @Override
      public void release() {
        atSavepoint(
            () -> {
              connection.releaseSavepoint(set);
              return set;
            });
      }
    };
  }

  private interface Step {
    java.sql.Savepoint run() throws SQLException;
  }

  private java.sql.Savepoint atSavepoint(Step step) {
    try {
      return step.run();
    } catch (SQLException e) {
      throw dialect.failure("using a savepoint at the target", e);
    }
  }

  @Override
  public final boolean lostToAnotherTransaction(DatabaseException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      // SQLSTATE class 40 of the SQL standard: transaction rollback. 40003 says that the outcome is
      // not known.
      if (cause instanceof SQLException error
          && error.getSQLState() != null
          && error.getSQLState().startsWith("40")
          && !error.getSQLState().equals("40003")) {
        return true;
      }
    }
    return false;
  }

  @Override
  public final void abort() {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      throw dialect.failure("closing the connections to the target", e);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw dialect.failure("closing a connection to the target", e);
    }
  }
}
