package io.tidemark.database.mysql.key;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.shared.KeyComparison;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import io.tidemark.schema.ValueType;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Writes conditions on a table's key. Composite keys are compared as rows, spelt out as {@code a >
 * x OR (a = x AND b > y)}: of a row constructor with an inequality the server makes no index range
 * (MySQL manual, 10.2.1.22, "Row Constructor Expression Optimization"). A column is compared in its
 * own collation, which goes before that of a literal (12.8.4).
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

  /**
   * Whether parts of the key space can be named by conditions that an index serves and that follow
   * the index's order. Not where a column is ordered by one thing and compared by another, as ENUM
   * and SET are by number and by label.
   */
  boolean canBeCut() {
    return columns.stream()
        .noneMatch(
            column ->
                column.values() instanceof ValueType.Enumeration
                    || column.values() instanceof ValueType.LabelSet
                    || column.values() instanceof ValueType.Real
                    || column.values() instanceof ValueType.Bits
                    || column.values() == ValueType.Plain.JSON
                    || column.values() == ValueType.Plain.GEOMETRY);
  }

  /** The key's columns, comma-separated, for a select list or ORDER BY. */
  String list() {
    return Identifiers.list(columns.stream().map(Column::name).toList());
  }

  /** The key of a row, from what {@link #list} selected. */
  static Key key(Table table, List<byte[]> fields) {
    List<String> values = new ArrayList<>();
    int[] indexes = table.keyIndexes();
    SelectedFields selected = new SelectedFields(table);
    for (int i = 0; i < indexes.length; i++) {
      values.add(selected.keyText(indexes[i], fields.get(i)));
    }
    return new Key(values);
  }

  /** A key's value as a literal of the kind that compares with the column as the index does. */
  static String literal(Column column, String value) {
    ValueType type = column.values();
    if (type.isRaw()) {
      return Identifiers.bytes(HexFormat.of().parseHex(value));
    }
    if (type instanceof ValueType.Int
        || type instanceof ValueType.Decimal
        || type == ValueType.Plain.BOOLEAN) {
      return new BigDecimal(value).toPlainString();
    }
    if (type instanceof ValueType.Bits) {
      return "b'" + value + "'";
    }
    if (type instanceof ValueType.Real real) {
      // A FLOAT equals the double of the same value, not the one that is printed like it.
      double exact = real.bits() == 32 ? Float.parseFloat(value) : Double.parseDouble(value);
      return new BigDecimal(exact).toPlainString() + "e0";
    }
    return Identifiers.literal(value);
  }

  /** {@code a >= x}, or as much for more columns. */
  String atOrAbove(Key key) {
    return compare(key, ">", ">=");
  }

  /** {@code a > x}, or as much for more columns. */
  String above(Key key) {
    return compare(key, ">", ">");
  }

  /** {@code a < x}, or as much for more columns. */
  String below(Key key) {
    return compare(key, "<", "<");
  }

  private String compare(Key key, String operator, String lastOperator) {
    KeyComparison.requireFits(table, key);
    List<String> cases = new ArrayList<>();
    StringBuilder equal = new StringBuilder();
    for (int i = 0; i < columns.size(); i++) {
      String name = Identifiers.quote(columns.get(i).name());
      String value = literal(columns.get(i), key.values().get(i));
      boolean last = i == columns.size() - 1;
      cases.add("(" + equal + name + " " + (last ? lastOperator : operator) + " " + value + ")");
      equal.append(name).append(" = ").append(value).append(" AND ");
    }
    return cases.size() == 1 ? cases.get(0) : "(" + String.join(" OR ", cases) + ")";
  }

  private String equal(Key key) {
    KeyComparison.requireFits(table, key);
    List<String> conditions = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      conditions.add(
          Identifiers.quote(columns.get(i).name())
              + " = "
              + literal(columns.get(i), key.values().get(i)));
    }
    return conditions.stream().collect(Collectors.joining(" AND ", "(", ")"));
  }

  /** What holds for the keys in a range; empty for the whole key space. */
  public static Optional<String> within(Table table, KeyRange range) {
    if (range instanceof KeyRange.Points points) {
      KeyCondition condition = new KeyCondition(table);
      return Optional.of(
          points.keys().stream()
              .map(condition::equal)
              .collect(Collectors.joining(" OR ", "(", ")")));
    }
    KeyRange.Between between = (KeyRange.Between) range;
    List<String> conditions = new ArrayList<>();
    between.from().ifPresent(from -> conditions.add(new KeyCondition(table).atOrAbove(from)));
    between.to().ifPresent(to -> conditions.add(new KeyCondition(table).below(to)));
    return conditions.isEmpty() ? Optional.empty() : Optional.of(String.join(" AND ", conditions));
  }
}
