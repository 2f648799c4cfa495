package io.tidemark.database.jdbc;

import io.tidemark.settings.StreamNames;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes a stream out of the ledger for good, and the ledger out of the target with its last stream.
 * A writer that still runs is fenced by it.
 */
record LedgerRemoval(JdbcTarget target, String stream) {

  /** Those with rows of a stream, by the version that brought them. */
  private static final List<String> FIRST =
      List.of("streamed", "dead_letter", "hole", "chunk", "progress", "incarnation");

  private static final List<String> SECOND = List.of("report", "memory");

  /**
   * Idempotent.
   *
   * @return whether there was anything to remove
   */
  boolean remove() {
    String session = "tidemark-drop:" + stream;
    target.expelSessions(StreamNames.sessionPrefix(stream), session);
    return LedgerSql.with(target, session, this::remove);
  }

  private boolean remove(LedgerSql sql) {
    int version = LedgerVersion.of(sql);
    if (version == 0) {
      return false;
    }
    List<String> tables = new ArrayList<>(FIRST);
    if (version > 1) {
      tables.addAll(SECOND);
    }
    // The lock keeps a writer from committing to what is being removed.
    boolean found =
        !sql.query(
                "SELECT name FROM tidemark.stream WHERE name = ?" + sql.dialect().forUpdate(),
                row -> row.getString(1),
                stream)
            .isEmpty();
    for (String table : tables) {
      sql.update("DELETE FROM tidemark." + table + " WHERE stream = ?", stream);
    }
    sql.update("DELETE FROM tidemark.stream WHERE name = ?", stream);
    sql.commit();
    if (sql.query("SELECT name FROM tidemark.stream", row -> row.getString(1)).isEmpty()) {
      tables.add("stream");
      if (version > 1) {
        tables.add("version");
      }
      for (String table : tables) {
        // A server that commits each of these may have been stopped between two of them.
        sql.run("removing the empty ledger", "DROP TABLE IF EXISTS tidemark." + table);
      }
      sql.run("removing the empty ledger", "DROP SCHEMA tidemark");
    }
    sql.commit();
    return found;
  }
}
