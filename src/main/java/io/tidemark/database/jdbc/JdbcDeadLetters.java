package io.tidemark.database.jdbc;

import io.tidemark.change.Key;
import io.tidemark.change.Row;
import io.tidemark.database.DeadLetterStore;
import io.tidemark.database.ValueRefusedException;
import io.tidemark.schema.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * The rows that the target cannot hold, in the ledger's table {@code dead_letter}; the caller
 * commits.
 */
final class JdbcDeadLetters implements DeadLetterStore {

  private static final int KEYS_PER_QUERY = 200;
  private static final String OF_TABLE =
      " WHERE stream = ? AND table_schema = ? AND table_name = ?";

  private final LedgerSql sql;
  private final String stream;

  JdbcDeadLetters(LedgerSql sql, String stream) {
    this.sql = sql;
    this.stream = stream;
  }

  @Override
  public Letter letter(Table table, Row row, ValueRefusedException why) {
    return new Letter(
        KeyText.print(Key.of(table, row)),
        LetterText.print(table, row),
        why.column(),
        why.reason());
  }

  @Override
  public boolean any(Table table) {
    return !sql.query(
            "SELECT stream FROM tidemark.dead_letter" + OF_TABLE + " LIMIT 1",
            row -> row.getString(1),
            of(table))
        .isEmpty();
  }

  @Override
  public Map<Key, Row> find(Table table, Collection<Key> keys) {
    record Found(String key, String row) {}
    Map<Key, Row> all = new HashMap<>();
    List<Key> left = new ArrayList<>(new HashSet<>(keys));
    for (int from = 0; from < left.size(); from += KEYS_PER_QUERY) {
      List<Key> slice = left.subList(from, Math.min(left.size(), from + KEYS_PER_QUERY));
      List<Object> parameters = new ArrayList<>(List.of(of(table)));
      slice.forEach(key -> parameters.add(LetterText.hash(KeyText.print(key))));
      sql.query(
              "SELECT key_values, row_values FROM tidemark.dead_letter"
                  + OF_TABLE
                  + " AND key_hash IN ("
                  + String.join(", ", Collections.nCopies(slice.size(), "?"))
                  + ")",
              row -> new Found(row.getString(1), row.getString(2)),
              parameters.toArray())
          .forEach(
              found -> all.put(KeyText.parse(found.key()), LetterText.parse(table, found.row())));
    }
    return all;
  }

  @Override
  public long put(Table table, List<Letter> letters, long epoch, String position) {
    long removed = 0;
    for (Letter letter : letters) {
      removed += remove(table, letter.key());
    }
    Instant now = Instant.now();
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
                      position,
                      epoch,
                      now
                    })
            .toList());
    return removed;
  }

  @Override
  public void date(long epoch, String position) {
    sql.update(
        "UPDATE tidemark.dead_letter SET epoch = ?, position = ? WHERE stream = ? AND epoch = ?",
        epoch,
        position,
        stream,
        UNDATED);
  }

  @Override
  public long remove(Table table, Collection<Key> keys) {
    long removed = 0;
    for (Key key : keys) {
      removed += remove(table, KeyText.print(key));
    }
    return removed;
  }

  /**
   * @param key printed
   */
  private int remove(Table table, String key) {
    return sql.update(
        "DELETE FROM tidemark.dead_letter" + OF_TABLE + " AND key_hash = ?",
        stream,
        table.id().schema(),
        table.id().name(),
        LetterText.hash(key));
  }

  @Override
  public long removeAll(Table table) {
    return sql.update("DELETE FROM tidemark.dead_letter" + OF_TABLE, of(table));
  }

  @Override
  public List<Key> keys(Table table) {
    return sql.query(
        "SELECT key_values FROM tidemark.dead_letter" + OF_TABLE,
        row -> KeyText.parse(row.getString(1)),
        of(table));
  }

  private Object[] of(Table table) {
    return new Object[] {stream, table.id().schema(), table.id().name()};
  }
}
