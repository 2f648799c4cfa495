package io.tidemark.database.mysql.control;

import io.tidemark.database.ChunkPlanner;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.LogPosition;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.mysql.catalog.ComputedColumns;
import io.tidemark.database.mysql.catalog.LogCoverage;
import io.tidemark.database.mysql.catalog.MySqlCatalog;
import io.tidemark.database.mysql.catalog.UnloggedCascades;
import io.tidemark.database.mysql.key.MySqlChunkPlanner;
import io.tidemark.database.mysql.position.BinlogPlace;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.database.mysql.position.ExecutedSet;
import io.tidemark.database.mysql.position.GtidSet;
import io.tidemark.database.mysql.position.MariaDbGtidList;
import io.tidemark.database.mysql.position.MySqlSnapshotPosition;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.StreamLocks;
import io.tidemark.database.mysql.session.StreamSource;
import io.tidemark.database.mysql.session.StreamSource.Role;
import io.tidemark.database.mysql.snapshot.ServerLog;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.StreamNames;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The coordinator's connection to a MySQL or MariaDB source. The server keeps its log for everybody
 * and for as long as it is set to: nothing is put up there for a stream.
 */
public final class MySqlControl implements SourceControl {

  private final StreamSource source;
  private final long epoch;
  private final MySqlQueries queries;

  /** Of the planner alone, so that nothing else waits for its answers. */
  private final MySqlQueries planning;

  private final ServerLog log;
  private final LogCoverage coverage;
  private final StreamLocks locks;
  private final MySqlHistory history;
  private final PendingXa prepared;

  /** One for all boundaries: it remembers a table's statistics from one to the next. */
  private final ChunkPlanner planner;

