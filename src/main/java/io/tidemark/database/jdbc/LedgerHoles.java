package io.tidemark.database.jdbc;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Keys inside of copied ranges that have a state of their own, and ranges that were copied and are
 * given up: in the transaction that is open on a connection. Many keys to a statement.
 */
final class LedgerHoles {

  /** Begins what is remembered of tables of which ranges were given up. */
  private static final String UNCOVERED = "uncovered ";

  /** What is remembered of them all, for LIKE. */
  static final String ABOUT = UNCOVERED + "%";

  /** Few enough for any server's parameters, and any packet's size unless keys are enormous. */
  private static final int KEYS_PER_STATEMENT = 500;

  private final LedgerSql sql;
  private final String stream;

  LedgerHoles(LedgerSql sql, String stream) {
    this.sql = sql;
    this.stream = stream;
  }

  /** These have to be copied again; in the place of rows of keys that were copied again before. */
  void add(TableId table, Collection<Key> keys) {
    inPieces(
        keys,
        some -> {
          sql.update(
              "DELETE FROM tidemark.hole WHERE " + areHoles(some.size()), named(table, some, ""));
          List<Object> rows = new ArrayList<>();
          for (String key : some) {
            rows.addAll(List.of(stream, table.schema(), table.name(), key));
          }
          sql.update(
              "INSERT INTO tidemark.hole (stream, table_schema, table_name, key_values) VALUES "
                  + String.join(", ", Collections.nCopies(some.size(), "(?, ?, ?, ?)")),
              rows.toArray());
          return some.size();
        });
  }

  /**
   * These were copied again.
   *
   * @param snapshot what they were copied from
   * @return whether all of them had to be
   */
  boolean fill(TableId table, Collection<Key> keys, String snapshot) {
    int filled =
        inPieces(
            keys,
            some ->
                sql.update(
                    "UPDATE tidemark.hole SET snapshot = ? WHERE " + areHoles(some.size()),
                    named(table, some, snapshot)));
    return filled == new LinkedHashSet<>(keys).size();
  }

  /**
   * The chunks that make up the range were not copied, and no key of the table has a state of its
   * own. Keys first: a chunk of them that is being committed is waited for, so that its rows are
   * there to be cleared by what follows; one that comes later finds that it does not count.
   */
  void uncover(TableId table, KeyRange.Between range) {
    sql.update(
        "DELETE FROM tidemark.hole WHERE stream = ? AND table_schema = ? AND table_name = ?",
        stream,
        table.schema(),
        table.name());
    record Row(int number, Optional<Key> from, Optional<Key> to) {}
    List<Row> chunks =
        sql.query(
            "SELECT number, range_from, range_to FROM tidemark.chunk"
                + " WHERE stream = ? AND table_schema = ? AND table_name = ? ORDER BY number",
            row ->
                new Row(
                    row.getInt(1),
                    Optional.ofNullable(row.getString(2)).map(KeyText::parse),
                    Optional.ofNullable(row.getString(3)).map(KeyText::parse)),
            stream,
            table.schema(),
            table.name());
    int first = 0;
    while (first < chunks.size() && !chunks.get(first).from().equals(range.from())) {
      first++;
    }
    int last = first;
    while (last < chunks.size() && !chunks.get(last).to().equals(range.to())) {
      last++;
    }
    if (last >= chunks.size()) {
      throw new IllegalStateException(
          "the ledger does not have the chunks of a copied range of table " + table);
    }
    sql.update(
        "DELETE FROM tidemark.chunk WHERE stream = ? AND table_schema = ? AND table_name = ?"
            + " AND number BETWEEN ? AND ?",
        stream,
        table.schema(),
        table.name(),
        chunks.get(first).number(),
        chunks.get(last).number());
    sql.update("DELETE FROM tidemark.memory WHERE stream = ? AND about = ?", stream, about(table));
    sql.update(
        "INSERT INTO tidemark.memory (stream, about, fact) VALUES (?, ?, ?)",
        stream,
        about(table),
        KeyText.from(range).orElse("") + " " + KeyText.to(range).orElse(""));
  }

  /** The tables of which ranges have been given up since consistency was last reached. */
  static Set<TableId> uncovered(LedgerSql sql, String stream) {
    if (LedgerVersion.of(sql) < 2) {
      return Set.of();
    }
    return Set.copyOf(
        sql.query(
            "SELECT about FROM tidemark.memory WHERE stream = ? AND about LIKE ?",
            row -> table(row.getString(1)),
            stream,
            ABOUT));
  }

  /** Everything is complete. */
  void clear() {
    sql.update("DELETE FROM tidemark.hole WHERE stream = ?", stream);
    sql.update("DELETE FROM tidemark.memory WHERE stream = ? AND about LIKE ?", stream, ABOUT);
  }

  /** The length of the schema's name keeps apart names with points in them. */
  private static String about(TableId table) {
    return UNCOVERED + table.schema().length() + " " + table.schema() + "." + table.name();
  }

  private static TableId table(String about) {
    int end = about.indexOf(' ', UNCOVERED.length());
    int schema = end + 1 + Integer.parseInt(about.substring(UNCOVERED.length(), end));
    return new TableId(about.substring(end + 1, schema), about.substring(schema + 1));
  }

  private interface Piece {
    int on(List<String> printedKeys);
  }

  private static int inPieces(Collection<Key> keys, Piece piece) {
    List<String> printed = new LinkedHashSet<>(keys).stream().map(KeyText::print).toList();
    int done = 0;
    for (int from = 0; from < printed.size(); from += KEYS_PER_STATEMENT) {
      done += piece.on(printed.subList(from, Math.min(printed.size(), from + KEYS_PER_STATEMENT)));
    }
    return done;
  }

  private String areHoles(int keys) {
    return "stream = ? AND table_schema = ? AND table_name = ? AND "
        + sql.dialect().keyValuesIn(keys);
  }

  /**
   * @param before a parameter that comes first, if any
   */
  private Object[] named(TableId table, List<String> keys, String before) {
    List<Object> parameters = new ArrayList<>();
    if (!before.isEmpty()) {
      parameters.add(before);
    }
    parameters.addAll(List.of(stream, table.schema(), table.name()));
    parameters.addAll(keys);
    return parameters.toArray();
  }
}
