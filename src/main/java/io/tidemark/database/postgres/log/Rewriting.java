package io.tidemark.database.postgres.log;

import io.tidemark.database.postgres.catalog.TablePart;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.schema.TableId;
import java.util.Optional;

/**
 * Whether rows may have been written without a word in the log while a table was UNLOGGED, and is
 * no longer: whoever makes it one or the other writes all of its rows anew (PostgreSQL manual,
 * ALTER TABLE). A server refuses that of a table that a publication names, and neither of one that
 * is published with its schema or with all, nor of a partition (tablecmds.c,
 * ATPrepChangePersistence).
 */
final class Rewriting {

  /**
   * A TRUNCATE that is the first command of its transaction changes the catalog's row of the table
   * before those of its indexes; what is written anew has made another table before, and what
   * writes the table's row later (privileges, options) leaves those of its indexes.
   */
  private static final String TRUNCATED =
      """
      SELECT c.cmin::text = '0'
             AND EXISTS (SELECT FROM pg_catalog.pg_index AS i
                         JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
                         WHERE i.indrelid = c.oid AND x.xmin = c.xmin)
      FROM pg_catalog.pg_class AS c WHERE c.oid = ?::bigint::oid
      """;

  /** Lets a table be that somebody holds a lock on; the look is repeated. */
  private static final String WAIT = "SET lock_timeout = 2000";

  private static final String NO_WAIT_LIMIT = "SET lock_timeout = 0";

  private Rewriting() {}

  /**
   * What may have been changed of a table while it was UNLOGGED, for a person.
   *
   * @param named whether a publication names the table
   * @param moment at which it was as {@code before} says; empty if that is not known
   */
  static Optional<String> unloggedSince(
      PostgresQueries queries,
      TableId table,
      TableFacts before,
      TableFacts now,
      boolean named,
      String moment) {
    for (long leaf : now.rewritten(before)) {
      boolean partition = leaf != now.oid();
      boolean told = now.tellsOfRewriting(before, leaf);
      if ((partition || !named)
          && (told || !named && !moment.isEmpty() && !keptRows(queries, table, leaf, moment))) {
        LeafFacts there = now.leaves().get(leaf);
        return Optional.of(
            (partition && there != null ? "the rows of its partition " + there.name() : "its rows")
                + " were written anew (ALTER TABLE … SET UNLOGGED and SET LOGGED, or another change"
                + " that does so): what is written while a table is UNLOGGED is not in the log");
      }
    }
    return Optional.empty();
  }

  /** VACUUM FULL and CLUSTER carry rows over with the transaction that wrote them. */
  private static boolean keptRows(
      PostgresQueries queries, TableId table, long leaf, String moment) {
    String oid = Long.toString(leaf);
    if (queries
        .first("looking how a table got its file", TRUNCATED, row -> row.getBoolean(1), oid)
        .orElse(false)) {
      return true;
    }
    queries.execute("setting a lock timeout", WAIT);
    try {
      return TablePart.find(queries, table, oid)
          .map(part -> part.hasRowOf(queries, moment))
          .orElse(false);
    } finally {
      queries.execute("setting the lock timeout back", NO_WAIT_LIMIT);
    }
  }
}
