package io.tidemark.database.mysql.log;

import io.tidemark.change.RowChange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.LogReader;
import io.tidemark.database.LogReader.Advance;
import io.tidemark.database.LogReader.Begin;
import io.tidemark.database.LogReader.Changes;
import io.tidemark.database.LogReader.Commit;
import io.tidemark.database.LogReader.Message;
import io.tidemark.database.mysql.position.BinlogPlace;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.database.mysql.position.ExecutedSet;
import io.tidemark.database.mysql.position.Gtid;
import io.tidemark.database.mysql.position.LogMark;
import io.tidemark.database.mysql.position.MariaDbGtid;
import io.tidemark.database.mysql.position.MySqlTransaction;
import io.tidemark.database.mysql.rows.DefaultRows;
import io.tidemark.database.mysql.rows.LoggedTable;
import io.tidemark.database.mysql.rows.MariaDbCompression;
import io.tidemark.database.mysql.rows.RowLayout;
import io.tidemark.database.mysql.rows.RowsEvent;
import io.tidemark.database.mysql.rows.RowsReader;
import io.tidemark.database.mysql.rows.TableMap;
import io.tidemark.database.mysql.session.EventBytes;
import io.tidemark.database.mysql.wire.BinlogEvent;
import io.tidemark.database.mysql.wire.GtidEvents;
import io.tidemark.database.mysql.wire.LogEvents;
import io.tidemark.database.mysql.wire.LogPlace;
import io.tidemark.database.mysql.wire.LoggedQuery;
import io.tidemark.database.mysql.wire.TransactionPayload;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.SchemaChanges;
import io.tidemark.settings.SourceSettings;
import io.tidemark.settings.SourceSettings.Lock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Puts the transactions together that the log's events make up. A transaction is told of when the
 * first piece of it is; one that changed nothing of the stream's only moves the position.
 */
final class LogTransactions {

  private static final int CHANGES_PER_PIECE = 1_000;
  private static final long BYTES_PER_PIECE = 1 << 20;
  private static final long LARGEST_OFFSET = 0xffff_ffffL;

  private final Map<TableId, LoggedTable> tables;
  private final LogRules rules;
  private final LoggedChanges statements;
  private final SchemaChanges schemaChanges;
  private final DefaultRows defaults;
  private final Backlog backlog;
  private final Queue<Message> ready = new ArrayDeque<>();
  private final Map<Long, Optional<RowLayout>> layouts = new HashMap<>();
  private final PreparedTransactions prepared = new PreparedTransactions();
  private final LogPlace place;

  /** Whether snapshots wait for prepared transactions. */
  private final boolean locks;

  private boolean statementsOnly;

  private ExecutedSet executed;

  /** When the file that is read was begun. */
  private long begun;

  /** The last transaction that is complete, and the one that is not. */
  private Optional<LogMark> mark;

  private Optional<LogMark> openMark = Optional.empty();

  /** Where the transaction that is not complete starts; empty until it is known in which file. */
  private Optional<BinlogPlace> openStart = Optional.empty();

  private BinlogEvent.Checksum checksum = BinlogEvent.Checksum.UNKNOWN;
  private @Nullable Open open;
  private List<RowChange> piece = new ArrayList<>();
  private long pieceBytes;

  /** The transaction that the log is in the middle of. */
  private static final class Open {
    private final MySqlTransaction id;
    private final GtidEvents.Start start;
    private final LogReader.Place at;
    private final Instant committedAt;
    private final boolean mariaDb;
    private boolean begun;
    private boolean explicit;
    private boolean changed;
    private @Nullable String xaName;

    Open(MySqlTransaction id, GtidEvents.Start start, LogReader.Place at, Instant begun) {
      this.id = id;
      this.start = start;
      this.at = at;
      this.committedAt = start.committedAt().orElse(begun);
      this.mariaDb = start.gtid().filter(MariaDbGtid.class::isInstance).isPresent();
    }
  }

