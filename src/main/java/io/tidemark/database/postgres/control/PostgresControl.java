package io.tidemark.database.postgres.control;

import io.tidemark.database.ChunkPlanner;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.LogPosition;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.TransactionId;
import io.tidemark.database.postgres.catalog.PostgresCatalog;
import io.tidemark.database.postgres.key.PostgresChunkPlanner;
import io.tidemark.database.postgres.log.CatalogFacts;
import io.tidemark.database.postgres.log.CatalogWatch;
import io.tidemark.database.postgres.log.Partitions;
import io.tidemark.database.postgres.log.Publication;
import io.tidemark.database.postgres.log.ReplicationSlot;
import io.tidemark.database.postgres.log.StreamPublication;
import io.tidemark.database.postgres.position.PostgresLsn;
import io.tidemark.database.postgres.position.PostgresPosition;
import io.tidemark.database.postgres.position.PostgresSnapshot;
import io.tidemark.database.postgres.position.PostgresXid;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresErrors;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.database.postgres.session.StreamSource;
import io.tidemark.database.postgres.session.StreamSource.Role;
import io.tidemark.database.postgres.snapshot.ExportedSnapshot;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The coordinator's connection to a PostgreSQL source. */
public final class PostgresControl implements SourceControl {

  /** How long a walsender that was told to end may take before its slot is free. */
  private static final Duration SLOT_WAIT = Duration.ofSeconds(30);

  private final StreamSource source;
  private final long epoch;
  private final PostgresQueries queries;

  /** Of the planner alone, so that nothing else waits for its answers. */
  private final PostgresQueries planning;

  private final PostgresHistory history;

  /** One for all boundaries: it remembers a table's statistics from one to the next. */
  private final ChunkPlanner planner;

  /** The stream's tables, and their partitions when they were last looked at. */
  private List<PostgresCatalog.Entry> streamed = List.of();

  private Partitions partitions = Partitions.NONE;

  /** As it was remembered, once it is known what was. */
  private StreamPublication publication;

  /** None before the log is there. */
  private Optional<CatalogWatch> watch = Optional.empty();

