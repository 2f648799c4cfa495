package io.tidemark.sink;

import io.tidemark.change.Row;
import io.tidemark.database.ValueRefusedException;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rows that the target cannot hold, kept whole in the ledger's table {@code dead_letter}: one
 * per stream, table and key, written through the connection that writes the data, in the same
 * transaction. Used by one thread.
 */
final class DeadLetters {

  private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);

  private static final int KEYS_PER_QUERY = 200;
  private static final String OF_TABLE =
      " WHERE stream = ? AND table_schema = ? AND table_name = ?";

  /**
   * A row on its way into the ledger.
   *
   * @param key printed
   * @param row printed
   */
  record Letter(String key, String row, String column, String reason) {
    static Letter of(Table table, Row row, ValueRefusedException why) {
      return new Letter(
          LetterText.key(table, row), LetterText.print(table, row), why.column(), why.reason());
    }

    long weight() {
      return 2L * (key.length() + row.length()) + 200;
    }
  }

  /** What a transaction has done so far; a mark can be gone back to. */
  record Mark(long put, long removed) {}

  private final LedgerSql sql;
  private final String stream;
  private final SinkMeasures measures;
  private final Set<TableId> announced = new HashSet<>();
  private final Map<TableId, Letter> unannounced = new HashMap<>();
  private long epoch;
  private Supplier<String> position = () -> "";
  private long put;
  private long removed;

  DeadLetters(LedgerSql sql, String stream, SinkMeasures measures) {
    this.sql = sql;
    this.stream = stream;
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

  /** Whether a row of the table is here. */
  boolean any(Table table) {
    return !sql.query(
            "SELECT stream FROM tidemark.dead_letter" + OF_TABLE + " LIMIT 1",
            row -> row.getString(1),
            of(table))
        .isEmpty();
  }

  /**
   * Those of the rows that are here, by their printed keys.
   *
   * @param keys printed
   */
  Map<String, Row> find(Table table, Collection<String> keys) {
    record Found(String key, String row) {}
    Map<String, Row> all = new HashMap<>();
    List<String> left = new ArrayList<>(new HashSet<>(keys));
    for (int from = 0; from < left.size(); from += KEYS_PER_QUERY) {
      List<String> slice = left.subList(from, Math.min(left.size(), from + KEYS_PER_QUERY));
      List<Object> parameters = new ArrayList<>(List.of(of(table)));
      slice.forEach(key -> parameters.add(LetterText.hash(key)));
      sql.query(
              "SELECT key_values, row_values FROM tidemark.dead_letter"
                  + OF_TABLE
                  + " AND key_hash IN ("
                  + String.join(", ", Collections.nCopies(slice.size(), "?"))
                  + ")",
              row -> new Found(row.getString(1), row.getString(2)),
              parameters.toArray())
          .forEach(found -> all.put(found.key(), LetterText.parse(table, found.row())));
    }
    return all;
  }

  /** Keeps rows, in the place of those that are here under the same keys. */
  void put(Table table, List<Letter> letters) {
    if (letters.isEmpty()) {
      return;
    }
    remove(table, letters.stream().map(Letter::key).toList());
    Instant now = Instant.now();
    String place = position.get();
    sql.updateAll(
        "INSERT INTO tidemark.dead_letter (stream, table_schema, table_name, key_hash, key_values,"
            + " column_name, reason, row_values, position, epoch, recorded_at)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        letters.stream()
            .map(
                letter ->
                    new Object[] {
                      stream,
                      table.id().schema(),
                      table.id().name(),
                      LetterText.hash(letter.key()),
                      letter.key(),
                      letter.column(),
                      letter.reason(),
                      letter.row(),
                      place,
                      epoch,
                      now
                    })
            .toList());
    put += letters.size();
    if (!announced.contains(table.id())) {
      unannounced.putIfAbsent(table.id(), letters.get(0));
    }
  }

  void remove(Table table, List<String> keys) {
    for (String key : keys) {
      removed +=
          sql.update(
              "DELETE FROM tidemark.dead_letter" + OF_TABLE + " AND key_hash = ?",
              stream,
              table.id().schema(),
              table.id().name(),
              LetterText.hash(key));
    }
  }

  void removeAll(Table table) {
    removed += sql.update("DELETE FROM tidemark.dead_letter" + OF_TABLE, of(table));
  }

  /** The printed keys of all rows of a table that are here. */
  List<String> keys(Table table) {
    return sql.query(
        "SELECT key_values FROM tidemark.dead_letter" + OF_TABLE,
        row -> row.getString(1),
        of(table));
  }

  private Object[] of(Table table) {
    return new Object[] {stream, table.id().schema(), table.id().name()};
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
    unannounced.clear();
  }
}