  /**
   * @param backlog what was in the log when {@code tables} were read
   * @param executed everything before the first event
   */
  LogTransactions(
      Map<TableId, LoggedTable> tables,
      LogRules rules,
      SourceSettings settings,
      DefaultRows defaults,
      Backlog backlog,
      BinlogPosition executed) {
    this.tables =
        tables.values().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    table -> logged(table.table().id(), rules), table -> table));
    this.rules = rules;
    this.schemaChanges = settings.schemaChanges();
    this.defaults = defaults;
    this.backlog = backlog;
    this.statements = new LoggedChanges(tables.values(), settings.schemaChanges(), rules);
    this.locks = settings.lock() == Lock.TABLES;
    this.executed = executed.executed();
    this.place = new LogPlace(executed.place());
    this.mark = executed.mark();
  }

  /** Judges statements and passes over rows from now on. */
  LogTransactions ofStatements() {
    statementsOnly = true;
    return this;
  }

  /** Behind the last event; empty until it is known in which file. */
  Optional<BinlogPlace> place() {
    return place.now();
  }

  /** A table's name as rows in the log have it. */
  private static TableId logged(TableId id, LogRules rules) {
    return rules.anyCase()
        ? new TableId(id.schema().toLowerCase(Locale.ROOT), id.name().toLowerCase(Locale.ROOT))
        : id;
  }

  /** What is to be delivered, in order. */
  Queue<Message> ready() {
    return ready;
  }

  /** Whether the log is between two transactions. */
  boolean isBetween() {
    return open == null;
  }

  /** Whether the transaction that the log is in the middle of has been told of. */
  boolean hasBegun() {
    return open != null && open.begun;
  }

  /** All transactions that are complete, and where the last of them ended. */
  BinlogPosition position() {
    return new BinlogPosition(executed, place.now(), mark);
  }

  /** The link is new: the log starts again behind {@link #position}. */
  void restart() {
    if (hasBegun()) {
      throw new IllegalStateException("a transaction would be delivered twice");
    }
    open = null;
    piece = new ArrayList<>();
    pieceBytes = 0;
    layouts.clear();
    prepared.clear();
    checksum = BinlogEvent.Checksum.UNKNOWN;
  }

  /**
   * Takes the next event.
   *
   * @throws DatabaseException fatal, if it is malformed or cannot be followed
   */
  void take(EventBytes bytes) {
    int size = bytes.remaining();
    BinlogEvent event;
    try {
      event = BinlogEvent.parse(bytes, checksum);
    } catch (IllegalArgumentException e) {
      throw malformed("an event", e);
    }
    place.pass(event);
    try {
      mark(event, size);
      take(event);
    } catch (IllegalArgumentException e) {
      throw malformed("an event of type " + event.type(), e);
    }
  }

  private DatabaseException malformed(String what, IllegalArgumentException cause) {
    return new DatabaseException(
        Kind.FATAL,
        "the source's log cannot be read: "
            + what
            + place.print()
            + " is malformed or of an unknown form: "
            + cause.getMessage(),
        cause);
  }

  private void mark(BinlogEvent event, int size) {
    switch (event.type()) {
      case BinlogEvent.FORMAT_DESCRIPTION -> begun = event.seconds();
      case BinlogEvent.GTID,
          BinlogEvent.ANONYMOUS_GTID,
          BinlogEvent.TAGGED_GTID,
          BinlogEvent.MARIADB_GTID -> {
        openStart = place.now().map(end -> new BinlogPlace(end.file(), end.offset() - size));
        openMark =
            openStart
                // The server is asked for an event by 32 bits.
                .filter(start -> start.offset() <= LARGEST_OFFSET)
                .map(start -> new LogMark(start, LogEvents.fingerprint(begun, event)));
      }
      default -> {
        // Only the beginnings of transactions are marks.
      }
    }
  }

  private void take(BinlogEvent event) {
    EventBytes body = event.body();
    switch (event.type()) {
      case BinlogEvent.FORMAT_DESCRIPTION -> checksum = event.checksumBehind();
      case BinlogEvent.ROTATE -> place.rotate(body);
      case BinlogEvent.HEARTBEAT -> place.heartbeat(body, event.end());
      case BinlogEvent.GTID -> begin(event, GtidEvents.mysql(body, false));
      case BinlogEvent.ANONYMOUS_GTID -> begin(event, GtidEvents.mysql(body, true));
      case BinlogEvent.TAGGED_GTID -> begin(event, GtidEvents.tagged(body));
      case BinlogEvent.MARIADB_GTID -> begin(event, GtidEvents.mariaDb(body, event.server()));
      case BinlogEvent.QUERY -> query(event, LoggedQuery.parse(body));
      case BinlogEvent.MARIADB_QUERY_COMPRESSED ->
          query(event, LoggedQuery.parse(MariaDbCompression.query(body)));
      case BinlogEvent.TABLE_MAP -> tableMap(body);
      case BinlogEvent.XID -> commit(event);
      case BinlogEvent.XA_PREPARE -> xaPrepare(event, body);
      case BinlogEvent.TRANSACTION_PAYLOAD ->
          TransactionPayload.forEach(body, inner -> takeInner(inner));
      case BinlogEvent.INCIDENT ->
          throw new DatabaseException(
              Kind.FATAL,
              "the source's log has an incident"
                  + place.print()
                  + ": the server could not write changes to it. Drop the stream with ./tidemark drop"
                  + " and copy again");
      case BinlogEvent.MARIADB_START_ENCRYPTION ->
          throw new IllegalArgumentException("the log is encrypted");
      case BinlogEvent.BEGIN_LOAD_QUERY,
          BinlogEvent.APPEND_BLOCK,
          BinlogEvent.DELETE_FILE,
          BinlogEvent.EXECUTE_LOAD_QUERY ->
          throw LoggedChanges.rows("LOAD DATA", "", position());
      case BinlogEvent.STOP,
          BinlogEvent.PREVIOUS_GTIDS,
          BinlogEvent.HEARTBEAT_V2,
          BinlogEvent.IGNORABLE,
          BinlogEvent.ROWS_QUERY,
          BinlogEvent.TRANSACTION_CONTEXT,
          BinlogEvent.VIEW_CHANGE,
          // Of a statement behind them, which is judged by itself.
          BinlogEvent.INTVAR,
          BinlogEvent.RAND,
          BinlogEvent.USER_VAR,
          BinlogEvent.MARIADB_ANNOTATE_ROWS,
          BinlogEvent.MARIADB_BINLOG_CHECKPOINT,
          BinlogEvent.MARIADB_GTID_LIST -> {
        // They say nothing about rows.
      }
      default -> rows(RowsEvent.of(event.type()).orElseThrow(() -> unknown(event.type())), body);
    }
  }

  private DatabaseException unknown(int type) {
    return new DatabaseException(
        Kind.FATAL,
        "the source's log has an event of type "
            + type
            + place.print()
            + ", which Tidemark does not know: whether it changes rows cannot be told. A newer"
            + " Tidemark may know it; else drop the stream with ./tidemark drop and copy again,"
            + " without what makes the server write such events");
  }

  /** What was compressed has no checksum and no place of its own. */
  private void takeInner(EventBytes bytes) {
    BinlogEvent event = BinlogEvent.parse(bytes, BinlogEvent.Checksum.NONE);
    if (event.type() == BinlogEvent.TRANSACTION_PAYLOAD) {
      throw new IllegalArgumentException("a payload within a payload");
    }
    take(event);
  }

  private void begin(BinlogEvent event, GtidEvents.Start start) {
    if (open != null) {
      throw new IllegalArgumentException("transaction " + open.id.print() + " has no end");
    }
    boolean byPlace = executed instanceof BinlogPlace;
    if (!byPlace && start.gtid().isEmpty()) {
      throw new DatabaseException(
          Kind.FATAL,
          "the source's log has transactions without GTID"
              + place.print()
              + ", and this stream follows GTIDs: set gtid_mode = ON at the source again, drop the"
              + " stream with ./tidemark drop and copy again");
    }
    MySqlTransaction id = byPlace ? place.required() : start.gtid().get();
    if (executed.contains(id)) {
      throw new DatabaseException(
          Kind.FATAL,
          "the source's log has transaction "
              + id.print()
              + place.print()
              + " behind "
              + executed.print()
              + ", where it should have been before. Numbers that do not ascend cannot be followed"
              + " (MariaDB: gtid_strict_mode = ON keeps them ascending)");
    }
    LogReader.Place at = openStart.<LogReader.Place>map(known -> known).orElse(id::print);
    open = new Open(id, start, at, Instant.ofEpochSecond(event.seconds()));
    layouts.clear();
  }

  private Open required(String what) {
    if (open == null) {
      throw new IllegalArgumentException(what + " is outside of a transaction");
    }
    return open;
  }

  private void tableMap(EventBytes body) {
    required("a row");
    long number = body.unsigned(6);
    body.skip(2); // flags
    TableMap map = TableMap.parse(body);
    LoggedTable table = statementsOnly ? null : tables.get(logged(map.table(), rules));
    if (table != null && map.names().isEmpty()) {
      requireByPlace(table);
    }
    layouts.put(number, Optional.ofNullable(table).map(known -> known.layout(map)));
  }

  /** Which column a value is of can only be told from the catalog. */
  private void requireByPlace(LoggedTable table) {
    if (schemaChanges == SchemaChanges.IGNORE) {
      throw new DatabaseException(
          Kind.FATAL,
          "the source's log does not name the columns of table "
              + table.table().id()
              + place.print()
              + ", because binlog_row_metadata was not FULL; with source.schema-changes: ignore they"
              + " may be others than the catalog's. SET GLOBAL binlog_row_metadata = 'FULL' at the"
              + " source, drop the stream with ./tidemark drop and copy again; or take"
              + " source.schema-changes out of the job file");
    }
    backlog.requireUnaltered(position(), place.now());
  }

  private void rows(RowsEvent rows, EventBytes body) {
    Open transaction = required("a row");
    long number = body.unsigned(6);
    body.skip(2); // flags
    Optional<RowLayout> layout = layouts.get(number);
    if (layout == null) {
      throw new IllegalArgumentException("rows of a table that was not described");
    }
    if (layout.isPresent()) {
      EventBytes content = rows.compressed() ? MariaDbCompression.rows(body, rows) : body;
      try {
        new RowsReader(layout.get(), defaults, rows.action(), rows.hasExtraData(), content)
            .forEach(change -> add(transaction, change));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "rows of table " + layout.get().table().id() + ": " + e.getMessage(), e);
      }
    }
  }

  private void add(Open transaction, RowChange change) {
    if (change instanceof RowChange.Update update) {
      rules.updateCascades().requireNone(update, rules.anyCase(), position());
    }
    transaction.changed = true;
    piece.add(change);
    pieceBytes += change.weight();
    if (transaction.xaName != null) {
      prepared.requireRoom(pieceBytes, transaction.id);
    } else if (piece.size() >= CHANGES_PER_PIECE || pieceBytes >= BYTES_PER_PIECE) {
      handOver(transaction);
    }
  }

  private void handOver(Open transaction) {
    if (piece.isEmpty()) {
      return;
    }
    if (!transaction.begun) {
      ready.add(new Begin(transaction.id, transaction.at, transaction.committedAt));
      transaction.begun = true;
    }
    ready.add(new Changes(piece));
    piece = new ArrayList<>();
    pieceBytes = 0;
  }

  private void query(BinlogEvent event, LoggedQuery query) {
    Open transaction = required("a statement");
    LoggedStatement statement =
        LoggedStatement.parse(query.schema(), query.sql(), query.dialect(transaction.mariaDb));
    switch (statement.kind()) {
      case BEGIN, CREATE_AND_FILL -> transaction.explicit = true;
      case COMMIT -> commit(event);
      case ROLLBACK -> rollback(event, transaction);
      case SAVEPOINT -> transaction.explicit = true;
      case ROLLBACK_TO_SAVEPOINT -> requireUnchanged(transaction);
      case XA_START -> {
        transaction.explicit = true;
        transaction.xaName = PreparedTransactions.name(query.sql());
      }
      case XA_END -> transaction.explicit = true;
      case XA_COMMIT -> xaCommit(event, transaction, PreparedTransactions.name(query.sql()));
      case XA_ROLLBACK -> {
        executed = prepared.rolledBack(PreparedTransactions.name(query.sql()), executed);
        commit(event);
      }
      case TRUNCATE -> {
        List<Table> truncated =
            statements.truncated(statement, query, event.ofSession(), position());
        if (!truncated.isEmpty()) {
          add(transaction, new RowChange.Truncate(truncated));
        }
        commit(event);
      }
      default -> {
        statements.require(statement, query, position());
        endUnlessExplicit(event, transaction);
      }
    }
  }

  /** A statement that is not inside of a transaction is one. */
  private void endUnlessExplicit(BinlogEvent event, Open transaction) {
    boolean mariaDbGroup = transaction.id instanceof MariaDbGtid && !transaction.start.standalone();
    if (!transaction.explicit && !mariaDbGroup) {
      commit(event);
    }
  }

  private void requireUnchanged(Open transaction) {
    if (transaction.changed) {
      throw new DatabaseException(
          Kind.FATAL,
          "transaction "
              + transaction.id.print()
              + " was rolled back after it had changed tables of an engine without transactions too;"
              + " what is left of it cannot be told from the log. Drop the stream with ./tidemark"
              + " drop and copy again, with such tables left out");
    }
  }

  private void rollback(BinlogEvent event, Open transaction) {
    requireUnchanged(transaction);
    commit(event);
  }

  private void xaPrepare(BinlogEvent event, EventBytes body) {
    Open transaction = required("a prepared transaction");
    boolean onePhase = body.u8() != 0;
    boolean mayMatter = transaction.changed || !locks && transaction.id instanceof Gtid;
    if (onePhase || !mayMatter) {
      transaction.xaName = null;
      commit(event);
      return;
    }
    if (!(transaction.id instanceof Gtid gtid) || transaction.xaName == null) {
      throw new DatabaseException(
          Kind.FATAL,
          "transaction "
              + transaction.id.print()
              + " is an XA transaction in two phases that changed tables of the stream. These can"
              + " only be followed at MySQL with gtid_mode = ON. Drop the stream with ./tidemark drop"
              + " and copy again when there are none");
    }
    prepared.add(transaction.xaName, gtid, piece);
    piece = new ArrayList<>();
    pieceBytes = 0;
    open = null;
  }

  private void xaCommit(BinlogEvent event, Open transaction, String name) {
    if (transaction.id instanceof MariaDbGtid && !prepared.isKnown(name)) {
      commit(event);
      return;
    }
    if (!locks && !prepared.isKnown(name)) {
      throw new DatabaseException(
          Kind.FATAL,
          "XA transaction "
              + transaction.id.print()
              + " was prepared before the stream began, and without locks (copy.lock: none) nobody"
              + " waited for it: what it changed is neither in the log nor in what was copied before."
              + " Drop the stream with ./tidemark drop and copy again; if it did not change a copied"
              + " table, go on with copy.lock: tables");
    }
    for (RowChange change : prepared.changes(name)) {
      add(transaction, change);
    }
    executed = prepared.committed(name, executed);
    commit(event);
  }

  private void commit(BinlogEvent event) {
    Open transaction = required("a commit");
    handOver(transaction);
    executed = executed instanceof BinlogPlace ? place.required() : executed.plus(transaction.id);
    mark = openMark.or(() -> mark);
    if (transaction.begun) {
      Instant time = transaction.start.committedAt().orElse(Instant.ofEpochSecond(event.seconds()));
      ready.add(new Commit(position(), time));
    }
    open = null;
    layouts.clear();
  }

  /** Everything that was read is complete: where there are no GTIDs, the place tells how far. */
  Optional<Advance> advance(BinlogPosition told) {
    if (open != null) {
      return Optional.empty();
    }
    if (executed instanceof BinlogPlace && place.now().isPresent()) {
      executed = place.required();
    }
    BinlogPosition now = position();
    return now.equals(told) ? Optional.empty() : Optional.of(new Advance(now));
  }
}
