package io.tidemark.database.postgres.catalog;

import io.tidemark.database.postgres.session.CatalogQuery;
import io.tidemark.schema.ValueType;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a column of the target stores: its type, or the one below it where that is a domain.
 *
 * @param typeOid of that type
 * @param type its name, unquoted
 * @param builtIn whether the server itself has it, and no extension or user
 * @param kind as {@code pg_type.typtype} has it
 * @param modifier -1 for none; for a domain, the domain's
 * @param tellsApart whether two values are equal only if they are the same to the byte, as far as
 *     that depends on the column's collation
 */
public record ReceivingColumn(
    long typeOid, String type, boolean builtIn, String kind, int modifier, boolean tellsApart) {

  /**
   * The columns of some tables, each with the types below it: {@code base (attrelid, attnum, typid,
   * typmod)}, to be put in front of a query. One parameter, the tables' object ids. A column of a
   * domain has no modifier of its own, and of domains over domains only the lowest may have one.
   */
  public static final String BASE =
      """
      WITH RECURSIVE base (attrelid, attnum, typid, typmod) AS (
        SELECT attrelid, attnum, atttypid, atttypmod FROM pg_catalog.pg_attribute
        WHERE attrelid = ANY (?) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
        UNION ALL
        SELECT b.attrelid, b.attnum, t.typbasetype, t.typtypmod
        FROM base AS b JOIN pg_catalog.pg_type AS t ON t.oid = b.typid
        WHERE t.typtype = 'd')
      """;

  private static final String COLUMNS =
      BASE
          + """
          SELECT b.attrelid, a.attname, t.oid::bigint AS type_oid, t.typname,
                 n.nspname = 'pg_catalog' AS built_in, t.typtype::text AS kind, b.typmod,
                 coalesce((SELECT c.collisdeterministic FROM pg_catalog.pg_collation AS c
                           WHERE c.oid = a.attcollation), true) AS tells_apart
          FROM base AS b
          JOIN pg_catalog.pg_type AS t ON t.oid = b.typid AND t.typtype <> 'd'
          JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
          JOIN pg_catalog.pg_attribute AS a ON a.attrelid = b.attrelid AND a.attnum = b.attnum
          """;

  private record Named(long table, String name, ReceivingColumn column) {}

  /**
   * The columns that can be written, by their table's object id and then by name.
   *
   * @param tables their object ids
   */
  public static Map<Long, Map<String, ReceivingColumn>> read(
      Connection connection, Collection<Long> tables) throws SQLException {
    Map<Long, Map<String, ReceivingColumn>> columns = new LinkedHashMap<>();
    CatalogQuery.list(
            connection,
            COLUMNS,
            row ->
                new Named(
                    row.getLong("attrelid"),
                    row.getString("attname"),
                    new ReceivingColumn(
                        row.getLong("type_oid"),
                        row.getString("typname"),
                        row.getBoolean("built_in"),
                        row.getString("kind"),
                        row.getInt("typmod"),
                        row.getBoolean("tells_apart"))),
            tables)
        .forEach(
            named ->
                columns
                    .computeIfAbsent(named.table(), table -> new LinkedHashMap<>())
                    .put(named.name(), named.column()));
    return columns;
  }

  /** What its values are, for a type that the server itself has. */
  ValueType values() {
    return ScalarTypes.of(typeOid, type, modifier).portable();
  }
}
