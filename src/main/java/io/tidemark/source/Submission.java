package io.tidemark.source;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceMemory;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.io.Serializable;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One submission of a job, which keeps its name and what it was prepared for through all its
 * restarts. Immutable.
 *
 * @param incarnation names it, unlike any other
 * @param prepared the tables as they were when the target's were made for them; empty if the target
 *     was not prepared
 * @param described what else gave them their meaning then
 */
public record Submission(String incarnation, List<Table> prepared, SourceMemory described)
    implements Serializable {

  private static final long serialVersionUID = 2L;

  public Submission {
    prepared = List.copyOf(prepared);
  }

  /**
   * Between the preparation of the target's tables and the begin of the log nobody watches the
   * source's, and there may be long: a cluster starts the job when it has room for it.
   *
   * @param control asks the source
   * @param tables what is to be copied now
   * @param begun whose copy has begun
   * @param watched over which the stream watches
   * @throws DatabaseException fatal, if another one is not what the target was prepared for
   */
  void requireAsPrepared(
      SourceControl control, List<Table> tables, Set<TableId> begun, Set<TableId> watched) {
    List<Table> others = prepared.stream().filter(table -> !begun.contains(table.id())).toList();
    Set<Table> now = new HashSet<>(tables);
    for (Table table : others) {
      if (!now.contains(table)) {
        throw changed("table " + table.id() + " was altered, renamed or dropped");
      }
    }
    List<Table> unwatched = others.stream().filter(table -> !watched.contains(table.id())).toList();
    List<String> changes =
        unwatched.isEmpty() ? List.of() : control.changesSince(described, unwatched);
    if (!changes.isEmpty()) {
      throw changed(String.join("; ", changes) + "; that was");
    }
  }

  private static DatabaseException changed(String what) {
    return new DatabaseException(
        DatabaseException.Kind.FATAL,
        "source: "
            + what
            + " after the target's table was made for it and before its copy began. Start the job"
            + " again, and where it then finds that the target's table differs, drop that one as it"
            + " says");
  }
}
