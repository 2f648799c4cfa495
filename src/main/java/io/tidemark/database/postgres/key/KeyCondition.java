package io.tidemark.database.postgres.key;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.shared.KeyComparison;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Writes conditions on a table's key. Composite keys are compared as rows, {@code ("a", "b") >= (x,
 * y)}, which one index scan serves (PostgreSQL manual, 9.25.5); the columns' own collations apply.
 */
public final class KeyCondition {

  private final Table table;
  private final List<Column> columns;

  /**
   * @param table has a key
   */
  KeyCondition(Table table) {
    this.table = table;
    this.columns = KeyComparison.columns(table);
  }

  List<Column> columns() {
    return columns;
  }

  /** {@code "a"}, or {@code ("a", "b")}. */
  String tuple() {
    return parenthesized(columns.stream().map(column -> Identifiers.quote(column.name())).toList());
  }

  /** {@code 'x'::integer}, or {@code ('x'::integer, 'y'::text)}. */
  String tuple(Key key) {
    KeyComparison.requireFits(table, key);
    List<String> literals = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      literals.add(Identifiers.literal(key.values().get(i)) + "::" + columns.get(i).type());
    }
    return parenthesized(literals);
  }

  /** Each key column as text, comma-separated, for a select list. */
  String selectText() {
    return columns.stream()
        .map(column -> Identifiers.quote(column.name()) + "::text")
        .collect(Collectors.joining(", "));
  }

  /**
   * The key's columns, comma-separated, for ORDER BY. With the table's alias, because a bare name
   * would mean the column of the select list, which is text.
   */
  String order(String alias) {
    return columns.stream()
        .map(column -> alias + "." + Identifiers.quote(column.name()))
        .collect(Collectors.joining(", "));
  }

  /** What holds for the keys in a range; {@code true} for the whole key space. */
  public static String within(Table table, KeyRange range) {
    if (range instanceof KeyRange.Points points) {
      KeyCondition condition = new KeyCondition(table);
      return points.keys().stream()
          .map(key -> condition.tuple() + " = " + condition.tuple(key))
          .collect(Collectors.joining(" OR ", "(", ")"));
    }
    KeyRange.Between between = (KeyRange.Between) range;
    List<String> conditions = new ArrayList<>();
    between
        .from()
        .ifPresent(
            from -> {
              KeyCondition condition = new KeyCondition(table);
              conditions.add(condition.tuple() + " >= " + condition.tuple(from));
            });
    between
        .to()
        .ifPresent(
            to -> {
              KeyCondition condition = new KeyCondition(table);
              conditions.add(condition.tuple() + " < " + condition.tuple(to));
            });
    return conditions.isEmpty() ? "true" : String.join(" AND ", conditions);
  }

  private static String parenthesized(List<String> items) {
    return items.size() == 1 ? items.get(0) : "(" + String.join(", ", items) + ")";
  }
}
