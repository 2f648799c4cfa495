package io.tidemark.database;

import io.tidemark.change.Key;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.change.SequenceValue;
import io.tidemark.schema.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Writes replicated data through one connection, inside transactions that the caller commits. Used
 * by one thread; only {@link #abort} may be called from another one. All of it may throw {@link
 * DatabaseException}.
 *
 * <p>Every change must find what the source found: a deleted or updated row that is missing, or an
 * inserted one that is there, is a {@link DatabaseException} of kind DATA that names table and key.
 * {@link RowChange.Put} and {@link RowChange.Remove} are for changes that may have come with a
 * copy, and expect nothing.
 */
public interface TargetWriter extends AutoCloseable {

  /** The ledger of a stream, written in this writer's transactions. */
  WriterLedger ledger(String stream);

  /** The rows of a stream that the target cannot hold, kept in this writer's transactions. */
  DeadLetterStore deadLetters(String stream);

  /** Commits the transaction; the next use starts another one. */
  void commit();

  /** Rolls the transaction back; the next use starts another one. */
  void rollback();

  /** Marks what has been done so far in the transaction. */
  Savepoint savepoint();

  /** Whether a transaction that failed so, and was rolled back, may be tried again. */
  boolean lostToAnotherTransaction(DatabaseException failure);

  /** Cuts the connection, so that a call that waits for the server fails. From any thread. */
  void abort();

  /**
   * Starts loading a chunk's bytes into a table. Nothing else may be called until it ended.
   *
   * @param bad takes the rows that have a value which their column cannot hold
   */
  ChunkLoad beginChunk(Table table, String format, BadRows bad);

  /** The same where such a row fails the chunk. */
  default ChunkLoad beginChunk(Table table, String format) {
    return beginChunk(table, format, BadRows.REFUSED);
  }

  /**
   * The first value of a row that its column is known not to hold. Looks at the fields that are
   * present, and asks nobody.
   */
  Optional<ValueRefusedException> problem(Table table, Row row);

  /**
   * Fields of a row that is at the target, in the encoding in which they came.
   *
   * @param named has the row's key
   * @return a row that has these fields; empty if one of them is kept in another form here
   * @throws DatabaseException of kind DATA, if the row is not there
   */
  Optional<Row> stored(Table table, Row named, int[] fields);

  /**
   * Applies the net changes of some transactions to one table, set-based: removals, then deletes,
   * then updates, then inserts.
   *
   * @throws UniqueConflictException if the order of the statements broke a secondary unique key;
   *     the transaction must be rolled back to where it was before the call
   */
  void apply(RowBatch batch);

  /**
   * Applies one change the way the source did it.
   *
   * @throws UniqueConflictException as {@link #apply}, where the source had no such key, or
   *     deferred it
   */
  void applySingly(RowChange change);

  /**
   * From here to the end of the transaction, rows of this table that are changed are taken out of
   * it, whole, are changed where no unique key is looked at, and are put in again by {@link
   * #commit}, all at once: so that only what holds at the transaction's end counts. {@link #commit}
   * fails with a {@link DatabaseException} of kind DATA if they contradict a key then. Does nothing
   * if it was done in this transaction; a rollback to before it takes it back.
   */
  void setAside(Table table);

  /**
   * Sets the sequences to where the source's stand. Those the target lacks are left out. Some
   * targets do it a while later, beside the transactions.
   */
  void setSequences(List<SequenceValue> values);

  /**
   * Waits until the sequences are where they were last set to.
   *
   * @throws DatabaseException if that takes more than about half a minute, or cannot be
   */
  void settleSequences();

  /** Ends the session. Whatever is not committed is rolled back by the server. */
  @Override
  void close();

  /** A place in the transaction that is open. Ends with it, or by its release. */
  interface Savepoint {
    /** Undoes what was done since. The place stays. */
    void rollback();

    /** Keeps what was done since. */
    void release();
  }

  /**
   * The net changes of one table, keyed, each list in about the order of the keys.
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

    /** The same one after the other, in the order in which they are applied. */
    public List<RowChange> changes() {
      List<RowChange> changes = new ArrayList<>();
      removals.forEach(row -> changes.add(new RowChange.Remove(table, row)));
      deletes.forEach(row -> changes.add(new RowChange.Delete(table, row)));
      updates.forEach(row -> changes.add(new RowChange.Update(table, Optional.empty(), row)));
      inserts.forEach(row -> changes.add(new RowChange.Insert(table, row)));
      return changes;
    }
  }

  /** What becomes of a chunk's rows that have a value which their column cannot hold. */
  interface BadRows {

    /** Fails the chunk. */
    BadRows REFUSED =
        new BadRows() {
          @Override
          public boolean take(Row row, ValueRefusedException why) {
            throw why;
          }

          @Override
          public void write() {
            // Nothing is ever taken.
          }
        };

    /**
     * Takes a row, of which nothing has been written; its bytes are not to be kept.
     *
     * @return whether {@link #write} should be called soon, as memory holds what was taken
     */
    boolean take(Row row, ValueRefusedException why);

    /** Writes what was taken, through the connection, which is at nothing else then. */
    void write();
  }

  /** A chunk on its way into a table. */
  interface ChunkLoad {
    /**
     * Takes over the first {@code length} bytes, to which nobody may write afterwards. A row may
     * begin in one piece and end in another. May wait for the server.
     */
    void write(byte[] bytes, int length);

    /**
     * @return how many rows the table took; those that were bad are not counted
     */
    long end();

    /** Gives up; the caller rolls back. */
    void abort();
  }

  /** A statement met a unique key that the same changes in another order may not meet. */
  final class UniqueConflictException extends DatabaseException {
    private static final long serialVersionUID = 1L;

    private final Table table;

    /**
     * @param table whose key it is
     * @param message what failed and which key was in the way
     */
    public UniqueConflictException(Table table, String message, Throwable cause) {
      super(Kind.DATA, message, cause);
      this.table = table;
    }

    /** The table whose key was in the way. */
    public Table table() {
      return table;
    }
  }

  /** Used by implementations and callers alike to name a row in a message. */
  static String describe(Table table, Key key) {
    return "the row with key " + key.values() + " of table " + table.id();
  }
}
