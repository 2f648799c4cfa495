package io.tidemark.database.postgres.log;

import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresQueries;
import java.util.Map;
import java.util.Optional;

/**
 * Whether a partition that has come computes a generated column in a way of its own, as CREATE
 * TABLE … PARTITION OF lets it: the target computes such values itself, by what its own tables say.
 */
final class NewLeaves {

  /**
   * As the server prints them: in the form in which it keeps them they have numbers of columns,
   * which need not be the table's.
   */
  private static final String OTHERWISE =
      """
      SELECT c.oid::int8, a.attname
      FROM pg_catalog.unnest(?::int8[]) AS leaf (oid)
      JOIN pg_catalog.pg_class AS c ON c.oid = leaf.oid
      JOIN pg_catalog.pg_attribute AS p ON p.attrelid = ?::int8 AND p.attgenerated <> ''
      JOIN pg_catalog.pg_attrdef AS pd ON pd.adrelid = p.attrelid AND pd.adnum = p.attnum
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = p.attname
      LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attgenerated <> p.attgenerated
        OR pg_catalog.pg_get_expr(d.adbin, d.adrelid)
           IS DISTINCT FROM pg_catalog.pg_get_expr(pd.adbin, pd.adrelid)
      ORDER BY 1, 2
      """;

  /** The server prints none of a table that somebody holds a lock on; the look is repeated. */
  private static final String WAIT = "SET lock_timeout = 2000";

  private static final String NO_WAIT_LIMIT = "SET lock_timeout = 0";

  private record Column(long leaf, String name) {}

  private NewLeaves() {}

  /** For a person. */
  static Optional<String> computedOtherwise(
      PostgresQueries queries, TableFacts before, TableFacts now) {
    Long[] leaves =
        now.leaves().entrySet().stream()
            .filter(leaf -> !leaf.getValue().generated().isEmpty())
            .map(Map.Entry::getKey)
            .filter(leaf -> leaf != now.oid() && !before.files().containsKey(leaf))
            .toArray(Long[]::new);
    if (leaves.length == 0) {
      return Optional.empty();
    }
    queries.execute("setting a lock timeout", WAIT);
    try {
      return queries
          .list(
              "looking at what a new partition computes",
              OTHERWISE,
              row -> new Column(row.getLong(1), row.getString(2)),
              leaves,
              now.oid())
          .stream()
          .findFirst()
          .flatMap(
              column ->
                  Optional.ofNullable(now.leaves().get(column.leaf()))
                      .map(
                          leaf ->
                              "its new partition "
                                  + leaf.name()
                                  + " computes column "
                                  + Identifiers.line(column.name())
                                  + " otherwise than the table does"));
    } finally {
      queries.execute("setting the lock timeout back", NO_WAIT_LIMIT);
    }
  }
}
