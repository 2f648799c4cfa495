package io.tidemark.database.jdbc;

import io.tidemark.settings.StreamNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Takes a stream out of the ledger for good, and the ledger out of the target with its last stream.
 * A writer that still runs is fenced by it.
 */
record LedgerRemoval(JdbcTarget target, String stream) {

  private static final String STREAM = "stream";

  /** Those with rows of a stream, beside the table of the streams. */
  private static final List<String> OF_A_STREAM =
      List.of(
          "streamed",
          "dead_letter",
          "hole",
          "chunk",
          "progress",
          "incarnation",
          "report",
          "memory");

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

  /** Of what is there, since one that was stopped may have removed some of it. */
  private boolean remove(LedgerSql sql) {
    // Refuses a newer one.
    LedgerVersion.of(sql);
    Set<String> there = LedgerVersion.tables(sql);
    // The lock keeps a writer from committing to what is being removed.
    boolean found =
        there.contains(STREAM)
            && !sql.query(
                    "SELECT name FROM tidemark.stream WHERE name = ?" + sql.dialect().forUpdate(),
                    row -> row.getString(1),
                    stream)
                .isEmpty();
    for (String table : OF_A_STREAM) {
      if (there.contains(table)) {
        sql.update("DELETE FROM tidemark." + table + " WHERE stream = ?", stream);
      }
    }
    if (there.contains(STREAM)) {
      sql.update("DELETE FROM tidemark.stream WHERE name = ?", stream);
    }
    sql.commit();
    if (!there.contains(STREAM)
        || sql.query("SELECT name FROM tidemark.stream", row -> row.getString(1)).isEmpty()) {
      dropTables(sql, there);
    }
    sql.commit();
    return found;
  }

  /**
   * The table of the streams first: a server that commits each of these may be stopped between two
   * of them, and without that table there is no ledger.
   */
  private static void dropTables(LedgerSql sql, Set<String> there) {
    List<String> ours = new ArrayList<>(List.of(STREAM));
    ours.addAll(OF_A_STREAM);
    // The first is where a server without names of sessions has them.
    ours.addAll(List.of("session", "version"));
    String doing = "removing the empty ledger";
    ours.stream()
        .filter(there::contains)
        .forEach(table -> sql.run(doing, "DROP TABLE IF EXISTS tidemark." + table));
    // One that holds tables of somebody else's is left to him.
    if (!there.isEmpty() && ours.containsAll(there)) {
      sql.run(doing, "DROP SCHEMA tidemark");
    }
  }
}
