package io.tidemark.source;

import io.tidemark.change.ChangeEvent;
import io.tidemark.change.Key;
import io.tidemark.change.Origin;
import io.tidemark.change.RowChange;
import io.tidemark.change.SequenceValue;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.LogPosition;
import io.tidemark.database.LogReader;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.SourceLookup;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.TransactionId;
import io.tidemark.protocol.LogFollower;
import io.tidemark.protocol.LogGate;
import io.tidemark.protocol.LogProgress;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the log for a {@link LogFollower}, and hands over what it lets through. */
final class LogWorker extends Worker {

  private static final int MOST_ORDERS = 1_000;
  private static final Duration POLL = Duration.ofMillis(20);
  private static final long HOLD_WAIT_MILLIS = 50;
  private static final long KEEP_ALIVE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long HEARTBEAT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long SEQUENCES_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long REPORT_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long NUDGE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** What may be read ahead: the log of the moment in which a snapshot is taken. */
  private static final long MOST_AHEAD_BYTES = 16 << 20;

  /** A look at the source costs a round trip, so it is made for this many transactions at once. */
  private static final int PENDING_BEFORE_LOOK = 50;

  private final SourceDatabase source;
  private final long epoch;
  private final List<Table> tables;
  private final SourceMemory memory;
  private final LogGate gate;
  private final BlockingQueue<Consumer<LogGate>> orders = new ArrayBlockingQueue<>(MOST_ORDERS);

  private volatile @Nullable LogReader log;
  private volatile @Nullable SourceLookup lookup;
  private volatile @Nullable LogPosition confirmable;
  private long lastHeartbeat = System.nanoTime();
  private long lastKeepAlive = System.nanoTime();
  private long lastSequences = System.nanoTime();
  private long lastReport = System.nanoTime();
  private long lastNudge = System.nanoTime();
  private long lastAdvance = System.nanoTime();
  private List<SequenceValue> sequences = List.of();

  private final boolean hasLedger;

  /** What was read ahead, to see what comes behind a transaction that has to wait. */
  private final Deque<LogReader.Message> ahead = new ArrayDeque<>();

  private long aheadBytes;
  private Optional<Long> aheadFor = Optional.empty();

  /** Of a transaction that ends, until it is handed over. */
  private ChangeEvent.@Nullable Commit committed;

  /** The transaction that is read, or was last. */
  private LogReader.@Nullable Begin open;

  private final List<ToEnumerator> reopened = new ArrayList<>();

  /** What the rows of a changelog may be asked for; a ledger's target never is. */
  private record LoggedOrigin(LogReader.Begin begin, IntToLongFunction ordinals) implements Origin {

    @Override
    public String printTransaction() {
      return begin.transaction().print();
    }

    @Override
    public String printPosition() {
      return begin.at().print();
    }

    @Override
    public Instant committedAt() {
      return begin.committedAt();
    }

    @Override
    public long ordinal(int change) {
      return ordinals.applyAsLong(change);
    }
  }

  LogWorker(
      SourceDatabase source,
      long epoch,
      List<Table> tables,
      SourceMemory memory,
      LogGate gate,
      boolean hasLedger,
      Handover handover,
      Consumer<Throwable> failing) {
    super("tidemark log reader", handover, failing);
    this.hasLedger = hasLedger;
    this.source = source;
    this.epoch = epoch;
    this.tables = List.copyOf(tables);
    this.memory = memory;
    this.gate = gate;
  }

  /** Carried out by the worker's thread before it processes the next transaction. */
  void order(Consumer<LogGate> order) {
    orders.add(order);
  }

  /** Everything up to {@code position} is durable at the target. */
  void confirm(LogPosition position) {
    confirmable = position;
  }

  @Override
  void run() throws InterruptedException {
    try (SourceLookup openedLookup = source.openLookup(epoch, tables);
        LogReader openedLog = source.openLog(epoch, gate.progress().position(), tables, memory)) {
      lookup = openedLookup;
      log = openedLog;
      LogFollower<InterruptedException> follower =
          new LogFollower<>(
              gate, PENDING_BEFORE_LOOK, new SourceSurroundings(openedLookup, openedLog));
      while (!isClosed()) {
        step(openedLog, openedLookup, follower);
      }
    }
  }

  @Override
  void abort() {
    LogReader reading = log;
    if (reading != null) {
      reading.close();
    }
    SourceLookup looking = lookup;
    if (looking != null) {
      looking.close();
    }
  }

