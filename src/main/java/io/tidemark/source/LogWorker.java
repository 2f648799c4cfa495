package io.tidemark.source;

import io.tidemark.change.ChangeEvent;
import io.tidemark.change.RowChange;
import io.tidemark.change.SequenceValue;
import io.tidemark.database.LogPosition;
import io.tidemark.database.LogReader;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.SourceLookup;
import io.tidemark.database.TransactionId;
import io.tidemark.protocol.LogGate;
import io.tidemark.schema.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads the log, asks the gate what to do with it, and hands over what the gate lets through. */
final class LogWorker extends Worker {

  private static final int MOST_ORDERS = 1_000;
  private static final Duration POLL = Duration.ofMillis(20);
  private static final long HOLD_WAIT_MILLIS = 50;
  private static final long KEEP_ALIVE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long HEARTBEAT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long SEQUENCES_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long REPORT_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long NUDGE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** A look at the source costs a round trip, so it is made for this many transactions at once. */
  private static final int PENDING_BEFORE_LOOK = 50;

  private final SourceDatabase source;
  private final long epoch;
  private final List<Table> tables;
  private final LogGate gate;
  private final BlockingQueue<Consumer<LogGate>> orders = new ArrayBlockingQueue<>(MOST_ORDERS);

  private volatile @Nullable LogReader log;
  private volatile @Nullable SourceLookup lookup;
  private volatile @Nullable LogPosition confirmable;
  private long heldReportedFor = -1;
  private boolean announcedConsistency;
  private boolean heartbeatDue;
  private long lastHeartbeat = System.nanoTime();
  private long lastKeepAlive = System.nanoTime();
  private long lastSequences = System.nanoTime();
  private long lastReport = System.nanoTime();
  private long lastNudge = System.nanoTime();
  private long lastAdvance = System.nanoTime();
  private List<SequenceValue> sequences = List.of();

