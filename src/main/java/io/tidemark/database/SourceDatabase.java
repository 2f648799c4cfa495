package io.tidemark.database;

import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.CheckedJob;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A database that is copied from, and the stream's part of its configuration (which tables, which
 * columns, which rows). Immutable and serializable; holds no connection.
 *
 * <p>What it opens is used by one thread at a time and closed by whoever opened it. All of it may
 * throw {@link DatabaseException}. Sessions carry the stream's name and epoch where the server
 * shows them, so that a newer epoch can tell and end those of an older one.
 */
public interface SourceDatabase extends Serializable {

  /** Reads what this source's positions print; asks nothing of it. */
  PositionFormat positions();

  /** Looks the source over, before anything is touched. */
  SourceCheck check(CheckedJob job);

  /** The selected tables as of one moment, beyond what rows need. */
  SchemaDescription describe();

  /** What the stream has put up here beside data. */
  StreamRemains remains();

  /**
   * The same source with rows and chunks in the portable encoding ({@code ValueType}, {@code
   * PortableRows}), for a target that does not {@link TargetDatabase#understands understand} its
   * own.
   */
  SourceDatabase portable();

  /**
   * The same source with these tables only, as long as they are selected: one that appears later is
   * not of the job whose target tables were made for them.
   */
  SourceDatabase narrowedTo(Set<TableId> tables);

  /**
   * The same source with these columns of tables whose columns the job does not name, where the
   * vendor's streams go on although a column was added to a table: what was copied without it stays
   * without it. Elsewhere an added column stops a stream, and this is the same source.
   *
   * @param columns by the tables' names; a column that is not there any more is an error of whoever
   *     reads the catalog
   */
  SourceDatabase keeping(Map<TableId, List<String>> columns);

  /**
   * Whether the job asks for a table of this name, be it there or not, and whatever the source was
   * narrowed to. Asks nothing of the server.
   */
  boolean selects(TableId table);

  /** What the server's catalog says, for whoever only looks. Asks nothing yet. */
  Listing listing();

  /** Reads the selected tables as of one moment, without anything of a stream. */
  default TableReader openReader() {
    SourceDatabase source = portable();
    List<Table> tables;
    try (SourceControl control = source.openControl(1)) {
      tables = control.tables();
    }
    return TableReader.of(tables, source.openSession(1, Optional.empty(), tables));
  }

  /** The coordinator's connection. */
  SourceControl openControl(long epoch);

  /**
   * Opens a consistent read.
   *
   * @param shared the name of a shared snapshot to read from; empty to take one of its own
   * @param tables those that the session will be asked to read, and no others: the position needs
   *     to be exact for these only. A lock on them that does not come in a second or two is given
   *     up and tried again, and what stands in the way is reported
   */
  SnapshotSession openSession(long epoch, Optional<String> shared, List<Table> tables);

  /** For whom the stream's sessions here wait. Opens no connection before it is asked. */
  Waits openWaits();

  /** The log reader's connection for look-ups. */
  SourceLookup openLookup(long epoch, List<Table> tables);

  /**
   * Opens the log after {@code from}: the first transaction delivered is the first that does not
   * lie at or before it.
   *
   * @param memory what the coordinator has last seen of the source, so that nothing can change
   *     unseen between the two; {@link SourceMemory#NONE} if there is no coordinator
   */
  LogReader openLog(long epoch, LogPosition from, List<Table> tables, SourceMemory memory);

  /**
   * What {@link #check} found.
   *
   * @param description the selected tables; empty if they could not be read
   */
  record SourceCheck(List<Preflight.Finding> findings, Optional<SchemaDescription> description) {
    public SourceCheck {
      findings = List.copyOf(findings);
    }
  }

  /**
   * What the server's catalog says to whoever only looks. Each call opens a connection of its own,
   * waits for locks and answers for a limited time, and closes it; calls may come from any thread.
   */
  interface Listing {

    /** The server's databases that the user may open, but for the system's own; in order. */
    List<String> databases();

    /** The selected tables that can be copied (no views, no unlogged ones); in order. */
    List<TableId> tables();

    /** A selected table, with values in the portable encoding; empty if it is not there. */
    Optional<ListedTable> table(TableId id);

    /** About how many rows the server takes the table to have, without reading any. */
    long estimateRows(Table table);
  }

  /**
   * A table with what its catalog has for people.
   *
   * @param table what can be copied of it
   * @param comment of the table; empty if it has none
   * @param comments of those of its columns that have one
   * @param withheld the columns that are not copied, as the database computes them
   */
  record ListedTable(
      Table table, String comment, Map<String, String> comments, List<String> withheld) {
    public ListedTable {
      comments = Map.copyOf(comments);
      withheld = List.copyOf(withheld);
    }
  }
}
