package io.tidemark.database.postgres.log;

import io.tidemark.change.RowChange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.LogPosition;
import io.tidemark.database.LogReader;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.postgres.log.PgOutputMessage.Tuple;
import io.tidemark.database.postgres.log.RelationLayout.Announced;
import io.tidemark.database.postgres.position.PostgresLsn;
import io.tidemark.database.postgres.position.PostgresPosition;
import io.tidemark.database.postgres.position.PostgresXid;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.OversizedMessage;
import io.tidemark.database.postgres.session.PostgresErrors;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.database.postgres.session.PostgresSessions;
import io.tidemark.database.postgres.session.SqlAscii;
import io.tidemark.database.postgres.session.StreamSource;
import io.tidemark.database.postgres.session.StreamSource.Role;
import io.tidemark.schema.Known;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;

/**
 * Reads the stream's slot. A commit's position is the end of its commit record, which is what
 * START_REPLICATION compares: it leaves out the transactions whose commit record starts before the
 * given place (decode.c, DecodeCommit, with SnapBuildXactNeedsSkip), so the next one comes first.
 */
public final class PostgresLogReader implements LogReader {

  /**
   * What is not there (PostgreSQL manual, appendix A): a slot that the control has seen. The next
   * start looks again, and says what to do.
   */
  private static final String UNDEFINED_OBJECT = "42704";

  private static final int CHANGES_PER_PIECE = 1_000;
  private static final long BYTES_PER_PIECE = 1 << 20;

  private static final Duration SLOT_WAIT = Duration.ofSeconds(30);
  private static final int STATUS_SECONDS = 5;

  /** How long an answer may be late while messages keep coming that lead to none. */
  private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** How often positions are told of while a busy log holds nothing for this stream. */
  private static final long ADVANCE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How often what is not in the log is looked for beside it. */
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** A rest is so many times as long as a look. */
  private static final int LOOK_REST = 19;

  private final Connection connection;
  private final PGReplicationStream stream;
  private final Map<TableId, Table> tables = new HashMap<>();
  private final Map<Table, Announced> announced;
  private final Map<Integer, Table> byRelation = new HashMap<>();
  private final PostgresQueries queries;
  private final CatalogWatch watch;
  private final TruncateWatch truncates;

  /** Whether the server sends text that may be in any encoding. */
  private final boolean anyText;

  private final Map<Integer, Optional<RelationLayout>> layouts = new HashMap<>();

  private final Set<Integer> described = new HashSet<>();

  /** Up to where the log went when the catalog was looked at last on account of a description. */
  private PostgresLsn lookedTo;

  /** Described in what was read before, when tables may have been otherwise. */
  private final Map<Integer, PgOutputMessage.Relation> undecided = new HashMap<>();

  private final LogHistory history;

  private final Queue<Message> ready = new ArrayDeque<>();
  private List<RowChange> piece = new ArrayList<>();
  private long pieceBytes;
  private PostgresXid lastXid;
  private @Nullable PostgresXid open;
  private PostgresLsn openCommit;
  private Instant openCommittedAt = Instant.EPOCH;
  private boolean begun;
  private PostgresLsn covered;
  private PostgresLsn told;
  private long toldAt = System.nanoTime();
  private final long askNanos;
  private long askedAt = System.nanoTime();
  private long lookedAt = System.nanoTime();
  private long lookNanos = LOOK_NANOS;

  private PostgresLogReader(
      Connection connection,
      PGReplicationStream stream,
      PostgresPosition from,
      LogHistory history,
      PostgresXid xidReference,
      Map<Table, Announced> announced,
      PostgresQueries queries,
      CatalogWatch watch,
      TruncateWatch truncates,
      boolean anyText,
      Duration ask) {
    this.connection = connection;
    this.askNanos = ask.toNanos();
    this.stream = stream;
    this.history = history;
    this.covered = from.lsn();
    this.openCommit = from.lsn();
    this.told = from.lsn();
    this.lookedTo = from.lsn();
    this.lastXid = xidReference;
    this.announced = announced;
    this.queries = queries;
    this.watch = watch;
    this.truncates = truncates;
    this.anyText = anyText;
    announced.forEach(
        (table, known) -> {
          tables.put(table.id(), table);
          byRelation.put(known.relation(), table);
        });
  }

