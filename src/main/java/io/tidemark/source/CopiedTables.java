package io.tidemark.source;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.SourceDatabase;
import io.tidemark.schema.TableId;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Compares what a stream has copied with what its source has: a table that was dropped or renamed
 * is not one that the job was told to leave out. Its rows would stay with whoever was given them,
 * and nothing would ever say so.
 */
public final class CopiedTables {

  /** A message is for people. */
  private static final int MOST_NAMED = 20;

  private CopiedTables() {}

  /**
   * @param copied what the stream has copied into its target, or is copying
   * @param there what the source has of the job's tables
   * @throws DatabaseException fatal, if the job still asks for one that is not there
   */
  public static void requireThere(SourceDatabase source, Set<TableId> copied, Set<TableId> there) {
    List<String> gone = gone(copied, there, source::selects);
    if (!gone.isEmpty()) {
      throw refused(
          "the stream has copied",
          gone,
          "What the target has of it stays as it is until you say what is to become of it. If it"
              + " was the privilege, grant it again. To go on without it, add "
              + some(gone, "!")
              + " to source.tables, behind the other patterns; its rows at the target are yours"
              + " then. To copy it anew, if it is there under that name again, do so for one start"
              + " and take it out again for the next");
    }
  }

  /**
   * The same without a ledger: what a restored state has sent, it has sent for the tables of then.
   *
   * @param sent of what the state says that rows may be with whoever was given them
   * @throws DatabaseException fatal, if one of them is not there
   */
  static void requireRestoredThere(Set<TableId> sent, Set<TableId> there) {
    List<String> gone = gone(sent, there, table -> true);
    if (!gone.isEmpty()) {
      throw refused(
          "the state that it goes on from has sent rows of",
          gone,
          "Or the statement does not read it any more. Give it its name or the privilege back, or"
              + " start without that state and empty first what was given its rows");
    }
  }

  private static List<String> gone(
      Set<TableId> copied, Set<TableId> there, Predicate<TableId> wanted) {
    return copied.stream()
        .filter(table -> !there.contains(table) && wanted.test(table))
        .map(TableId::toString)
        .sorted()
        .toList();
  }

  private static DatabaseException refused(String done, List<String> gone, String wayOn) {
    return new DatabaseException(
        DatabaseException.Kind.FATAL,
        "source: "
            + (gone.size() == 1 ? "table " : "tables ")
            + some(gone, "")
            + ": "
            + done
            + " what its user does not find there any more. It was dropped, renamed, or the"
            + " privilege to SELECT from it was taken back. "
            + wayOn);
  }

  private static String some(List<String> tables, String prefix) {
    String named =
        tables.stream()
            .limit(MOST_NAMED)
            .map(table -> '"' + prefix + table + '"')
            .collect(Collectors.joining(", "));
    return tables.size() <= MOST_NAMED
        ? named
        : named + " and " + (tables.size() - MOST_NAMED) + " others";
  }
}
