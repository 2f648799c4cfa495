package io.tidemark.database.mysql.key;

import io.tidemark.change.Key;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.shared.KeyComparison;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import io.tidemark.schema.ValueType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How the source orders a table's keys: the types and collations of the key's columns, and whether
 * Java can say the same.
 */
public final class KeyOrder {

  /** Keys in one query; each is a SELECT of its own in it. */
  private static final int KEYS_PER_QUERY = 200;

  /** The collation whose order is that of the UTF-8 bytes, with nothing padded (12.10.1). */
  private static final String BYTES_OF_UTF8 = "utf8mb4_0900_bin";

  /** How one column's values compare. */
  private enum Comparison {
    NUMBER,
    /** As the bytes of the text in the key. */
    BYTES,
    ASK
  }

  /**
   * @param charset empty where there is none
   */
  private record Collation(String charset, String name) {}

  private static final Collation NONE = new Collation("", "");

  private record Facts(Column column, Comparison comparison, Collation collation) {}

  private final List<Facts> facts = new ArrayList<>();

  private KeyOrder(MySqlQueries queries, Table table) {
    Map<String, Collation> collations = new HashMap<>();
    queries.list(
        "reading the key columns of table " + table.id(),
        "SELECT COLUMN_NAME, CHARACTER_SET_NAME, COLLATION_NAME FROM information_schema.COLUMNS"
            + " WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND COLLATION_NAME IS NOT NULL",
        row -> collations.put(row.getString(1), new Collation(row.getString(2), row.getString(3))),
        table.id().schema(),
        table.id().name());
    for (Column column : new KeyCondition(table).columns()) {
      Collation collation = collations.getOrDefault(column.name(), NONE);
      facts.add(new Facts(column, comparison(column.values(), collation), collation));
    }
  }

  /**
   * @param table has a key
   */
  public static KeyOrder read(MySqlQueries queries, Table table) {
    return new KeyOrder(queries, table);
  }

  private static Comparison comparison(ValueType type, Collation collation) {
    if (type instanceof ValueType.Int
        || type instanceof ValueType.Decimal
        || type == ValueType.Plain.BOOLEAN) {
      return Comparison.NUMBER;
    }
    boolean fixedDigits =
        type == ValueType.Plain.DATE
            || type == ValueType.Plain.YEAR
            || type instanceof ValueType.Timestamp;
    // Raw bytes are lower-case hexadecimal digits here, whose order is that of the bytes.
    boolean bytes =
        type.isRaw() || type instanceof ValueType.Text && collation.name().equals(BYTES_OF_UTF8);
    return fixedDigits || bytes ? Comparison.BYTES : Comparison.ASK;
  }

  /** The database's order, where Java knows it for certain. */
  public Optional<Comparator<Key>> inJava() {
    if (facts.stream().anyMatch(column -> column.comparison() == Comparison.ASK)) {
      return Optional.empty();
    }
    return Optional.of(KeyComparison.by(facts.stream().map(KeyOrder::inJava).toList()));
  }

  private static Comparator<String> inJava(Facts column) {
    if (column.comparison() == Comparison.BYTES) {
      return KeyComparison.BYTES;
    }
    return column.column().values() instanceof ValueType.Int type
            && !(type.unsigned() && type.bits() == Long.SIZE)
        ? KeyComparison.INTEGERS
        : KeyComparison.NUMBERS;
  }

  /**
   * For each key, how many of {@code bounds} are at or below it: the database compares them, in the
   * columns' own collations.
   */
  public int[] locate(MySqlQueries queries, Table table, List<Key> keys, List<Key> bounds) {
    int[] below = new int[keys.size()];
    for (int from = 0; from < keys.size(); from += KEYS_PER_QUERY) {
      int end = Math.min(keys.size(), from + KEYS_PER_QUERY);
      StringBuilder sql = new StringBuilder();
      for (int i = from; i < end; i++) {
        sql.append(i == from ? "SELECT " : " UNION ALL SELECT ").append(i).append(", ");
        for (int bound = 0; bound < bounds.size(); bound++) {
          sql.append(bound == 0 ? "" : " + ").append(atOrBelow(bounds.get(bound), keys.get(i)));
        }
      }
      queries.list(
          "comparing keys of table " + table.id(),
          sql.toString(),
          row -> below[row.getInt(1)] = row.getInt(2));
    }
    return below;
  }

  /** {@code b < k OR (b = k AND …)}, which is 1 or 0. */
  private String atOrBelow(Key bound, Key key) {
    StringBuilder sql = new StringBuilder("(");
    StringBuilder equal = new StringBuilder();
    for (int i = 0; i < facts.size(); i++) {
      String left = value(facts.get(i), bound.values().get(i));
      String right = value(facts.get(i), key.values().get(i));
      boolean last = i == facts.size() - 1;
      sql.append(i == 0 ? "" : " OR ").append('(').append(equal).append(left);
      sql.append(last ? " <= " : " < ").append(right).append(')');
      equal.append(left).append(" = ").append(right).append(" AND ");
    }
    return sql.append(')').toString();
  }

  private static String value(Facts facts, String value) {
    String literal = KeyCondition.literal(facts.column(), value);
    ValueType type = facts.column().values();
    if (!facts.collation().name().isEmpty()) {
      return "CONVERT("
          + literal
          + " USING "
          + facts.collation().charset()
          + ") COLLATE "
          + facts.collation().name();
    }
    if (type instanceof ValueType.Time time) {
      return "CAST(" + literal + " AS TIME(" + time.digits() + "))";
    }
    if (type instanceof ValueType.Timestamp timestamp) {
      return "CAST(" + literal + " AS DATETIME(" + timestamp.digits() + "))";
    }
    // MariaDB's UUID and INET6 have an order of their own.
    String declared = facts.column().type();
    boolean special = declared.equals("uuid") || declared.startsWith("inet");
    return special || type == ValueType.Plain.DATE
        ? "CAST(" + literal + " AS " + declared + ")"
        : literal;
  }
}
