package io.tidemark.database.postgres.key;

import io.tidemark.change.Key;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.database.shared.KeyComparison;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
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

  private static final String COLUMNS =
      """
      SELECT a.attname, CASE WHEN t.typtype = 'd' THEN 0 ELSE a.atttypid::bigint END,
             CASE WHEN a.attcollation <> t.typcollation
                  THEN pg_catalog.format('%I.%I', cn.nspname, c.collname) END,
             pg_catalog.current_setting('server_encoding') = 'UTF8'
             AND (c.collname IN ('C', 'POSIX') AND cn.nspname = 'pg_catalog'
                  OR c.collname = 'default' AND d.datcollate IN ('C', 'POSIX')
                     AND coalesce(pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c') = 'c')
      FROM pg_catalog.pg_attribute AS a
      JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
      JOIN pg_catalog.pg_database AS d ON d.datname = pg_catalog.current_database()
      LEFT JOIN pg_catalog.pg_collation AS c ON c.oid = a.attcollation
      LEFT JOIN pg_catalog.pg_namespace AS cn ON cn.oid = c.collnamespace
      WHERE a.attrelid = ?::pg_catalog.regclass AND a.attname = ANY (?) AND NOT a.attisdropped
      """;

  /** How one column's values compare. */
  private enum Comparison {
    INTEGER,
    BYTES,
    ASK
  }

  private record Facts(Comparison comparison, Optional<String> collation) {}

  private final KeyCondition condition;
  private final List<Facts> facts;

  private KeyOrder(KeyCondition condition, List<Facts> facts) {
    this.condition = condition;
    this.facts = facts;
  }

  /**
   * @param table has a key
   */
  public static KeyOrder read(PostgresQueries queries, Table table) {
    KeyCondition condition = new KeyCondition(table);
    Map<String, Facts> byName = new HashMap<>();
    queries.list(
        "reading the key columns of table " + table.id(),
        COLUMNS,
        row ->
            byName.put(
                row.getString(1),
                new Facts(
                    comparison(row.getLong(2), row.getBoolean(4)),
                    Optional.ofNullable(row.getString(3)))),
        Identifiers.quote(table.id()),
        condition.columns().stream().map(Column::name).toArray(String[]::new));
    List<Facts> facts = new ArrayList<>();
    for (Column column : condition.columns()) {
      facts.add(byName.getOrDefault(column.name(), new Facts(Comparison.ASK, Optional.empty())));
    }
    return new KeyOrder(condition, facts);
  }

  /** By the type's fixed object id (src/include/catalog/pg_type.dat). */
  private static Comparison comparison(long type, boolean textInByteOrder) {
    return switch ((int) type) {
      case 20, 21, 23 -> Comparison.INTEGER; // int8, int2, int4
      // Both print as lower-case hexadecimal digits, whose order is that of the bytes.
      case 17, 2950 -> Comparison.BYTES; // bytea, uuid
      case 25, 1043 -> textInByteOrder ? Comparison.BYTES : Comparison.ASK; // text, varchar
      default -> Comparison.ASK;
    };
  }

  boolean leadsWithInteger() {
    return facts.get(0).comparison() == Comparison.INTEGER;
  }

  /** The database's order, where Java knows it for certain. */
  public Optional<Comparator<Key>> inJava() {
    if (facts.stream().anyMatch(column -> column.comparison() == Comparison.ASK)) {
      return Optional.empty();
    }
    return Optional.of(
        KeyComparison.by(
            facts.stream()
                .map(
                    column ->
                        column.comparison() == Comparison.INTEGER
                            ? KeyComparison.INTEGERS
                            : KeyComparison.BYTES)
                .toList()));
  }

  /**
   * For each key, how many of {@code bounds} are at or below it, found by the database in one
   * sorting query. ORDER BY takes the type's default operator class, as comparisons do.
   */
  public int[] locate(PostgresQueries queries, Table table, List<Key> keys, List<Key> bounds) {
    StringBuilder values = new StringBuilder();
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < facts.size(); i++) {
      String comma = i == 0 ? "" : ", ";
      values
          .append(", v")
          .append(i)
          .append("::")
          .append(condition.columns().get(i).type())
          .append(facts.get(i).collation().map(collation -> " COLLATE " + collation).orElse(""))
          .append(" AS c")
          .append(i);
      names.append(comma).append('c').append(i);
    }
    String placeholders = "?::text[]" + ", ?::text[]".repeat(facts.size() - 1);
    String inputs = names.toString().replace('c', 'v');
    String sql =
        "SELECT ord, below FROM (SELECT ord, pg_catalog.count(*) FILTER (WHERE ord = 0) OVER"
            + " (ORDER BY "
            + names
            + ", ord = 0 DESC ROWS UNBOUNDED PRECEDING) AS below FROM (SELECT ord"
            + values
            + " FROM unnest("
            + placeholders
            + ") WITH ORDINALITY AS k ("
            + inputs
            + ", ord) UNION ALL SELECT 0"
            + values
            + " FROM unnest("
            + placeholders
            + ") AS b ("
            + inputs
            + ")) AS u) AS w WHERE ord > 0";
    List<Object> parameters = new ArrayList<>();
    for (List<Key> list : List.of(keys, bounds)) {
      for (int i = 0; i < facts.size(); i++) {
        int field = i;
        parameters.add(list.stream().map(key -> key.values().get(field)).toArray(String[]::new));
      }
    }
    int[] below = new int[keys.size()];
    queries.list(
        "comparing keys of table " + table.id(),
        sql,
        row -> below[(int) row.getLong(1) - 1] = (int) row.getLong(2),
        parameters.toArray());
    return below;
  }
}