  private void step(LogReader reader, SourceLookup look, LogFollower<InterruptedException> follower)
      throws InterruptedException {
    carryOutOrders();
    confirmDurable(reader);
    if (follower.holds()) {
      keepAlive(reader);
      awaitOrder();
      return;
    }
    follower.announcePassing();
    follower.announceConsistency();
    sequencesWhenDue(look, follower);
    reportPositionWhenDue();
    Optional<LogReader.Message> message = poll(reader);
    if (message.isEmpty()) {
      follower.idle();
      nudgeWhenDue(look);
    } else if (message.get() instanceof LogReader.Begin begin) {
      waitUntilAllowed(begin.transaction(), reader, follower);
      transaction(begin, reader, follower);
    } else if (message.get() instanceof LogReader.Advance advance) {
      if (!advance.position().equals(gate.progress().position())) {
        lastAdvance = System.nanoTime();
      }
      follower.advance(advance.position());
    } else {
      throw new IllegalStateException("the log goes on with " + message.get() + " without a begin");
    }
  }

  /** The hold rule: stays before the transaction until every session that counts includes it. */
  private void waitUntilAllowed(
      TransactionId transaction, LogReader reader, LogFollower<InterruptedException> follower)
      throws InterruptedException {
    while (!follower.mayBegin(transaction)) {
      if (follower.hasToSeeBehind(transaction)) {
        if (!follower.passingFor().equals(aheadFor)) {
          // For other sessions, what was read ahead counts again.
          aheadFor = follower.passingFor();
          for (LogReader.Message known : ahead) {
            seeAhead(known, follower);
          }
        }
        readAhead(reader, follower);
      } else {
        awaitOrder();
      }
      carryOutOrders();
      keepAlive(reader);
      confirmDurable(reader);
    }
  }

  /** Reads one message of what comes behind a transaction that has to wait. */
  private void readAhead(LogReader reader, LogFollower<InterruptedException> follower)
      throws InterruptedException {
    Optional<LogReader.Message> read = reader.poll(POLL);
    if (read.isEmpty()) {
      nudgeWhenDue(requireLookup());
      return;
    }
    LogReader.Message message = read.get();
    ahead.add(message);
    if (message instanceof LogReader.Changes changes) {
      aheadBytes += Handover.weightOf(changes.changes());
      if (aheadBytes > MOST_AHEAD_BYTES) {
        follower.cannotPass();
      }
    }
    seeAhead(message, follower);
  }

  private static void seeAhead(
      LogReader.Message message, LogFollower<InterruptedException> follower)
      throws InterruptedException {
    if (message instanceof LogReader.Begin begin) {
      follower.seenAhead(begin.transaction());
    } else if (message instanceof LogReader.Commit commit) {
      follower.seenAheadTo(commit.position());
    } else if (message instanceof LogReader.Advance advance) {
      follower.seenAheadTo(advance.position());
    }
  }

  /** What was read ahead comes first. */
  private Optional<LogReader.Message> poll(LogReader reader) throws InterruptedException {
    LogReader.Message first = ahead.poll();
    if (first == null) {
      return reader.poll(POLL);
    }
    if (first instanceof LogReader.Changes changes) {
      aheadBytes -= Handover.weightOf(changes.changes());
    }
    return Optional.of(first);
  }

  private void transaction(
      LogReader.Begin begin, LogReader reader, LogFollower<InterruptedException> follower)
      throws InterruptedException {
    TransactionId id = begin.transaction();
    open = begin;
    while (!isClosed()) {
      Optional<LogReader.Message> message = poll(reader);
      if (message.isEmpty()) {
        continue;
      }
      if (message.get() instanceof LogReader.Changes changes) {
        if (!hasLedger) {
          requireRows(changes.changes());
        }
        follower.changes(id, changes.changes());
      } else if (message.get() instanceof LogReader.Commit commit) {
        lastAdvance = System.nanoTime();
        follower.commit(id, commit.position(), commit.committedAt());
        handOverCommit();
        return;
      } else {
        throw new IllegalStateException("transaction " + id.print() + " is interrupted in the log");
      }
    }
  }

  /**
   * Without a ledger what has come of a range may be anywhere, and a truncate says of no row that
   * it is gone.
   */
  private static void requireRows(List<RowChange> changes) {
    for (RowChange change : changes) {
      if (change instanceof RowChange.Truncate truncate) {
        throw new DatabaseException(
            DatabaseException.Kind.FATAL,
            "source: "
                + truncate.tables().stream().map(Table::toString).collect(Collectors.joining(", "))
                + " was truncated, which is not a change of rows: a changelog cannot say it. Start"
                + " the statement anew, without a savepoint, and empty what it writes to before");
      }
    }
  }

  private void nudgeWhenDue(SourceLookup look) {
    long now = System.nanoTime();
    if (gate.isWaitingToPass()
        && now - lastAdvance > NUDGE_NANOS
        && now - lastNudge > NUDGE_NANOS) {
      lastNudge = now;
      look.nudgeLog();
    }
  }

  /** Between transactions, so that what is read is at least what everything emitted has used. */
  private void sequencesWhenDue(SourceLookup look, LogFollower<InterruptedException> follower)
      throws InterruptedException {
    long now = System.nanoTime();
    if (follower.hasAnnouncedConsistency() && now - lastSequences > SEQUENCES_NANOS) {
      lastSequences = now;
      List<SequenceValue> current = look.sequences();
      if (!current.equals(sequences)) {
        sequences = current;
        emit(new ChangeEvent.SequenceValues(epoch, current));
      }
    }
  }

