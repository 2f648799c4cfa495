package io.tidemark.database.postgres.catalog;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.postgres.session.CatalogQuery;
import io.tidemark.database.postgres.value.PostgresType;
import io.tidemark.database.postgres.value.PostgresType.Attribute;
import io.tidemark.schema.Column;
import io.tidemark.schema.Known;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the types of columns are made of, as the catalog says: domains are what lies below them,
 * arrays, rows and ranges what they consist of.
 */
public final class ColumnTypes {

  private static final String COLUMNS =
      """
      SELECT n.nspname, c.relname, a.attname, a.atttypid::bigint AS type, a.atttypmod AS modifier
      FROM unnest(?::text[], ?::text[]) AS wanted (schema, name)
      JOIN pg_catalog.pg_namespace AS n ON n.nspname = wanted.schema
      JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = wanted.name
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
      WHERE a.attnum > 0 AND NOT a.attisdropped
      """;

  private static final String TYPES =
      """
      WITH RECURSIVE used (oid) AS (
        SELECT DISTINCT u.oid FROM unnest(?) AS u (oid)
        UNION
        SELECT part.oid FROM used JOIN pg_catalog.pg_type AS t ON t.oid = used.oid
        CROSS JOIN LATERAL (
          SELECT t.typbasetype WHERE t.typtype = 'd'
          UNION ALL SELECT t.typelem WHERE t.typtype = 'b'
                      AND t.typoutput = 'pg_catalog.array_out'::pg_catalog.regproc
          UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range AS r
                    WHERE t.oid IN (r.rngtypid, r.rngmultitypid)
          UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute AS a
                    WHERE t.typtype = 'c' AND a.attrelid = t.typrelid
                      AND a.attnum > 0 AND NOT a.attisdropped) AS part (oid))
      SELECT t.oid::bigint AS oid, n.nspname, t.typname, t.typtype::text AS kind,
             t.typbasetype::bigint AS base, t.typtypmod AS modifier,
             CASE WHEN t.typtype = 'b'
                       AND t.typoutput = 'pg_catalog.array_out'::pg_catalog.regproc
                  THEN t.typelem::bigint ELSE 0 END AS element,
             t.typdelim::text AS delimiter,
             coalesce((SELECT r.rngsubtype::bigint FROM pg_catalog.pg_range AS r
                       WHERE t.oid IN (r.rngtypid, r.rngmultitypid)), 0) AS bound,
             ARRAY(SELECT l.enumlabel::text FROM pg_catalog.pg_enum AS l
                   WHERE l.enumtypid = t.oid ORDER BY l.enumsortorder) AS labels,
             ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
                   WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0
                     AND NOT a.attisdropped ORDER BY a.attnum) AS attributes,
             ARRAY(SELECT a.atttypid::bigint FROM pg_catalog.pg_attribute AS a
                   WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0
                     AND NOT a.attisdropped ORDER BY a.attnum) AS attribute_types,
             ARRAY(SELECT a.atttypmod FROM pg_catalog.pg_attribute AS a
                   WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0
                     AND NOT a.attisdropped ORDER BY a.attnum) AS attribute_modifiers
      FROM (SELECT DISTINCT oid FROM used) AS u
      JOIN pg_catalog.pg_type AS t ON t.oid = u.oid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
      """;

  private record TypeRow(
      long oid,
      String schema,
      String name,
      String kind,
      long base,
      int modifier,
      long element,
      char delimiter,
      long bound,
      List<String> labels,
      List<String> attributes,
      List<Long> attributeTypes,
      List<Integer> attributeModifiers) {}

  private record TypedColumn(TableId table, String name, long type, int modifier) {}

  private final Map<Long, TypeRow> rows = new HashMap<>();

  private ColumnTypes() {}

