package io.tidemark.database.postgres.key;

import io.tidemark.database.postgres.catalog.SourceTable;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.schema.Table;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/**
 * What the server knows about a table without reading it.
 *
 * @param table how the table is read
 * @param order how its keys compare
 * @param rows about how many rows it has; 0 if it is empty
 * @param bytes what it takes on disk, with its large values
 * @param distinctLeading about how many different values the key's first column has; empty if
 *     nobody knows
 * @param histogram values of the key's first column that cut the rows into equal parts, ascending,
 *     in text form; empty if there are no statistics
 * @param span the least and the greatest value of the key's first column, if it is an integer and
 *     the table is not empty
 */
record TableStatistics(
    SourceTable table,
    KeyOrder order,
    long rows,
    long bytes,
    Optional<Long> distinctLeading,
    List<String> histogram,
    Optional<Span> span) {

  /** From the least to the greatest value. */
  record Span(long least, long greatest) {
    /** How many integers lie in it; as wide as {@code bigint} can be. */
    BigInteger width() {
      return BigInteger.valueOf(greatest).subtract(BigInteger.valueOf(least)).add(BigInteger.ONE);
    }
  }

  /** A row takes about this much where no statistics say how many rows there are. */
  private static final int GUESSED_ROW_BYTES = 128;

  /**
   * Statistics count the rows of a table as large as it was then, so they are scaled to its present
   * size, as the server's own planner does (PostgreSQL manual, 69.1). Partitioned tables are the
   * sum of their leaves.
   */
  private static final String ROWS =
      """
      SELECT coalesce(pg_catalog.sum(
               CASE WHEN c.reltuples > 0 AND c.relpages > 0
                    THEN c.reltuples / c.relpages * s.pages
                    ELSE s.pages * s.page_bytes / %d END), 0)::bigint
      FROM (SELECT relid FROM pg_catalog.pg_partition_tree(?::pg_catalog.regclass) WHERE isleaf
            UNION SELECT ?::pg_catalog.regclass) AS leaf
      JOIN pg_catalog.pg_class AS c ON c.oid = leaf.relid AND c.relkind = 'r'
      CROSS JOIN LATERAL (
        SELECT pg_catalog.pg_relation_size(c.oid) / page_bytes::float8 AS pages, page_bytes
        FROM pg_catalog.current_setting('block_size') AS b (text),
        LATERAL (SELECT b.text::integer) AS p (page_bytes)) AS s
      """
          .formatted(GUESSED_ROW_BYTES);

  /** With large values, which are in a table of their own, and without indexes. */
  private static final String BYTES =
      """
      SELECT coalesce(pg_catalog.sum(pg_catalog.pg_table_size(c.oid)), 0)::bigint
      FROM (SELECT relid FROM pg_catalog.pg_partition_tree(?::pg_catalog.regclass) WHERE isleaf
            UNION SELECT ?::pg_catalog.regclass) AS leaf
      JOIN pg_catalog.pg_class AS c ON c.oid = leaf.relid AND c.relkind = 'r'
      """;

  private static final String COLUMN =
      """
      SELECT n_distinct, histogram_bounds::text::text[] FROM pg_catalog.pg_stats
      WHERE schemaname = ? AND tablename = ? AND attname = ?
      ORDER BY inherited = ?::boolean DESC LIMIT 1
      """;

  TableStatistics {
    histogram = List.copyOf(histogram);
  }

  static TableStatistics read(PostgresQueries queries, Table table) {
    SourceTable known = SourceTable.read(queries, table);
    KeyOrder order = KeyOrder.read(queries, table);
    long rows = rows(queries, table);
    String leading = new KeyCondition(table).columns().get(0).name();
    record ColumnStatistics(Optional<Long> distinct, List<String> histogram) {}
    ColumnStatistics column =
        queries
            .first(
                "reading the statistics of table " + table.id(),
                COLUMN,
                row -> {
                  double distinct = row.getDouble(1);
                  java.sql.Array bounds = row.getArray(2);
                  return new ColumnStatistics(
                      // Negative for a share of the rows (PostgreSQL manual, 52.27).
                      Optional.of((long) (distinct < 0 ? -distinct * rows : distinct)),
                      bounds == null ? List.of() : List.of((String[]) bounds.getArray()));
                },
                table.id().schema(),
                table.id().name(),
                leading,
                Boolean.toString(known.partitioned()))
            .orElseGet(() -> new ColumnStatistics(Optional.empty(), List.of()));
    return new TableStatistics(
        known,
        order,
        rows,
        bytes(queries, table),
        column.distinct(),
        column.histogram(),
        order.leadsWithInteger() ? span(queries, table, known, leading) : Optional.empty());
  }

  static long rows(PostgresQueries queries, Table table) {
    String name = Identifiers.quote(table.id());
    return queries.one(
        "estimating the rows of table " + table.id(), ROWS, row -> row.getLong(1), name, name);
  }

  private static long bytes(PostgresQueries queries, Table table) {
    String name = Identifiers.quote(table.id());
    return queries.one(
        "asking for the size of table " + table.id(), BYTES, row -> row.getLong(1), name, name);
  }

  /** Two index probes. */
  private static Optional<Span> span(
      PostgresQueries queries, Table table, SourceTable known, String leading) {
    String column = Identifiers.quote(leading);
    return queries.one(
        "asking for the least and greatest key of table " + table.id(),
        "SELECT pg_catalog.min("
            + column
            + "), pg_catalog.max("
            + column
            + ") FROM "
            + known.from(table),
        row -> {
          long least = row.getLong(1);
          return row.wasNull() ? Optional.empty() : Optional.of(new Span(least, row.getLong(2)));
        });
  }
}