  LogWorker(
      SourceDatabase source, long epoch, List<Table> tables, LogGate gate, Handover handover) {
    super("tidemark log reader", handover);
    this.source = source;
    this.epoch = epoch;
    this.tables = List.copyOf(tables);
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
        LogReader openedLog = source.openLog(epoch, gate.progress().position(), tables)) {
      lookup = openedLookup;
      log = openedLog;
      while (!isClosed()) {
        step(openedLog, openedLookup);
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

  private void step(LogReader reader, SourceLookup look) throws InterruptedException {
    carryOutOrders();
    confirmDurable(reader);
    if (gate.heldFor().isPresent()) {
      hold(reader, look);
      return;
    }
    announceConsistency();
    sequencesWhenDue(look);
    reportPositionWhenDue();
    Optional<LogReader.Message> message = reader.poll(POLL);
    if (message.isEmpty()) {
      idle(look);
    } else if (message.get() instanceof LogReader.Begin begin) {
      waitUntilAllowed(begin.transaction(), reader, look);
      transaction(begin.transaction(), reader, look);
    } else if (message.get() instanceof LogReader.Advance advance) {
      advance(advance.position());
    } else {
      throw new IllegalStateException("the log goes on with " + message.get() + " without a begin");
    }
  }

  /** The hold rule: stays before the transaction until every session that counts includes it. */
  private void waitUntilAllowed(TransactionId transaction, LogReader reader, SourceLookup look)
      throws InterruptedException {
    while (!gate.mayProcess(transaction)) {
      if (gate.heldFor().isPresent()) {
        hold(reader, look);
      } else {
        flushHeartbeat();
        keepAlive(reader);
        awaitOrder();
      }
      confirmDurable(reader);
    }
  }

  private void hold(LogReader reader, SourceLookup look) throws InterruptedException {
    long cycle = gate.heldFor().orElseThrow();
    if (heldReportedFor != cycle) {
      gate.seen(look.visible());
      heldReportedFor = cycle;
      flushHeartbeat();
      var progress = gate.progress();
      tell(new ToEnumerator.LogHeld(cycle, progress.printPosition(), progress.printPending()));
    }
    keepAlive(reader);
    awaitOrder();
  }

  private void transaction(TransactionId id, LogReader reader, SourceLookup look)
      throws InterruptedException {
    boolean emitted = false;
    List<ToEnumerator.KeyReopened> reopened = new ArrayList<>();
    while (!isClosed()) {
      Optional<LogReader.Message> message = reader.poll(POLL);
      if (message.isEmpty()) {
        continue;
      }
      if (message.get() instanceof LogReader.Changes changes) {
        List<RowChange> kept = gate.judge(id, changes.changes(), look::locate);
        if (!kept.isEmpty()) {
          emit(new ChangeEvent.Changes(kept));
          collectReopened(kept, reopened);
          emitted = true;
        }
      } else if (message.get() instanceof LogReader.Commit commit) {
        gate.processed(id, commit.position());
        if (gate.pendingCount() >= PENDING_BEFORE_LOOK) {
          gate.seen(look.visible());
        }
        committed(emitted, commit.committedAt());
        // After the commit, so that a checkpoint that contains this contains the transaction.
        for (ToEnumerator.KeyReopened key : reopened) {
          tell(key);
        }
        return;
      } else {
        throw new IllegalStateException("transaction " + id.print() + " is interrupted in the log");
      }
    }
  }

  private static void collectReopened(
      List<RowChange> kept, List<ToEnumerator.KeyReopened> reopened) {
    for (RowChange change : kept) {
      if (change instanceof RowChange.Reopen reopen) {
        reopened.add(new ToEnumerator.KeyReopened(reopen.table().id(), reopen.key()));
      }
    }
  }

  private void committed(boolean emitted, Instant committedAt) throws InterruptedException {
    lastAdvance = System.nanoTime();
    if (emitted) {
      heartbeatDue = false;
      emit(new ChangeEvent.Commit(epoch, gate.progress(), committedAt));
    } else {
      heartbeatDue = true;
      heartbeatWhenDue();
    }
  }

  private void advance(LogPosition position) throws InterruptedException {
    if (!position.equals(gate.progress().position())) {
      gate.advance(position);
      lastAdvance = System.nanoTime();
      heartbeatDue = true;
    }
    heartbeatWhenDue();
  }

  private void idle(SourceLookup look) throws InterruptedException {
    if (gate.pendingCount() > 0) {
      gate.seen(look.visible());
      heartbeatDue = true;
    }
    heartbeatWhenDue();
    long now = System.nanoTime();
    if (gate.isWaitingToPass()
        && now - lastAdvance > NUDGE_NANOS
        && now - lastNudge > NUDGE_NANOS) {
      lastNudge = now;
      look.nudgeLog();
    }
  }

  /** Between transactions, so that what is read is at least what everything emitted has used. */
  private void sequencesWhenDue(SourceLookup look) throws InterruptedException {
    long now = System.nanoTime();
    if (announcedConsistency && now - lastSequences > SEQUENCES_NANOS) {
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

  private void emit(ChangeEvent event) throws InterruptedException {
    handOver(new Handover.Emit(event));
  }

  private void tell(ToEnumerator message) throws InterruptedException {
    handOver(new Handover.Tell(message));
  }

  private void announceConsistency() throws InterruptedException {
    if (!announcedConsistency && gate.isConsistent()) {
      announcedConsistency = true;
      lastSequences = System.nanoTime() - SEQUENCES_NANOS;
      emit(new ChangeEvent.ReachedConsistency(epoch, gate.progress()));
    }
  }

  private void heartbeatWhenDue() throws InterruptedException {
    if (heartbeatDue && System.nanoTime() - lastHeartbeat > HEARTBEAT_NANOS) {
      flushHeartbeat();
    }
  }

  private void flushHeartbeat() throws InterruptedException {
    if (heartbeatDue) {
      heartbeatDue = false;
      lastHeartbeat = System.nanoTime();
      emit(new ChangeEvent.Heartbeat(epoch, gate.progress()));
    }
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
}