  /**
   * Connects and lets the server send what lies behind {@code from}. Waits, for a limited time,
   * until a former reader has left the slot, and then until the server has found what was read last
   * ({@link LogHistory}), which takes as long as decoding the log that the slot keeps. The caller
   * closes it.
   *
   * @param tables the announced ones, which are described once, here
   * @param memory what the coordinator has last seen of the catalog
   * @throws DatabaseException if the slot stays in use or cannot be read from there; fatal, if what
   *     was read last is not there any more, or if what the catalog says has changed
   */
  public static PostgresLogReader open(
      StreamSource source,
      long epoch,
      PostgresPosition from,
      List<Table> tables,
      SourceMemory memory) {
    PostgresQueries queries = source.open(epoch, Role.LOG);
    try {
      List<TableId> ids = tables.stream().map(Table::id).toList();
      StreamPublication publication = StreamPublication.of(queries, source, memory);
      CatalogWatch watch = CatalogWatch.resume(queries, source, publication, ids, memory);
      TruncateWatch truncates =
          new TruncateWatch(queries, watch.partitioned(), source.settings().schemaChanges());
      PostgresXid xidReference = queries.visible().xmax();
      Map<Table, Announced> announced = watch.announced(tables);
      new ReplicationSlot(queries, source.slotName()).awaitInactive(SLOT_WAIT);
      return open(source, epoch, from, xidReference, announced, queries, watch, truncates);
    } catch (RuntimeException e) {
      queries.close();
      throw e;
    }
  }

  private static PostgresLogReader open(
      StreamSource source,
      long epoch,
      PostgresPosition from,
      PostgresXid xidReference,
      Map<Table, Announced> announced,
      PostgresQueries queries,
      CatalogWatch watch,
      TruncateWatch truncates) {
    Connection connection = source.openReplication(epoch, Role.LOG);
    try {
      boolean anyText = SqlAscii.isEncodingOf(connection);
      if (anyText) {
        takeTextAsItIs(connection);
      }
      PGReplicationStream stream =
          connection
              .unwrap(PGConnection.class)
              .getReplicationAPI()
              .replicationStream()
              .logical()
              .withSlotName(source.slotName())
              .withStartPosition(from.needed().toDriver())
              .withSlotOption("proto_version", "1")
              // The driver puts what it is given between quotes, as it is.
              .withSlotOption(
                  "publication_names",
                  Identifiers.quote(source.publicationName()).replace("'", "''"))
              // Ours are what is left in the log to be found again.
              .withSlotOption("messages", "true")
              .withStatusInterval(STATUS_SECONDS, TimeUnit.SECONDS)
              // The driver would confirm what it was sent; only what is durable may be confirmed.
              .withAutomaticFlush(false)
              .start();
      // The driver makes its status interval the socket's time-out too, and one that strikes in
      // the middle of a message would lose part of it.
      connection.setNetworkTimeout(Runnable::run, 0);
      LogHistory history = new LogHistory(from, source.slotName());
      PostgresLogReader reader =
          new PostgresLogReader(
              connection,
              stream,
              from,
              history,
              xidReference,
              announced,
              queries,
              watch,
              truncates,
              anyText,
              PostgresSessions.patience(source.connection()).ask());
      reader.findWhatWasRead();
      return reader;
    } catch (DatabaseException e) {
      abort(connection, e);
      throw e;
    } catch (SQLException e) {
      DatabaseException failure =
          failure("reading the replication slot " + source.slotName() + " from " + from, e);
      abort(connection, failure);
      throw failure;
    }
  }

