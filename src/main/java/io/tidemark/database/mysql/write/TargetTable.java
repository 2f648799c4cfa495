package io.tidemark.database.mysql.write;

import io.tidemark.change.Row;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.ValueRefusedException;
import io.tidemark.database.mysql.catalog.CatalogColumns;
import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.session.ByteText;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlErrors;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.shared.ValueLimits;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.OnBadValue;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A table as it arrives, and what it is at the target.
 *
 * @param table with the source's names
 * @param id its name at the target
 * @param name what statements call it, quoted, with its database: the same, or where its rows are
 *     set aside
 * @param fields how the columns' values are written, in the order of the rows
 * @param keyIndex the unique index at the target over the key's columns; empty without key
 */
public record TargetTable(
    Table table,
    TableId id,
    String name,
    List<FieldEncoding> fields,
    String keyIndex,
    OnBadValue onBadValue) {

  private static final String COLUMNS =
      """
      SELECT COLUMN_NAME, ORDINAL_POSITION, COLUMN_DEFAULT, IS_NULLABLE, DATA_TYPE, COLUMN_TYPE,
             EXTRA, GENERATION_EXPRESSION, coalesce(CHARACTER_MAXIMUM_LENGTH, 0) AS LENGTH,
             coalesce(NUMERIC_PRECISION, 0) AS DIGITS, coalesce(NUMERIC_SCALE, 0) AS SCALE,
             coalesce(DATETIME_PRECISION, 0) AS FRACTION,
             coalesce(CHARACTER_SET_NAME, '') AS CHARSET, coalesce(COLLATION_NAME, '') AS COLLATION
      FROM information_schema.COLUMNS
      WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION
      """;

  private static final String UNIQUE_INDEXES =
      """
      SELECT INDEX_NAME, coalesce(COLUMN_NAME, ''), coalesce(SUB_PART, 0)
      FROM information_schema.STATISTICS
      WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NON_UNIQUE = 0
      ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX
      """;

  public TargetTable {
    fields = List.copyOf(fields);
  }

  /** The columns that the target's table has; none if it does not exist. */
  public static List<MySqlColumn> columns(MySqlQueries queries, TableId id) {
    CatalogColumns reader = new CatalogColumns(queries.version().isMariaDb());
    return queries.list(
        "looking up table " + id + " at the target", COLUMNS, reader::read, id.schema(), id.name());
  }

  /**
   * Looks the table up.
   *
   * @throws DatabaseException fatal, if it lacks a column, or what is unique at the source is not
   *     at the target
   */
  static TargetTable read(Connection connection, Table table, TableId id, OnBadValue onBadValue) {
    MySqlQueries queries = new MySqlQueries(connection);
    if (!holdsStill(queries, id)) {
      throw new DatabaseException(
          Kind.FATAL,
          "table "
              + id
              + " does not exist at the target, but rows for it arrived; create it, or take it out"
              + " of the job's selection");
    }
    Map<String, MySqlColumn> found = new LinkedHashMap<>();
    columns(queries, id).forEach(column -> found.put(column.name(), column));
    List<FieldEncoding> fields = new ArrayList<>();
    for (Column column : table.columns()) {
      MySqlColumn there = found.get(column.name());
      if (there == null || there.generated()) {
        throw new DatabaseException(
            Kind.FATAL,
            "table "
                + id
                + " at the target has no column "
                + column.name()
                + " that can be written, but the source's has; add it, or select the columns that"
                + " both have");
      }
      ValueLimits limits =
          Conversions.limits(column, there)
              .orElseThrow(
                  () ->
                      new DatabaseException(
                          Kind.FATAL,
                          "table "
                              + id
                              + ": "
                              + Conversions.refusal(column, there)
                              + "; give it a type for them (docs/types.md has the pairs), or leave"
                              + " the column out with source.columns"));
      fields.add(new FieldEncoding(column.values(), there, limits));
    }
    String keyIndex =
        table.key().map(key -> keyIndex(queries, id, new TreeSet<>(key.columns()))).orElse("");
    return new TargetTable(table, id, Identifiers.quote(id), fields, keyIndex, onBadValue);
  }

  /**
   * Keeps the table as it is until the end of the transaction, if there is such a table: MariaDB's
   * catalog leaves out a table, its columns or its keys while an ALTER TABLE puts it into its
   * place. A statement on it waits for that, and keeps the next one away (MySQL manual, 10.11.4).
   * It takes the lock of one that writes, as this transaction will: with that of a reader it would
   * have to ask for more while an ALTER TABLE waits for it to end, and lose.
   */
  private static boolean holdsStill(MySqlQueries queries, TableId id) {
    try {
      queries.list(
          "looking for table " + id + " at the target",
          "SELECT 1 FROM " + Identifiers.quote(id) + " LIMIT 0 FOR UPDATE",
          row -> row.getInt(1));
      return true;
    } catch (DatabaseException e) {
      if (MySqlErrors.is(e, MySqlErrors.NO_SUCH_TABLE)
          || MySqlErrors.is(e, MySqlErrors.UNKNOWN_DATABASE)) {
        return false;
      }
      throw e;
    }
  }

  private static String keyIndex(MySqlQueries queries, TableId id, Set<String> key) {
    record Part(String index, String column, long prefix) {}
    Map<String, List<Part>> indexes =
        queries
            .list(
                "looking up the keys of table " + id + " at the target",
                UNIQUE_INDEXES,
                row -> new Part(row.getString(1), row.getString(2), row.getLong(3)),
                id.schema(),
                id.name())
            .stream()
            .collect(Collectors.groupingBy(Part::index, LinkedHashMap::new, Collectors.toList()));
    return indexes.entrySet().stream()
        .filter(
            index ->
                index.getValue().stream().allMatch(part -> part.prefix() == 0)
                    && index.getValue().stream()
                        .map(Part::column)
                        .collect(Collectors.toSet())
                        .equals(key))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow(
            () ->
                new DatabaseException(
                    Kind.FATAL,
                    "table "
                        + id
                        + " at the target has no unique key on "
                        + key
                        + ", which names the rows at the source; add it"));
  }

  /**
   * The same rows in another table of its columns.
   *
   * @param other its name, quoted, with its database
   * @param index of the key there
   */
  TargetTable setAsideIn(String other, String index) {
    return new TargetTable(table, id, other, fields, keyIndex.isEmpty() ? "" : index, onBadValue);
  }

  /** Whether the rows are found by the primary key. */
  boolean isPrimary() {
    return keyIndex.equals("PRIMARY");
  }

  String allColumns() {
    return fields.stream().map(FieldEncoding::name).collect(Collectors.joining(", "));
  }

  int[] keyFields() {
    return table.keyIndexes();
  }

  /** The fields that are not part of the key. */
  int[] otherFields() {
    int[] key = table.keyIndexes();
    return IntStream.range(0, fields.size())
        .filter(field -> Arrays.stream(key).noneMatch(part -> part == field))
        .toArray();
  }

  /**
   * The fields that an update which assigns these has to keep by assigning them to themselves: the
   * server would set them to the present moment (MySQL manual, 13.2.5).
   */
  int[] keptBesides(BitSet assigned) {
    return IntStream.range(0, fields.size())
        .filter(field -> !assigned.get(field) && fields.get(field).column().renewed())
        .toArray();
  }

  /**
   * Whether {@code field} is to be written as null because the column cannot hold the value.
   *
   * @throws DatabaseException of kind DATA, if it cannot and may not be null instead
   */
  boolean isNullInstead(Row row, int field) {
    if (row.isNull(field)) {
      return false;
    }
    String problem = fields.get(field).problem(row, field);
    if (problem.isEmpty()) {
      return false;
    }
    MySqlColumn column = fields.get(field).column();
    boolean names = Arrays.stream(table.keyIndexes()).anyMatch(part -> part == field);
    if (onBadValue == OnBadValue.NULL && column.column().nullable() && !names) {
      return true;
    }
    throw refused(row, field, problem);
  }

  /** The first value of a row that its column is known not to hold. */
  Optional<ValueRefusedException> problem(Row row) {
    for (int field = 0; field < fields.size(); field++) {
      if (row.isPresent(field) && !row.isNull(field)) {
        String problem = fields.get(field).problem(row, field);
        if (!problem.isEmpty()) {
          return Optional.of(refused(row, field, problem));
        }
      }
    }
    return Optional.empty();
  }

  private ValueRefusedException refused(Row row, int field, String problem) {
    MySqlColumn column = fields.get(field).column();
    return new ValueRefusedException(
        "table "
            + id
            + ", key "
            + key(row)
            + ", column "
            + column.name()
            + " ("
            + column.column().type()
            + "): "
            + problem
            + ". Give the column another type, or set target.on-bad-value",
        column.name(),
        problem);
  }

  /** Writes a present field as a literal. */
  void literal(Row row, int field, ByteText sql) {
    if (isNullInstead(row, field)) {
      sql.add("NULL");
    } else {
      fields.get(field).literal(row, field, sql);
    }
  }

  /** Whether a row has an enumeration's value that is none of its labels (index 0). */
  boolean hasNoLabel(Row row) {
    for (int field = 0; field < fields.size(); field++) {
      if (fields.get(field).isNoLabel(row, field)) {
        return true;
      }
    }
    return false;
  }

  /** The key's values as people write them; without key, a remark. */
  String key(Row row) {
    List<String> values = new ArrayList<>();
    for (int field : table.keyIndexes()) {
      if (!row.isPresent(field) || row.isNull(field)) {
        values.add("?");
      } else if (table.columns().get(field).values().isRaw()) {
        int offset = row.offset(field);
        values.add(HexFormat.of().formatHex(row.array(), offset, offset + row.length(field)));
      } else {
        values.add(row.text(field));
      }
    }
    return values.isEmpty() ? "(the table has none)" : "(" + String.join(", ", values) + ")";
  }
}