  /**
   * Connects; if that fails, nothing stays open.
   *
   * @param epoch under which the stream was claimed; the session's name carries it
   */
  public PostgresControl(StreamSource source, long epoch) {
    this.source = source;
    this.epoch = epoch;
    this.queries = source.open(epoch, Role.CONTROL);
    this.publication = StreamPublication.of(queries, source, SourceMemory.NONE);
    try {
      this.planning = source.open(epoch, Role.CONTROL);
    } catch (RuntimeException e) {
      queries.close();
      throw e;
    }
    this.planner = new PostgresChunkPlanner(planning);
    this.history = new PostgresHistory(source, queries, planning);
    try {
      // Making the publication is a commit, which must not wait for a synchronous standby.
      queries.execute("preparing the coordinator's session", "SET synchronous_commit = local");
      planning.execute("preparing the planner's session", "SET synchronous_commit = local");
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** The coordinator's session, for further questions to the catalog; closed with this. */
  public Connection connection() {
    return queries.connection();
  }

  @Override
  public String identity() {
    return queries.one(
        "identifying the source",
        """
        SELECT 'postgresql ' || c.system_identifier || '/' || d.oid || ' ' || d.datname
        FROM pg_catalog.pg_control_system() AS c, pg_catalog.pg_database AS d
        WHERE d.datname = pg_catalog.current_database()
        """,
        row -> row.getString(1));
  }

  @Override
  public List<Table> tables() {
    return PostgresCatalog.tables(queries.connection(), source.selection());
  }

  @Override
  public SourceMemory describe(List<Table> tables) {
    return new SourceMemory(CatalogFacts.read(queries, names(tables)).print());
  }

  @Override
  public List<String> changesSince(SourceMemory described, List<Table> tables) {
    List<TableId> names = names(tables);
    return CatalogFacts.read(queries, names)
        .changedSince(CatalogFacts.parse(described).only(names), Map.of(), source.selection());
  }

  @Override
  public Set<TableId> watched(SourceMemory memory) {
    return CatalogFacts.parse(memory).tables();
  }

  private static List<TableId> names(List<Table> tables) {
    return tables.stream().map(Table::id).toList();
  }

  @Override
  public void expelFormerSessions() {
    queries.list(
        "ending the sessions of the stream's older epochs",
        """
        SELECT pg_catalog.pg_terminate_backend(s.pid)
        FROM (SELECT pid, pg_catalog.substr(application_name, pg_catalog.length($1) + 1) AS rest
              FROM pg_catalog.pg_stat_activity
              WHERE pg_catalog.starts_with(application_name, $1)
                AND pid <> pg_catalog.pg_backend_pid()) AS s
        WHERE CASE WHEN s.rest ~ '^[0-9]{1,18}:'
                   THEN pg_catalog.split_part(s.rest, ':', 1)::bigint < $2 ELSE false END
        """
            .replace("$1", Identifiers.literal(source.sessionPrefix()))
            .replace("$2", Long.toString(epoch)),
        row -> row.getBoolean(1));
    slot().awaitInactive(SLOT_WAIT);
  }

  @Override
  public LogStart createLog() {
    slot().drop(SLOT_WAIT);
    List<PostgresCatalog.Entry> entries =
        PostgresCatalog.entries(queries.connection(), source.selection());
    // First the publication: the decoder sees the catalog as it was at each change, and fails for
    // changes from before the publication was there.
    remember(entries);
    CatalogWatch begun = CatalogWatch.begin(queries, source, publication, ids(entries));
    watch = Optional.of(begun);
    publication.begin(entries, partitions);
    try (Connection replication = source.openReplication(epoch, Role.CONTROL);
        Statement statement = replication.createStatement()) {
      ConsistentPoint point;
      try (OpenTransactionWatch watch = new OpenTransactionWatch(queries)) {
        watch.start("creating the replication slot " + source.slotName());
        ResultSet created =
            statement.executeQuery(
                "CREATE_REPLICATION_SLOT "
                    + Identifiers.quote(source.slotName())
                    + " LOGICAL pgoutput EXPORT_SNAPSHOT");
        created.next();
        point =
            new ConsistentPoint(
                PostgresLsn.parse(created.getString("consistent_point")),
                created.getString("snapshot_name"));
      }
      PostgresPosition start = new PostgresPosition(point.position());
      return new LogStart(start, pending(point.snapshotName()), publication.keptIn(begun.memory()));
    } catch (SQLException e) {
      throw PostgresErrors.classify("creating the replication slot " + source.slotName(), e);
    }
  }

  private record ConsistentPoint(PostgresLsn position, String snapshotName) {}

  /**
   * The transactions that committed before the slot's consistent point and were not visible yet:
   * the slot's own snapshot, made from the log, includes them, and a snapshot taken now does not. A
   * transaction is in the log before it is visible, and stays so while it waits for a synchronous
   * standby.
   */
  private Set<TransactionId> pending(String snapshotName) {
    PostgresSnapshot logged;
    try (PostgresQueries imported = source.open(epoch, Role.SNAPSHOT)) {
      imported.execute(
          "importing the snapshot of the replication slot",
          "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT "
              + Identifiers.literal(snapshotName));
      logged = imported.visible();
    }
    PostgresSnapshot visible = queries.visible();
    Set<TransactionId> pending = new LinkedHashSet<>();
    for (PostgresXid xid : visible.inProgress()) {
      if (logged.includes(xid)) {
        pending.add(xid);
      }
    }
    for (PostgresXid xid = visible.xmax(); xid.compareTo(logged.xmax()) < 0; xid = xid.next()) {
      if (logged.includes(xid)) {
        pending.add(xid);
      }
    }
    return pending;
  }

  @Override
  public LogResumed requireLog(LogPosition position, SourceMemory memory) {
    PostgresPosition known = requireReadable((PostgresPosition) position, memory);
    if (adaptPublication(memory)) {
      awaitTransactionsOpenNow();
      publication.settle(streamed, partitions);
    }
    return new LogResumed(Set.of(), memory(), Optional.of(known));
  }

  /** In a session that the server keeps from changing anything: what has to be adapted can be. */
  @Override
  public void examineLog(LogPosition position, SourceMemory memory) {
    queries.execute(
        "looking without changing anything",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY");
    requireReadable((PostgresPosition) position, memory);
    try {
      adaptPublication(memory);
    } catch (DatabaseException e) {
      if (!PostgresErrors.isReadOnly(e)) {
        throw e;
      }
    }
  }

  /**
   * @return the position, with what the log's reader must find behind it
   */
  private PostgresPosition requireReadable(PostgresPosition from, SourceMemory memory) {
    ReplicationSlot.State slot =
        slot().state().orElseThrow(() -> lost("it is not there; somebody dropped it"));
    String database =
        queries.one(
            "asking for the database",
            "SELECT pg_catalog.current_database()",
            row -> row.getString(1));
    if (!slot.plugin().equals("pgoutput") || !slot.database().equals(database)) {
      throw lost(
          "it belongs to database "
              + slot.database()
              + " and the plugin "
              + slot.plugin()
              + " instead of "
              + database
              + " and pgoutput");
    }
    slot.invalidation()
        .ifPresent(
            reason -> {
              throw lost(
                  "the server has discarded its log ("
                      + reason
                      + "); raise max_slot_wal_keep_size before the next copy");
            });
    if (slot.confirmed().isPresent() && slot.confirmed().get().compareTo(from.needed()) > 0) {
      throw lost(
          "it has been read up to "
              + slot.confirmed().get()
              + ", but this stream needs it from "
              + from.needed()
              + " on; somebody else read from it or made it anew, or the target was set back");
    }
    return history.require(from, memory);
  }

  /**
   * Looks the catalog over, and the publication, which it adapts to the tables of now.
   *
   * @return whether tables were added and are not settled
   */
  private boolean adaptPublication(SourceMemory memory) {
    List<PostgresCatalog.Entry> entries =
        PostgresCatalog.entries(queries.connection(), source.selection());
    publication = StreamPublication.of(queries, source, memory);
    watch = Optional.of(CatalogWatch.resume(queries, source, publication, ids(entries), memory));
    remember(entries);
    return publication.adapt(entries, partitions, source.settings().schemaChanges());
  }

  private void remember(List<PostgresCatalog.Entry> entries) {
    streamed = entries;
    partitions = Partitions.read(queries, entries);
  }

  @Override
  public SourceMemory requireNothingUnlogged() {
    CatalogWatch looking = watch.orElseThrow();
    looking.look();
    Partitions now = Partitions.read(queries, streamed);
    now.unloggedSince(partitions, true)
        .ifPresent(problem -> Publication.unlogged(problem, source.settings().schemaChanges()));
    if (!now.isSameAs(partitions)) {
      publication.settle(streamed, now);
    }
    partitions = now;
    return memory();
  }

  private static List<TableId> ids(List<PostgresCatalog.Entry> entries) {
    return entries.stream().map(entry -> entry.table().id()).toList();
  }

  /** The snapshot that it shares was secured when it was exported. */
  @Override
  public SourceMemory sessionOpened() {
    return memory();
  }

  private SourceMemory memory() {
    return history.remembered(
        publication.keptIn(watch.map(CatalogWatch::memory).orElse(SourceMemory.NONE)),
        slot().state());
  }

  /** What is open when a table joins the publication is waited for there. */
  @Override
  public void requireAddable(Set<TableId> added) {}

  @Override
  public void requireNoLog() {
    if (slot().state().isPresent()) {
      throw new DatabaseException(
          Kind.FATAL,
          "source: the replication slot "
              + source.slotName()
              + " is already there, but the target's ledger knows nothing of stream "
              + source.stream()
              + ". It may belong to a stream of the same name into another target. Give this job"
              + " another name; or, if nobody uses the slot, remove it: SELECT"
              + " pg_drop_replication_slot('"
              + source.slotName()
              + "')");
    }
  }

  private DatabaseException lost(String detail) {
    return new DatabaseException(
        Kind.FATAL,
        "the replication slot "
            + source.slotName()
            + " at "
            + source.connection().displayUrl()
            + " cannot be used: "
            + detail
            + ". The changes since then are not to be had any more: drop the stream with ./tidemark"
            + " drop and copy again");
  }

  /**
   * A transaction that was open when a table came into the publication may be decoded without its
   * changes of that table, so none of them may be missing from the table's first snapshot.
   */
  private void awaitTransactionsOpenNow() {
    PostgresXid firstLater = queries.visible().xmax();
    try (OpenTransactionWatch watch = new OpenTransactionWatch(queries)) {
      watch.awaitEndOfTransactionsBefore(
          firstLater, "adding tables to the publication " + source.publicationName());
    }
  }

  @Override
  public Optional<SharedSnapshot> openSharedSnapshot() {
    return Optional.of(ExportedSnapshot.export(source.open(epoch, Role.SNAPSHOT), history::secure));
  }

  @Override
  public SnapshotPosition visible() {
    return queries.visible();
  }

  @Override
  public ChunkPlanner chunkPlanner() {
    return planner;
  }

  @Override
  public long bytesBehind(LogPosition position) {
    return queries.one(
        "measuring the log",
        "SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), ?::pg_lsn)::bigint",
        row -> Math.max(0, row.getLong(1)),
        ((PostgresPosition) position).lsn().print());
  }

  private ReplicationSlot slot() {
    return new ReplicationSlot(queries, source.slotName());
  }

  @Override
  public void close() {
    try (queries) {
      planning.close();
    }
  }
}
