package io.tidemark.database.jdbc;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DeadLetterStore;
import io.tidemark.database.TargetWriter;
import io.tidemark.database.WriterLedger;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A writer whose transactions, with the ledger in them, are those of a JDBC connection. */
public abstract class JdbcWriter implements TargetWriter {

  private final Connection connection;
  private final LedgerDialect dialect;
  private final LedgerSql sql;
  private final WrittenTables tables;

  /** By the tables' names at the source, in the order in which they were set aside. */
  private final Map<TableId, Aside> aside = new LinkedHashMap<>();

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
    tables.fill(table);
  }

  /**
   * The same of one that a chunk is loaded into, of which it is known at its end if it has rows.
   */
  protected final ChunkLoad loading(TableId table, ChunkLoad load) {
    tables.write(table);
    return new ChunkLoad() {
      @Override
      public void write(byte[] bytes, int length) {
        load.write(bytes, length);
      }

      @Override
      public long end() {
        long rows = load.end();
        if (rows > 0) {
          tables.fill(table);
        }
        return rows;
      }

      @Override
      public void abort() {
        load.abort();
      }
    };
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
    aside.values().forEach(this::putBack);
    tables.requireUnchanged();
    sql.commit();
    aside.clear();
    tables.committed();
  }

  @Override
  public final void rollback() {
    tables.clear();
    sql.rollback();
    aside.clear();
  }

  @Override
  public final void apply(RowBatch batch) {
    if (isAside(batch.table())) {
      batch.changes().forEach(this::applySingly);
    } else {
      applyTogether(batch);
    }
  }

  /** Applies a batch to a table whose rows are not set aside, by statements on many rows. */
  protected abstract void applyTogether(RowBatch batch);

  @Override
  public final void setAside(Table table) {
    if (!isAside(table)) {
      Aside made = new Aside(table, "tidemark_aside_" + (aside.size() + 1));
      makeAside(made);
      aside.put(table.id(), made);
    }
  }

  /**
   * Where rows of a table are until the end of the transaction.
   *
   * @param table by the description with which it was set aside
   * @param name of a temporary table
   */
  protected record Aside(Table table, String name) {}

  /** Makes the temporary table, empty; one of its name may be left of a former transaction. */
  protected abstract void makeAside(Aside made);

  /** Moves all its rows into their table, in one statement, and drops it. */
  protected abstract void putBack(Aside made);

  /** Where rows of the table are in this transaction, if they were set aside. */
  protected final Optional<Aside> aside(TableId table) {
    return Optional.ofNullable(aside.get(table));
  }

  private boolean isAside(Table table) {
    return aside.containsKey(table.id());
  }

  @Override
  public final Savepoint savepoint() {
    java.sql.Savepoint set = atSavepoint(connection::setSavepoint);
    Map<TableId, Aside> then = new LinkedHashMap<>(aside);
    return new Savepoint() {
      @Override
      public void rollback() {
        atSavepoint(
            () -> {
              connection.rollback(set);
              return set;
            });
        aside.clear();
        aside.putAll(then);
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