  /**
   * Connects; if that fails, nothing stays open.
   *
   * @param epoch under which the stream was claimed; the session's name carries it
   */
  public MySqlControl(StreamSource source, long epoch) {
    this.source = source;
    this.epoch = epoch;
    this.queries = source.open(epoch, Role.CONTROL);
    try {
      this.planning = source.open(epoch, Role.CONTROL);
    } catch (RuntimeException e) {
      queries.close();
      throw e;
    }
    try {
      this.log = new ServerLog(queries);
      this.coverage = new LogCoverage(queries);
      this.planner = new MySqlChunkPlanner(planning);
      this.locks = new StreamLocks(queries, source.stream(), epoch);
      this.history = new MySqlHistory(source, epoch, log);
      this.prepared = new PendingXa(queries, source.settings().lock());
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * MySQL names a server by a UUID that is made with its data. MariaDB has none: the number that
   * tells it from its replicas, with the hash of its machine where it has one.
   */
  @Override
  public String identity() {
    if (!log.server().isMariaDb()) {
      return queries.one(
          "identifying the source", "SELECT @@server_uuid", row -> "mysql " + row.getString(1));
    }
    return "mariadb server_id "
        + queries.variable("server_id").orElse("0")
        + queries.variable("server_uid").map(uid -> " " + uid).orElse("");
  }

  @Override
  public List<Table> tables() {
    return MySqlCatalog.tables(queries, source.selection());
  }

  @Override
  public SourceMemory describe(List<Table> tables) {
    return new ComputedColumns(queries).of(tables);
  }

  @Override
  public List<String> changesSince(SourceMemory described, List<Table> tables) {
    return new ComputedColumns(queries).changesSince(described, tables);
  }

  /** The log tells of every change, and texts that are the same again are no change. */
  @Override
  public Set<TableId> watched(SourceMemory memory) {
    return Set.of();
  }

  /**
   * A stream's epochs begin with the time, far above 1: epoch 1 is whoever only reads, under a name
   * that streams may bear too, and the sessions of that name are not its own to end.
   */
  @Override
  public void expelFormerSessions() {
    if (epoch > StreamNames.OBSERVER_EPOCH) {
      // Without a ledger epochs are no row of numbers.
      locks.endOthers();
    } else if (epoch > 1) {
      locks.endFormer();
    }
  }

  @Override
  public LogStart createLog() {
    requireRows();
    LogPosition start = log.start();
    // Behind that place: what is prepared, and a foreign key that is added, from there on is in the
    // log.
    prepared.requireOver(Set.of());
    refuseUnloggedCascades();
    return new LogStart(start, Set.of(), SourceMemory.NONE);
  }

  @Override
  public LogResumed requireLog(LogPosition position, SourceMemory memory) {
    requireRows();
    refuseUnloggedCascades();
    ExecutedSet from = ((BinlogPosition) position).executed();
    try {
      if (from instanceof GtidSet set) {
        requireGtids(set);
      } else if (from instanceof MariaDbGtidList list) {
        requireMariaDbGtids(list);
      } else if (from instanceof BinlogPlace place) {
        requirePlace(place);
      }
    } catch (IllegalArgumentException e) {
      throw new DatabaseException(
          Kind.FATAL,
          "source: the stream stands at "
              + position.print()
              + ", and the server names its transactions in other terms ("
              + log.terms()
              + "): was gtid_mode changed? Change it back, or drop the stream and copy again",
          e);
    }
    history.require((BinlogPosition) position, memory);
    return new LogResumed(Set.of(), memory());
  }

  @Override
  public void requireAddable(Set<TableId> added) {
    if (!added.isEmpty()) {
      prepared.requireOver(added);
    }
  }

  /** Nothing is put up at the source, so there is nothing to adapt. */
  @Override
  public void examineLog(LogPosition position, SourceMemory memory) {
    requireLog(position, memory);
  }

  private void requireGtids(GtidSet from) {
    if (log.terms() != ServerLog.Terms.GTID) {
      throw new IllegalArgumentException("gtid_mode is not ON");
    }
    GtidSet missing = log.purged().subtract(from);
    if (!missing.isEmpty()) {
      throw lost("transactions " + missing.print());
    }
    // The log tells of a transaction before it is in gtid_executed; until then it is in gtid_owned.
    // In this order, as it moves from there to here.
    GtidSet committing = log.owned();
    GtidSet unknown = from.subtract(log.executed()).subtract(committing);
    if (!unknown.isEmpty()) {
      throw ahead("transactions " + unknown.print());
    }
  }

  private void requireMariaDbGtids(MariaDbGtidList from) {
    if (log.terms() != ServerLog.Terms.MARIADB_GTID) {
      throw new IllegalArgumentException("not a MariaDB server");
    }
    MariaDbGtidList oldest = log.oldest();
    if (!from.containsAll(oldest)) {
      throw lost("transactions up to " + oldest.print());
    }
    MariaDbGtidList executed =
        queries.one(
            "asking for gtid_binlog_pos",
            "SELECT @@global.gtid_binlog_pos",
            row -> MariaDbGtidList.parse(row.getString(1)));
    if (!executed.containsAll(from)) {
      throw ahead("the transactions up to " + from.print());
    }
  }

  private void requirePlace(BinlogPlace from) {
    if (log.terms() != ServerLog.Terms.FILE) {
      throw new IllegalArgumentException("the server has GTIDs");
    }
    List<ServerLog.LogFile> files = log.files();
    ServerLog.LogFile file =
        files.stream()
            .filter(one -> one.name().equals(from.file()))
            .findFirst()
            .orElseThrow(
                () ->
                    lost(
                        "file "
                            + from.file()
                            + " (there are "
                            + files.get(0).name()
                            + " to "
                            + files.get(files.size() - 1).name()
                            + ")"));
    if (file.bytes() < from.offset()) {
      throw ahead("the log up to " + from.print());
    }
  }

  private DatabaseException lost(String missing) {
    return new DatabaseException(
        Kind.FATAL,
        "source: the binary log that the stream needs next is not there any more: "
            + source.connection().displayUrl()
            + " has purged "
            + missing
            + ". The changes in it are not to be had any more: drop the stream with ./tidemark drop"
            + " and copy again; before that, raise binlog_expire_logs_seconds, so that the log"
            + " outlasts the longest stop of the job");
  }

  private DatabaseException ahead(String unknown) {
    return new DatabaseException(
        Kind.FATAL,
        "source: the stream has already copied "
            + unknown
            + ", which "
            + source.connection().displayUrl()
            + " does not have: the server was set back (restored from a backup, or it lost commits"
            + " in a crash), or its log was reset. Drop the stream with ./tidemark drop and copy"
            + " again");
  }

  private void requireRows() {
    String format = queries.variable("binlog_format").orElse("ROW");
    if (!format.equalsIgnoreCase("ROW")) {
      throw new DatabaseException(
          Kind.FATAL,
          "source: binlog_format is "
              + format
              + ", so that the log does not tell of rows: SET"
              + " PERSIST binlog_format = 'ROW' (MariaDB: SET GLOBAL, and in the option file)");
    }
    log.end();
    coverage.require();
  }

  /** A server that was started again with other settings may have ceased to log them. */
  private void refuseUnloggedCascades() {
    Optional<String> reason = UnloggedCascades.reason(queries);
    if (reason.isEmpty()) {
      return;
    }
    List<Table> tables = tables();
    for (Table table : tables) {
      UnloggedCascades.of(queries, table.id(), tables).stream()
          .filter(UnloggedCascades.Cascade::isSilent)
          .findFirst()
          .ifPresent(
              cascade -> {
                throw new DatabaseException(
                    Kind.FATAL,
                    "source: table "
                        + table.id()
                        + ": "
                        + cascade.problem()
                        + ": "
                        + reason.get()
                        + ". To mend it: "
                        + cascade.remedy(table.id())
                        + "; then, if rows of the referenced table were deleted or given another"
                        + " key meanwhile, drop the stream with ./tidemark drop and copy again");
              });
    }
  }

  /**
   * The binary log has every statement that changes tables, and {@code LoggedChanges} judges them;
   * unless the server has become a replica that does not log what it applies.
   */
  @Override
  public SourceMemory requireNothingUnlogged() {
    coverage.requireStill();
    return memory();
  }

  @Override
  public SourceMemory sessionOpened() {
    history.sessionOpened();
    return memory();
  }

  private SourceMemory memory() {
    return history.remembered(SourceMemory.NONE);
  }

  @Override
  public void requireNoLog() {
    List<StreamLocks.Holder> others = locks.othersThatStay();
    if (!others.isEmpty()) {
      throw locks.foreign(others.get(0));
    }
  }

  /** Every session takes one of its own: the server cannot share them. */
  @Override
  public Optional<SharedSnapshot> openSharedSnapshot() {
    return Optional.empty();
  }

  @Override
  public SnapshotPosition visible() {
    return new MySqlSnapshotPosition(log.visible());
  }

  @Override
  public ChunkPlanner chunkPlanner() {
    return planner;
  }

  @Override
  public long bytesBehind(LogPosition position) {
    return log.bytesBehind((BinlogPosition) position);
  }

  @Override
  public void close() {
    // Not in good order: that would wait for the answer to a question that is under way.
    planning.abort();
    queries.abort();
  }
}