  /**
   * The tables with the types of their columns.
   *
   * @param tables with values in PostgreSQL's own form
   * @return those of them whose columns are all there; the others have been altered since
   */
  public static Map<Table, PortableTable> read(Connection connection, Collection<Table> tables)
      throws SQLException {
    Map<TableId, Map<String, TypedColumn>> columns = new HashMap<>();
    CatalogQuery.list(
            connection,
            COLUMNS,
            ColumnTypes::column,
            tables.stream().map(table -> table.id().schema()).toArray(String[]::new),
            tables.stream().map(table -> table.id().name()).toArray(String[]::new))
        .forEach(
            column ->
                columns
                    .computeIfAbsent(column.table(), table -> new HashMap<>())
                    .put(column.name(), column));
    Set<Long> used = new HashSet<>();
    columns.values().forEach(each -> each.values().forEach(column -> used.add(column.type())));
    ColumnTypes types = new ColumnTypes();
    CatalogQuery.list(connection, TYPES, ColumnTypes::type, used)
        .forEach(row -> types.rows.put(row.oid(), row));
    Map<Table, PortableTable> portable = new HashMap<>();
    for (Table table : tables) {
      Map<String, TypedColumn> there = columns.getOrDefault(table.id(), Map.of());
      if (table.columns().stream().allMatch(column -> there.containsKey(column.name()))) {
        portable.put(table, types.portable(table, there));
      }
    }
    return portable;
  }

  /** What a type is, whoever uses it. */
  static PostgresType single(Connection connection, long type, int modifier) throws SQLException {
    ColumnTypes types = new ColumnTypes();
    CatalogQuery.list(connection, TYPES, ColumnTypes::type, Set.of(type))
        .forEach(row -> types.rows.put(row.oid(), row));
    return types.type(type, modifier);
  }

  private PortableTable portable(Table table, Map<String, TypedColumn> there) {
    Set<String> key = new HashSet<>();
    table.key().ifPresent(named -> key.addAll(named.columns()));
    List<PostgresType> types = new ArrayList<>();
    for (Column column : table.columns()) {
      TypedColumn typed = Known.require(there, column.name());
      PostgresType type = type(typed.type(), typed.modifier());
      // JSON names no row anywhere else, and has no one text that stands for a value.
      boolean plain = key.contains(column.name()) && type.portable() == ValueType.Plain.JSON;
      types.add(plain ? ScalarTypes.ANY_TEXT : type);
    }
    return new PortableTable(table, types);
  }

  private PostgresType type(long oid, int modifier) {
    TypeRow row = rows.get(oid);
    if (row == null) {
      throw new DatabaseException(
          Kind.RETRYABLE, "a type of the source was dropped while it was looked up");
    }
    if (row.element() != 0) {
      TypeRow element = rows.get(row.element());
      return new PostgresType.Array(
          type(row.element(), modifier), element == null ? ',' : element.delimiter());
    }
    return switch (row.kind()) {
      case "d" -> type(row.base(), row.modifier());
      case "e" -> new PostgresType.Scalar(new ValueType.Enumeration(row.labels()));
      case "c" -> composite(row);
      case "r" -> new PostgresType.Range(type(row.bound(), -1));
      case "m" -> new PostgresType.Multirange(new PostgresType.Range(type(row.bound(), -1)));
      default -> ScalarTypes.of(row.oid(), row.name(), modifier);
    };
  }

  private PostgresType composite(TypeRow row) {
    List<Attribute> attributes = new ArrayList<>();
    for (int i = 0; i < row.attributes().size(); i++) {
      attributes.add(
          new Attribute(
              row.attributes().get(i),
              type(row.attributeTypes().get(i), row.attributeModifiers().get(i))));
    }
    return new PostgresType.Composite(attributes);
  }

  private static TypedColumn column(ResultSet row) throws SQLException {
    return new TypedColumn(
        new TableId(row.getString("nspname"), row.getString("relname")),
        row.getString("attname"),
        row.getLong("type"),
        row.getInt("modifier"));
  }

  private static TypeRow type(ResultSet row) throws SQLException {
    return new TypeRow(
        row.getLong("oid"),
        row.getString("nspname"),
        row.getString("typname"),
        row.getString("kind"),
        row.getLong("base"),
        row.getInt("modifier"),
        row.getLong("element"),
        row.getString("delimiter").charAt(0),
        row.getLong("bound"),
        CatalogQuery.texts(row, "labels"),
        CatalogQuery.texts(row, "attributes"),
        List.of((Long[]) row.getArray("attribute_types").getArray()),
        List.of((Integer[]) row.getArray("attribute_modifiers").getArray()));
  }
}