  /** The server would end the log at the first value that is not UTF-8, without saying which. */
  private static void takeTextAsItIs(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET client_encoding = 'SQL_ASCII'");
    }
  }

  private void findWhatWasRead() {
    while (!history.isFound()) {
      if (Thread.currentThread().isInterrupted()) {
        throw new DatabaseException(Kind.RETRYABLE, "interrupted while opening the source's log");
      }
      ByteBuffer message = receive();
      if (message != null) {
        take(PgOutputDecoder.decode(message));
      } else {
        received().ifPresent(history::position);
      }
    }
  }

  @Override
  public Optional<Message> poll(Duration wait) throws InterruptedException {
    long deadline = System.nanoTime() + wait.toNanos();
    while (true) {
      if (!ready.isEmpty()) {
        return Optional.of(ready.remove());
      }
      if (Thread.interrupted()) {
        throw new InterruptedException("interrupted while reading the source's log");
      }
      lookIfDue();
      // Where nothing is there this waits for a millisecond, and returns as soon as a byte comes.
      ByteBuffer message = receive();
      long late = System.nanoTime() - deadline;
      if (message != null) {
        take(PgOutputDecoder.decode(message));
        tellIfDue();
        if (ready.isEmpty() && late > GRACE_NANOS) {
          return Optional.empty();
        }
      } else {
        askIfQuiet();
        if (advance() || late >= 0) {
          return Optional.ofNullable(ready.poll());
        }
      }
    }
  }

  private void lookIfDue() {
    long now = System.nanoTime();
    if (now - lookedAt > lookNanos) {
      truncates.look();
      truncates.read(covered);
      lookedAt = System.nanoTime();
      // With very many partitions the log must not stand still for the sake of this.
      lookNanos = Math.max(LOOK_NANOS, LOOK_REST * (lookedAt - now));
    }
  }

  /** What is asked for so is a keepalive, so that a log of which nothing comes is a dead one. */
  private void askIfQuiet() {
    long now = System.nanoTime();
    if (now - askedAt > askNanos) {
      askedAt = now;
      updateStatus();
    }
  }

  private @Nullable ByteBuffer receive() {
    try {
      return stream.readPending();
    } catch (SQLException e) {
      String doing = "reading the source's log after " + covered;
      throw OversizedMessage.in(e)
          .map(oversized -> tooLarge(doing, oversized))
          .orElseGet(() -> failure(doing, e));
    }
  }

  private DatabaseException tooLarge(String doing, OversizedMessage oversized) {
    return new DatabaseException(
        Kind.FATAL,
        doing
            + " failed: "
            + LargeChange.inWords(oversized.beginning(), this::knownLayout)
            + " is too large: "
            + oversized.getMessage());
  }

  private Optional<RelationLayout> knownLayout(int relation) {
    PgOutputMessage.Relation former = undecided.remove(relation);
    if (former != null) {
      describe(former);
    }
    return layouts.getOrDefault(relation, Optional.empty());
  }

  /** A slot or a publication that is gone is named by the next start, with the way on. */
  private static DatabaseException failure(String doing, SQLException e) {
    return UNDEFINED_OBJECT.equals(e.getSQLState())
        ? new DatabaseException(
            Kind.RETRYABLE,
            doing + " failed: what it needs was there a moment ago, and is not now",
            e)
        : PostgresErrors.classify(doing, e);
  }

  private void take(PgOutputMessage message) {
    if (message instanceof PgOutputMessage.Begin begin) {
      lastXid = lastXid.nearest(begin.xid());
      open = lastXid;
      openCommit = new PostgresLsn(begin.finalLsn());
      openCommittedAt = begin.committedAt();
      begun = false;
      history.begin(begin);
    } else if (message instanceof PgOutputMessage.Commit commit) {
      commit(commit);
    } else if (message instanceof PgOutputMessage.Emitted emitted) {
      history.emitted(emitted);
    } else if (message instanceof PgOutputMessage.Relation relation) {
      boolean again = !described.add(relation.id());
      layouts.remove(relation.id());
      undecided.remove(relation.id());
      if (history.isRead()) {
        undecided.put(relation.id(), relation);
      } else {
        describe(relation);
        if (layout(relation.id()).isPresent() && (again || openCommit.compareTo(lookedTo) > 0)) {
          PostgresLsn before = truncates.end();
          watch.look();
          lookedTo = before;
        }
      }
    } else if (history.isRead() && isChange(message)) {
      history.changeOfRead();
      if (message instanceof PgOutputMessage.Truncate truncate) {
        // It may become visible, and be seen in the catalog, only now.
        truncate
            .relations()
            .forEach(relation -> truncates.truncated((long) relation, lastXid, openCommit));
      }
    } else if (message instanceof PgOutputMessage.Insert insert) {
      layout(insert.relation()).ifPresent(layout -> add(layout.insert(text(layout, insert.row()))));
    } else if (message instanceof PgOutputMessage.Update update) {
      layout(update.relation())
          .ifPresent(layout -> add(layout.update(update.before(), text(layout, update.after()))));
    } else if (message instanceof PgOutputMessage.Delete delete) {
      layout(delete.relation()).ifPresent(layout -> add(layout.delete(delete.before())));
    } else if (message instanceof PgOutputMessage.Truncate truncate) {
      List<Table> truncated =
          truncate.relations().stream()
              .flatMap(relation -> layout(relation).stream())
              .map(RelationLayout::table)
              .toList();
      if (!truncated.isEmpty()) {
        truncated.forEach(table -> truncates.truncated(table.id(), lastXid, openCommit));
        add(new RowChange.Truncate(truncated));
      }
    }
    // Type and Origin say nothing about rows.
  }

  /** A row that was there before has been looked at when it came. */
  private Tuple text(RelationLayout layout, Tuple row) {
    if (anyText) {
      LoggedText.require(layout, row);
    }
    return row;
  }

  private static boolean isChange(PgOutputMessage message) {
    return message instanceof PgOutputMessage.Insert
        || message instanceof PgOutputMessage.Update
        || message instanceof PgOutputMessage.Delete
        || message instanceof PgOutputMessage.Truncate;
  }

  /**
   * A table is described before its first change, and again after anything about it has changed in
   * the catalog, before its next one: so whatever has changed is seen before what comes after it,
   * in the description or by a look at the catalog. For first descriptions one look does whose
   * catalog is later than the transaction that has them.
   */
  private void describe(PgOutputMessage.Relation relation) {
    TableId name = new TableId(relation.schema(), relation.name());
    Table known = byRelation.get(relation.id());
    if (known != null && !known.id().equals(name)) {
      throw new DatabaseException(
          Kind.FATAL,
          "source: table "
              + known.id()
              + " was renamed to "
              + name
              + " (in the log after "
              + covered
              + "), and its changes since then are not the copied table's. Drop the stream with"
              + " ./tidemark drop and copy again, or take the table out of the job");
    }
    Table table = tables.get(name);
    layouts.put(
        relation.id(),
        Optional.ofNullable(table)
            .map(there -> RelationLayout.of(there, relation, Known.require(announced, there))));
  }

  @Override
  public boolean isNothingUnlogged() {
    truncates.read(covered);
    if (truncates.isInDoubt()) {
      return false;
    }
    watch.look();
    truncates.look();
    truncates.read(covered);
    return !truncates.isInDoubt();
  }

  private Optional<RelationLayout> layout(int relation) {
    PgOutputMessage.Relation former = undecided.remove(relation);
    if (former != null) {
      describe(former);
    }
    Optional<RelationLayout> layout = layouts.get(relation);
    if (layout == null) {
      throw new DatabaseException(
          Kind.FATAL,
          "the log has a change of relation "
              + Integer.toUnsignedString(relation)
              + ", which it has not described");
    }
    return layout;
  }

  private void add(RowChange change) {
    if (open == null) {
      throw new DatabaseException(Kind.FATAL, "the log has a change outside of a transaction");
    }
    piece.add(change);
    pieceBytes += change.weight();
    if (piece.size() >= CHANGES_PER_PIECE || pieceBytes >= BYTES_PER_PIECE) {
      handOver();
    }
  }

  private void handOver() {
    if (piece.isEmpty()) {
      return;
    }
    if (!begun) {
      ready.add(
          new Begin(
              Objects.requireNonNull(open, "no transaction is open"), openCommit, openCommittedAt));
      begun = true;
    }
    ready.add(new Changes(piece));
    piece = new ArrayList<>();
    pieceBytes = 0;
  }

  private void commit(PgOutputMessage.Commit commit) {
    if (open == null) {
      throw new DatabaseException(Kind.FATAL, "the log has a commit without a transaction");
    }
    handOver();
    PostgresLsn end = new PostgresLsn(commit.endLsn());
    PostgresPosition position = history.commit(end);
    if (begun) {
      ready.add(new Commit(position, commit.committedAt()));
      tell(end);
    }
    cover(end);
    open = null;
    begun = false;
  }

  /**
   * With nothing left to read and no transaction open, the driver's last received position is that
   * of the last commit, or of a later keepalive if one came. A keepalive carries the walsender's
   * {@code sentPtr}, the end of the last record that went through the decoder, or, for a
   * transaction that was left out, the end of that one (walsender.c: XLogSendLogical sets it after
   * LogicalDecodingProcessRecord has written everything the record leads to; WalSndKeepalive,
   * WalSndUpdateProgress). Both go through the same connection in order, so whatever commits at or
   * before it has been delivered.
   */
  private boolean advance() {
    if (open != null) {
      return false;
    }
    received().ifPresent(this::cover);
    return tellCovered();
  }

  private Optional<PostgresLsn> received() {
    LogSequenceNumber received = stream.getLastReceiveLSN();
    return received.asLong() == 0
        ? Optional.empty()
        : Optional.of(new PostgresLsn(received.asLong()));
  }

  private void cover(PostgresLsn lsn) {
    if (lsn.compareTo(covered) > 0) {
      covered = lsn;
    }
  }

  private void tellIfDue() {
    if (open == null && System.nanoTime() - toldAt > ADVANCE_NANOS) {
      tellCovered();
    }
  }

  private boolean tellCovered() {
    if (covered.compareTo(told) <= 0) {
      return false;
    }
    ready.add(new Advance(history.position(covered)));
    tell(covered);
    return true;
  }

  private void tell(PostgresLsn lsn) {
    told = lsn.compareTo(told) > 0 ? lsn : told;
    toldAt = System.nanoTime();
  }

  @Override
  public void confirm(LogPosition durable) {
    // The last commit must be had again at the next start.
    LogSequenceNumber lsn = ((PostgresPosition) durable).needed().toDriver();
    stream.setFlushedLSN(lsn);
    stream.setAppliedLSN(lsn);
    updateStatus();
  }

  /** The walsender takes replies also while it is blocked in sending (walsender.c, 53.4). */
  @Override
  public void keepAlive() {
    updateStatus();
  }

  private void updateStatus() {
    try {
      stream.forceUpdateStatus();
    } catch (SQLException e) {
      throw PostgresErrors.classify("reporting a position to the source", e);
    }
  }

  /** Ends the connection without waiting for what the server still wants to send. */
  @Override
  public void close() {
    DatabaseException failure = new DatabaseException(Kind.RETRYABLE, "closing the source's log");
    abort(connection, failure);
    abort(queries.connection(), failure);
    if (failure.getSuppressed().length > 0) {
      throw failure;
    }
  }

  private static void abort(Connection connection, DatabaseException failure) {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      failure.addSuppressed(e);
    }
  }
}
