package io.tidemark.database;

import io.tidemark.change.Key;
import io.tidemark.change.Row;
import io.tidemark.schema.Table;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * The rows of one stream that the target cannot hold, kept whole in the ledger: one per table and
 * key. Given by a {@link TargetWriter}, whose transaction its changes are part of, and used by the
 * writer's thread. All of it may throw {@link DatabaseException}.
 */
public interface DeadLetterStore {

  /** The epoch of letters of a source transaction whose commit has not come yet. */
  long UNDATED = 0;

  /**
   * A row on its way into the ledger.
   *
   * @param key printed as it is kept, which is how a person finds it there
   * @param row printed as it is kept
   * @param column the first column that cannot hold its value
   * @param reason why it cannot; does not quote the value
   */
  record Letter(String key, String row, String column, String reason) {

    /** About how many bytes of memory it takes. */
    public long weight() {
      return 2L * (key.length() + row.length()) + 200;
    }
  }

  /** A letter of a complete row, of whose bytes nothing is kept. */
  Letter letter(Table table, Row row, ValueRefusedException why);

  /** Whether a row of the table is here. */
  boolean any(Table table);

  /** Those of the rows that are here, by their keys. */
  Map<Key, Row> find(Table table, Collection<Key> keys);

  /**
   * Keeps rows, in the place of those that are here under the same keys.
   *
   * @param letters one at least
   * @param position of the log or the snapshot, printed, that the rows are from
   * @return how many rows were here under the same keys
   */
  long put(Table table, List<Letter> letters, long epoch, String position);

  /**
   * Gives epoch and position to the letters that were put under {@link #UNDATED} in this
   * transaction.
   */
  void date(long epoch, String position);

  /**
   * @return how many were here
   */
  long remove(Table table, Collection<Key> keys);

  /**
   * @return how many were here
   */
  long removeAll(Table table);

  /** The keys of all rows of a table that are here. */
  List<Key> keys(Table table);
}