  private void reportPositionWhenDue() throws InterruptedException {
    long now = System.nanoTime();
    if (now - lastReport > REPORT_NANOS) {
      lastReport = now;
      tell(new ToEnumerator.LogAt(gate.progress().printPosition()));
    }
  }

  /**
   * Hands an item over; while the target is slower than the log, the source's connection is kept,
   * so that a stalled target is not taken for a dead log reader.
   */
  private void handOver(Handover.Item item) throws InterruptedException {
    while (!handover().offer(item, HOLD_WAIT_MILLIS)) {
      LogReader reader = log;
      if (reader != null) {
        keepAlive(reader);
      }
    }
  }

  private SourceLookup requireLookup() {
    SourceLookup open = lookup;
    if (open == null) {
      throw new IllegalStateException("the log is not open");
    }
    return open;
  }

  /** The commit with what the transaction made to be copied again, as one. */
  private void handOverCommit() throws InterruptedException {
    ChangeEvent.Commit commit = committed;
    if (commit != null) {
      committed = null;
      handOver(new Handover.Committed(commit, reopened));
      reopened.clear();
    }
  }

  private void emit(ChangeEvent event) throws InterruptedException {
    handOver(new Handover.Emit(event));
  }

  private void tell(ToEnumerator message) throws InterruptedException {
    handOver(new Handover.Tell(message));
  }

  private void keepAlive(LogReader reader) {
    long now = System.nanoTime();
    if (now - lastKeepAlive > KEEP_ALIVE_NANOS) {
      lastKeepAlive = now;
      reader.keepAlive();
    }
  }

  private void confirmDurable(LogReader reader) {
    LogPosition durable = confirmable;
    if (durable != null) {
      confirmable = null;
      reader.confirm(durable);
    }
  }

  private void carryOutOrders() {
    for (Consumer<LogGate> order = orders.poll(); order != null; order = orders.poll()) {
      order.accept(gate);
    }
  }

  private void awaitOrder() throws InterruptedException {
    Consumer<LogGate> order = orders.poll(HOLD_WAIT_MILLIS, TimeUnit.MILLISECONDS);
    if (order != null) {
      order.accept(gate);
      carryOutOrders();
    }
  }

  /** What the follower says goes to the sink, or to the enumerator. */
  private final class SourceSurroundings implements LogFollower.Surroundings<InterruptedException> {
    private final SourceLookup look;
    private final LogReader reader;

    SourceSurroundings(SourceLookup look, LogReader reader) {
      this.look = look;
      this.reader = reader;
    }

    @Override
    public SnapshotPosition visible() {
      return look.visible();
    }

    @Override
    public int[] locate(Table table, List<Key> keys, List<Key> bounds) {
      return look.locate(table, keys, bounds);
    }

    @Override
    public boolean isTimeForHeartbeat() {
      return System.nanoTime() - lastHeartbeat > HEARTBEAT_NANOS;
    }

    @Override
    public void changes(List<RowChange> changes, IntToLongFunction ordinals)
        throws InterruptedException {
      emit(
          new ChangeEvent.Changes(
              changes,
              hasLedger
                  ? Optional.empty()
                  : Optional.of(
                      new LoggedOrigin(
                          Objects.requireNonNull(open, "no transaction is open"), ordinals))));
    }

    @Override
    public void committed(LogProgress progress, Instant committedAt) {
      committed = new ChangeEvent.Commit(epoch, progress, committedAt);
    }

    @Override
    public void heartbeat(LogProgress progress) throws InterruptedException {
      lastHeartbeat = System.nanoTime();
      emit(new ChangeEvent.Heartbeat(epoch, progress));
    }

    @Override
    public boolean isNothingUnlogged() {
      return reader.isNothingUnlogged();
    }

    @Override
    public void consistent(LogProgress progress) throws InterruptedException {
      lastSequences = System.nanoTime() - SEQUENCES_NANOS;
      emit(new ChangeEvent.ReachedConsistency(epoch, progress));
    }

    @Override
    public void held(long cycle, LogProgress progress) throws InterruptedException {
      tell(new ToEnumerator.LogHeld(cycle, progress.printPosition(), progress.printPending()));
    }

    @Override
    public void passed(long cycle) throws InterruptedException {
      tell(new ToEnumerator.LogPassed(cycle));
    }

    @Override
    public void ahead(long cycle) throws InterruptedException {
      tell(new ToEnumerator.LogAhead(cycle));
    }

    @Override
    public void reopened(TableId table, List<Key> keys) {
      reopened.add(new ToEnumerator.KeysReopened(table, keys));
    }

    @Override
    public void uncovered(TableId table, long cycle) {
      reopened.add(new ToEnumerator.TableUncovered(table, cycle));
    }
  }
}
