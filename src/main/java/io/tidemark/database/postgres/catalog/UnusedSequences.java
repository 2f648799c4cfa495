package io.tidemark.database.postgres.catalog;

import io.tidemark.database.postgres.session.CatalogQuery;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * Sequences beside the selected tables that belong to no column of any table and that no column
 * that is copied uses: an application may, by name.
 */
final class UnusedSequences {

  private static final String IN_SCHEMAS =
      """
      SELECT n.nspname, c.relname
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.relkind = 'S' AND n.nspname = ANY (?)
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
          WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0
            AND d.deptype IN ('a', 'i'))
      ORDER BY 1, 2
      """;

  private UnusedSequences() {}

  /**
   * What is to be said of them.
   *
   * @param schemas of the selected tables
   * @param made those that are made
   */
  static List<String> notes(Connection connection, Collection<String> schemas, Set<TableId> made)
      throws SQLException {
    return CatalogQuery.list(
            connection,
            IN_SCHEMAS,
            row -> new TableId(row.getString(1), row.getString(2)),
            (Object) schemas.toArray(String[]::new))
        .stream()
        .filter(sequence -> !made.contains(sequence))
        .map(
            sequence ->
                "sequence "
                    + sequence
                    + " is used by no column that is copied: left out; an application that uses it by"
                    + " name needs it at the target, made by hand and set where the source's stands")
        .toList();
  }
}
