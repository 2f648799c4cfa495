package io.tidemark.database.postgres.catalog;

import io.tidemark.database.TableChangedException;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import java.util.List;

/**
 * What reading a table needs to know of it beyond its columns.
 *
 * @param partitioned whether it is the root of a partitioned table, read with all its partitions
 * @param binary whether its rows mean the same in another database in binary form
 * @param operatorSchemas where the comparison operators of its columns' types may be, besides
 *     {@code pg_catalog}
 */
public record SourceTable(boolean partitioned, boolean binary, List<String> operatorSchemas) {

  /**
   * Follows domains to their bases, ranges to their subtypes and arrays to their elements. The
   * binary forms of arrays and composites carry type ids, and those of reg… types are ids; ids from
   * 16384 on belong to one database (PostgreSQL manual, 52.15 and src/include/access/transam.h).
   */
  private static final String SELECT =
      """
      WITH RECURSIVE used (id) AS (
        SELECT a.atttypid FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = pg_catalog.to_regclass(?::text) AND a.attname = ANY (?) AND NOT a.attisdropped
        UNION
        SELECT part.id FROM used JOIN pg_catalog.pg_type AS t ON t.oid = used.id
        CROSS JOIN LATERAL (
          SELECT t.typbasetype WHERE t.typtype = 'd'
          UNION ALL SELECT t.typelem WHERE t.typcategory = 'A' AND t.typelem <> 0
          UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range AS r
                    WHERE r.rngtypid = t.oid OR r.rngmultitypid = t.oid) AS part (id))
      SELECT
        (SELECT c.relkind = 'p' FROM pg_catalog.pg_class AS c
         WHERE c.oid = pg_catalog.to_regclass(?::text)),
        coalesce(bool_and(NOT (
            t.typtype IN ('c', 'p')
            OR t.typcategory = 'A' AND t.typelem >= 16384
            OR t.typsend = 0 OR t.typreceive = 0
            OR t.oid IN ('regproc'::regtype, 'regprocedure'::regtype, 'regoper'::regtype,
                         'regoperator'::regtype, 'regclass'::regtype, 'regtype'::regtype,
                         'regrole'::regtype, 'regnamespace'::regtype, 'regconfig'::regtype,
                         'regdictionary'::regtype, 'regcollation'::regtype))), true),
        coalesce(pg_catalog.array_agg(DISTINCT n.nspname::text)
                 FILTER (WHERE n.nspname <> 'pg_catalog' AND t.typtype = 'b'), '{}')
      FROM used JOIN pg_catalog.pg_type AS t ON t.oid = used.id
      JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
      """;

  public SourceTable {
    operatorSchemas = List.copyOf(operatorSchemas);
  }

  /**
   * @throws TableChangedException if the session's snapshot does not know the table, or nobody does
   *     any more: what became of it is found by whoever looks at the whole source
   */
  public static SourceTable read(PostgresQueries queries, Table table) {
    String name = Identifiers.quote(table.id());
    return queries.one(
        "reading what is known of table " + table.id(),
        SELECT,
        row -> {
          boolean partitioned = row.getBoolean(1);
          if (row.wasNull()) {
            throw new TableChangedException(
                "table "
                    + table.id()
                    + " was created, renamed, dropped or replaced after the snapshot was taken");
          }
          return new SourceTable(
              partitioned, row.getBoolean(2), List.of((String[]) row.getArray(3).getArray()));
        },
        name,
        table.columns().stream().map(Column::name).toArray(String[]::new),
        name);
  }

  /** The table for FROM and LOCK: a plain table without its children. */
  public String from(Table table) {
    return (partitioned ? "" : "ONLY ") + Identifiers.quote(table.id());
  }

  /** The value for {@code search_path} with which {@code =} and {@code <} are found. */
  public String searchPath() {
    return operatorSchemas.isEmpty() ? "''" : Identifiers.list(operatorSchemas);
  }
}
