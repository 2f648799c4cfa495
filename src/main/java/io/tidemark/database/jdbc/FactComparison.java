package io.tidemark.database.jdbc;

import io.tidemark.database.jdbc.TargetFacts.Fact;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What is wrong with a table at the target, in words that say what to do. */
final class FactComparison {

  private static final String WAY_ON =
      "What it lacks is not in the source's log any more. Run the job once with the table taken out"
          + " of source.tables, which forgets it; then drop the table at the target, and run the"
          + " job with it again, which copies it anew";

  private FactComparison() {}

  /** What keeps rows from being stored as they are written. */
  static Optional<String> obstacle(TableId table, Fact now) {
    return now.obstacles().isEmpty()
        ? Optional.empty()
        : Optional.of(
            "table "
                + table
                + " "
                + now.obstacles().stream()
                    .map(TargetFacts.Obstacle::inWords)
                    .collect(Collectors.joining("; and it ")));
  }

  /**
   * What was changed since that matters. Reads the table where its rows lie elsewhere.
   *
   * @param filled whether the stream has ever written to it
   * @param moments at each of which it was as {@code before} says; the first write to it is one
   *     too, as nothing can have been lost before that
   */
  static Optional<String> change(
      TargetFacts vendor,
      Connection connection,
      String stream,
      TableId table,
      Fact before,
      Fact now,
      boolean filled,
      List<String> moments) {
    Optional<String> change = vendor.change(before, now);
    if (change.isPresent()) {
      return change.map(what -> inWords(table, what));
    }
    return !vendor.isMoved(before, now)
            || moments.stream()
                .anyMatch(moment -> vendor.keptRows(connection, table, before, now, filled, moment))
        ? Optional.empty()
        : Optional.of(
                inWords(
                    table,
                    "somebody emptied it (TRUNCATE), wrote all of its rows anew, put another table in"
                        + " its place, took a part of it away (a partition), or gave it one that"
                        + " holds rows: nothing shows that its rows are those which the stream had"
                        + " written"))
            .map(
                words -> words + ". Where you know that all are, say so: " + forget(stream, table));
  }

  /** What was changed of a table, as a sentence with the way on. */
  static String inWords(TableId table, String change) {
    return "table " + table + " was changed: " + change + ". " + WAY_ON;
  }

  private static String forget(String stream, TableId table) {
    return "DELETE FROM tidemark.memory WHERE stream = '"
        + stream.replace("'", "''")
        + "' AND about = '"
        + TargetMemory.whereRowsAre(table).replace("'", "''")
        + "'; and start the job again";
  }

  /** The same where the ledger is another one: whoever restores a database makes all of it anew. */
  static Optional<String> restored(
      TargetFacts vendor, Connection connection, TableId table, boolean filled) {
    return filled && vendor.isEmpty(connection, table)
        ? Optional.of(
            "table "
                + table
                + " holds no row, and the ledger, which was restored or moved since, says that it"
                + " did. "
                + WAY_ON)
        : Optional.empty();
  }
}
