package io.tidemark.database;

import io.tidemark.change.Key;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.change.SequenceValue;
import io.tidemark.schema.Table;
import java.sql.Connection;
import java.util.List;

/**
 * Writes replicated data through one connection, inside transactions that the caller commits. Used
 * by one thread.
 *
 * <p>Every change must find what the source found: a deleted or updated row that is missing, or an
 * inserted one that is there, is a {@link DatabaseException} of kind DATA that names table and key.
 * {@link RowChange.Put} and {@link RowChange.Remove} are for changes that may have come with a
 * copy, and expect nothing.
 */
public interface TargetWriter extends AutoCloseable {

  /** The connection: auto-commit off. The caller writes the ledger through it, and commits. */
  Connection connection();

  /** Starts loading a chunk's bytes into a table. Nothing else may be called until it ended. */
  ChunkLoad beginChunk(Table table, String format);

  /**
   * Applies the net changes of some transactions to one table, set-based: removals, then deletes,
   * then updates, then inserts.
   *
   * @throws UniqueConflictException if the order of the statements broke a secondary unique key;
   *     the transaction must be rolled back to where it was before the call
   */
  void apply(RowBatch batch);

  /** Applies one change the way the source did it. */
  void applySingly(RowChange change);

  /** Sets the sequences to where the source's stand. Those the target lacks are left out. */
  void setSequences(List<SequenceValue> values);

  @Override
  void close();

  /**
   * The net changes of one table, keyed.
   *
   * @param removals rows of which at least the key is present, and which need not be there
   * @param deletes rows of which at least the key is present
   * @param updates rows whose key is present and the same before and after; absent fields stay as
   *     they are
   * @param inserts complete rows
   */
  record RowBatch(
      Table table, List<Row> removals, List<Row> deletes, List<Row> updates, List<Row> inserts) {
    public RowBatch {
      removals = List.copyOf(removals);
      deletes = List.copyOf(deletes);
      updates = List.copyOf(updates);
      inserts = List.copyOf(inserts);
    }

    /** Changes that all expect something. */
    public RowBatch(Table table, List<Row> deletes, List<Row> updates, List<Row> inserts) {
      this(table, List.of(), deletes, updates, inserts);
    }
  }

  /** A chunk on its way into a table. */
  interface ChunkLoad {
    void write(byte[] bytes, int length);

    /**
     * @return how many rows the table took
     */
    long end();

    /** Gives up; the caller rolls back. */
    void abort();
  }

  /** A set-based statement met a unique key that a statement-by-statement replay may not meet. */
  final class UniqueConflictException extends DatabaseException {
    private static final long serialVersionUID = 1L;

    public UniqueConflictException(String message, Throwable cause) {
      super(Kind.DATA, message, cause);
    }
  }

  /** Used by implementations and callers alike to name a row in a message. */
  static String describe(Table table, Key key) {
    return "the row with key " + key.values() + " of table " + table.id();
  }
}
