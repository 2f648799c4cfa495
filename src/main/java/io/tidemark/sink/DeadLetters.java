package io.tidemark.sink;

import io.tidemark.change.Key;
import io.tidemark.change.Row;
import io.tidemark.database.DeadLetterStore;
import io.tidemark.database.DeadLetterStore.Letter;
import io.tidemark.database.ValueRefusedException;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rows that the target cannot hold, on their way into the ledger and out of it again: counts
 * what the transaction does to them, and speaks of it once it is committed. Used by one thread.
 */
final class DeadLetters {

  private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);

  /** What a transaction has done so far; a mark can be gone back to. */
  record Mark(long put, long removed) {}

  private final DeadLetterStore store;
  private final SinkMeasures measures;
  private final Set<TableId> announced = new HashSet<>();
  private final Map<TableId, Letter> unannounced = new HashMap<>();
  private long epoch;
  private Supplier<String> position = () -> "";
  private long put;
  private long removed;
  private boolean undated;

  DeadLetters(DeadLetterStore store, SinkMeasures measures) {
    this.store = store;
    this.measures = measures;
  }

  /**
   * What the letters that follow are of.
   *
   * @param position of the log, or of the snapshot; the newest that is known
   */
  void at(long epoch, Supplier<String> position) {
    this.epoch = epoch;
    this.position = position;
  }

  /** What follows is of a source transaction whose commit has not come yet. */
  void atPiece() {
    at(DeadLetterStore.UNDATED, () -> "");
  }

  /** The commit has come that was not there yet, and tells what all of the letters are of. */
  void date(long of, Supplier<String> reached) {
    if (undated) {
      store.date(of, reached.get());
      undated = false;
    }
  }

  /** A letter of a complete row, of whose bytes nothing is kept. */
  Letter letter(Table table, Row row, ValueRefusedException why) {
    return store.letter(table, row, why);
  }

  /** Whether a row of the table is here. */
  boolean any(Table table) {
    return store.any(table);
  }

  /** Those of the rows that are here, by their keys. */
  Map<Key, Row> find(Table table, Collection<Key> keys) {
    return store.find(table, keys);
  }

  /** Keeps rows, in the place of those that are here under the same keys. */
  void put(Table table, List<Letter> letters) {
    if (letters.isEmpty()) {
      return;
    }
    removed += store.put(table, letters, epoch, position.get());
    undated |= epoch == DeadLetterStore.UNDATED;
    put += letters.size();
    if (!announced.contains(table.id())) {
      unannounced.putIfAbsent(table.id(), letters.get(0));
    }
  }

  void remove(Table table, List<Key> keys) {
    removed += store.remove(table, keys);
  }

  void removeAll(Table table) {
    removed += store.removeAll(table);
  }

  /** The keys of all rows of a table that are here. */
  List<Key> keys(Table table) {
    return store.keys(table);
  }

  Mark mark() {
    return new Mark(put, removed);
  }

  void backTo(Mark mark) {
    put = mark.put();
    removed = mark.removed();
  }

  /** The transaction is committed. Each table is spoken of once, without what is in its rows. */
  void committed() {
    if (put == 0 && removed == 0) {
      return;
    }
    measures.deadLetters(put - removed);
    unannounced.forEach(
        (table, first) ->
            LOG.warn(
                "table {} has rows that the target cannot hold; they are kept in"
                    + " tidemark.dead_letter at the target, {} of all tables in this transaction."
                    + " The first: key {}, column {}: {}. More of this table are not announced;"
                    + " 'tidemark status' counts them",
                table,
                put,
                first.key(),
                first.column(),
                first.reason()));
    announced.addAll(unannounced.keySet());
    rolledBack();
  }

  void rolledBack() {
    put = 0;
    removed = 0;
    undated = false;
    unannounced.clear();
  }
}
