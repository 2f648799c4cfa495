package io.tidemark.database.postgres.check;

import io.tidemark.database.postgres.catalog.PostgresCatalog.Entry;
import io.tidemark.database.postgres.session.CatalogQuery;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.shared.Findings;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Whether the indexes of text keys are in the order in which the server compares today. A library
 * of the operating system says how text sorts; where it was exchanged, an index is in the former
 * order, and a search in it may pass over rows that are there (PostgreSQL manual, 24.2.2.3 and
 * ALTER COLLATION, Notes). Chunks are ranges of keys, and the server may read a range by the key's
 * index: a row that such a search passes over would be in no chunk, and nobody would miss it.
 */
final class CollationChecks {

  /** A database has noted a version since 15; the default collation stands for it. */
  private static final String CHANGED =
      """
      SELECT w.place, x.collation, x.noted, x.present, x.of_database
      FROM unnest(?::text[], ?::text[], ?::text[])
        WITH ORDINALITY AS w (schema, name, attname, place)
      JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema
      JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = w.attname
      JOIN pg_catalog.pg_collation AS co ON co.oid = a.attcollation
      JOIN pg_catalog.pg_namespace AS cn ON cn.oid = co.collnamespace
      CROSS JOIN LATERAL (
        SELECT pg_catalog.format('%I.%I', cn.nspname, co.collname) AS collation,
               co.collversion AS noted,
               pg_catalog.pg_collation_actual_version(co.oid) AS present, false AS of_database
        WHERE co.collprovider <> 'd'
      """;

  private static final String OF_DATABASE =
      """
        UNION ALL
        SELECT pg_catalog.quote_ident(d.datname), d.datcollversion,
               pg_catalog.pg_database_collation_actual_version(d.oid), true
        FROM pg_catalog.pg_database AS d
        WHERE co.collprovider = 'd' AND d.datname = pg_catalog.current_database()
      """;

  private static final String VERSIONS_DIFFER =
      ") AS x WHERE x.noted <> x.present ORDER BY w.place";

  private record Changed(
      int place, String collation, String noted, String present, boolean ofDatabase) {}

  private CollationChecks() {}

  /**
   * @param complete tables of which nothing has to be copied any more
   */
  static void check(
      Connection connection, List<Entry> entries, Set<TableId> complete, Findings findings)
      throws SQLException {
    List<TableId> tables = new ArrayList<>();
    List<String> columns = new ArrayList<>();
    for (Entry entry : entries) {
      for (int index : entry.table().keyIndexes()) {
        tables.add(entry.table().id());
        columns.add(entry.table().columns().get(index).name());
      }
    }
    Map<TableId, Changed> changed = new LinkedHashMap<>();
    for (Changed found : changed(connection, tables, columns)) {
      changed.putIfAbsent(tables.get(found.place() - 1), found);
    }
    changed.forEach((table, found) -> report(table, found, complete.contains(table), findings));
  }

  private static List<Changed> changed(
      Connection connection, List<TableId> tables, List<String> columns) throws SQLException {
    boolean versioned = connection.getMetaData().getDatabaseMajorVersion() >= 15;
    return CatalogQuery.list(
        connection,
        CHANGED + (versioned ? OF_DATABASE : "") + VERSIONS_DIFFER,
        row ->
            new Changed(
                row.getInt(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getBoolean(5)),
        (Object) tables.stream().map(TableId::schema).toArray(String[]::new),
        tables.stream().map(TableId::name).toArray(String[]::new),
        columns.toArray(String[]::new));
  }

  private static void report(TableId table, Changed found, boolean complete, Findings findings) {
    String problem =
        "the text of its key sorts by "
            + (found.ofDatabase() ? "the collation of database " : "collation ")
            + found.collation()
            + ", which was of version "
            + found.noted()
            + " when its indexes were made, and is of "
            + found.present()
            + " now: a range of keys that is read by an index may lack rows that are there";
    String remedy =
        "at the source: REINDEX TABLE CONCURRENTLY "
            + Identifiers.quote(table)
            + "; and, once that is done for all that sorts by it: ALTER "
            + (found.ofDatabase() ? "DATABASE " : "COLLATION ")
            + found.collation()
            + (found.ofDatabase() ? " REFRESH COLLATION VERSION" : " REFRESH VERSION");
    if (complete) {
      findings.warning(table.toString(), problem, remedy);
    } else {
      findings.error(table.toString(), problem, remedy);
    }
  }
}
