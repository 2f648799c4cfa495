package io.tidemark.database.postgres.catalog;

import io.tidemark.database.PortableSchema.DefaultValue;
import io.tidemark.database.postgres.session.CatalogQuery;
import io.tidemark.database.postgres.value.Bytes;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The defaults of columns that are plain values or the present moment. What a constant is, once it
 * is a value of its column, is asked of the server.
 */
final class PortableDefaults {

  /**
   * An expression of constants and casts only, by the nodes of its tree (PostgreSQL manual, 52.6;
   * src/include/nodes/primnodes.h); {@code funcformat 0} is a function that was called by name.
   */
  private static final String DEFAULTS =
      """
      SELECT n.nspname, c.relname, a.attname,
             pg_catalog.pg_get_expr(f.adbin, f.adrelid) AS expression,
             f.adbin::text !~ '\\{(?!(CONST|RELABELTYPE|FUNCEXPR|COERCEVIAIO|COERCETODOMAIN|ARRAYCOERCEEXPR|ARRAYEXPR|ARRAY|CASETESTEXPR)\\y)[A-Z]'
               AND f.adbin::text !~ ':funcformat 0' AS constant
      FROM unnest(?::text[], ?::text[]) AS wanted (schema, name)
      JOIN pg_catalog.pg_namespace AS n ON n.nspname = wanted.schema
      JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = wanted.name
      JOIN pg_catalog.pg_attrdef AS f ON f.adrelid = c.oid
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = f.adnum
      WHERE a.attgenerated = ''
      ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", a.attnum
      """;

  private static final Pattern NOW =
      Pattern.compile(
          "(?i)\\(?(?:now\\(\\)|current_timestamp(?:\\(\\d\\))?|localtimestamp(?:\\(\\d\\))?"
              + "|(?:transaction|statement|clock)_timestamp\\(\\)"
              + "|timezone\\('utc'::text, now\\(\\)\\))\\)?(?:::timestamp[ a-z0-9()]*)?");

  /** Texts that mean a moment as soon as they are read as a time (PostgreSQL manual, 8.5.1). */
  private static final Pattern MOMENT = Pattern.compile("(?i)'(now|today|tomorrow|yesterday)'");

  private record DefaultRow(TableId table, String column, String expression, boolean constant) {}

  private record ColumnId(TableId table, String column) {}

  private final Map<ColumnId, DefaultValue> values = new HashMap<>();

  private PortableDefaults() {}

  /**
   * @param notes is told what is left out
   */
  static PortableDefaults read(
      Connection connection, Map<Table, PortableTable> tables, List<String> notes)
      throws SQLException {
    Map<TableId, PortableTable> byId = new HashMap<>();
    tables.values().forEach(table -> byId.put(table.own().id(), table));
    PortableDefaults defaults = new PortableDefaults();
    for (DefaultRow row : rows(connection, tables)) {
      PortableTable table = byId.get(row.table());
      int field = table == null ? -1 : field(table, row.column());
      if (table == null || field < 0 || row.expression().startsWith("nextval(")) {
        continue;
      }
      Optional<DefaultValue> value = defaults.value(connection, table, field, row);
      if (value.isPresent()) {
        defaults.values.put(new ColumnId(row.table(), row.column()), value.get());
      } else {
        notes.add(
            "the default of column "
                + row.column()
                + " of table "
                + row.table()
                + " is left out: "
                + row.expression());
      }
    }
    return defaults;
  }

  DefaultValue of(TableId table, String column) {
    return values.getOrDefault(new ColumnId(table, column), DefaultValue.Plain.NONE);
  }

  private static List<DefaultRow> rows(Connection connection, Map<Table, PortableTable> tables)
      throws SQLException {
    List<TableId> ids = new ArrayList<>();
    tables.keySet().forEach(table -> ids.add(table.id()));
    return CatalogQuery.list(
        connection,
        DEFAULTS,
        row ->
            new DefaultRow(
                new TableId(row.getString("nspname"), row.getString("relname")),
                row.getString("attname"),
                row.getString("expression"),
                row.getBoolean("constant")),
        ids.stream().map(TableId::schema).toArray(String[]::new),
        ids.stream().map(TableId::name).toArray(String[]::new));
  }

  private static int field(PortableTable table, String column) {
    return table.own().columns().stream().map(Column::name).toList().indexOf(column);
  }

  private Optional<DefaultValue> value(
      Connection connection, PortableTable table, int field, DefaultRow row) throws SQLException {
    ValueType type = table.table().columns().get(field).values();
    if (type instanceof ValueType.Timestamp && NOW.matcher(row.expression()).matches()) {
      return Optional.of(DefaultValue.Plain.CURRENT_TIMESTAMP);
    }
    if (!row.constant() || type.isRaw() || MOMENT.matcher(row.expression()).find()) {
      return Optional.empty();
    }
    return constant(connection, table, field, row.expression());
  }

  private static Optional<DefaultValue> constant(
      Connection connection, PortableTable table, int field, String expression)
      throws SQLException {
    Savepoint before = connection.setSavepoint();
    try (var statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT CAST(("
                    + expression
                    + ") AS "
                    + table.own().columns().get(field).type()
                    + ")")) {
      row.next();
      String text = row.getString(1);
      if (text == null) {
        return Optional.of(DefaultValue.Plain.NONE);
      }
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      Bytes value = new Bytes();
      table.convert(field, bytes, 0, bytes.length, value);
      return Optional.of(new DefaultValue.Literal(value.text()));
    } catch (SQLException e) {
      // No value of its column's type: an insert that relies on it fails at the source too.
      return Optional.empty();
    } finally {
      connection.rollback(before);
    }
  }
}
