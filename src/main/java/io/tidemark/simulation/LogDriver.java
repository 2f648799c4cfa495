package io.tidemark.simulation;

import io.tidemark.change.Key;
import io.tidemark.change.RowChange;
import io.tidemark.database.TransactionId;
import io.tidemark.protocol.LogGate;
import io.tidemark.protocol.LogProgress;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** The log reader: asks the gate as the production log worker asks it, one transaction a step. */
final class LogDriver {

  private static final int PENDING_BEFORE_LOOK = 3;

  /** Whom the log reader talks to. */
  interface Listener {
    void held(long cycle, Set<TransactionId> pending);

    void reopened(TableId table, Key key);
  }

  private final SimulatedSource source;
  private final Choices choices;
  private final Optional<Rule> without;
  private final Trace trace;
  private final RuleCounts counts;
  private final LogGate gate;
  private final SinkDriver sink;
  private final Listener listener;
  private final Deque<Consumer<LogGate>> orders = new ArrayDeque<>();
  private int next;
  private long heldReportedFor = -1;
  private boolean announcedConsistency;
  private boolean heartbeatDue;

  LogDriver(World world, LogGate gate, SinkDriver sink, Listener listener) {
    this.source = world.source();
    this.choices = world.choices();
    this.without = world.without();
    this.trace = world.trace();
    this.counts = world.counts();
    this.gate = gate;
    this.sink = sink;
    this.listener = listener;
    this.next = ((SimulatedPositions.At) gate.progress().position()).place();
  }

  void order(Consumer<LogGate> order) {
    orders.add(order);
  }

  /** False if there was nothing to do. */
  boolean step() {
    if (!sink.hasRoom()) {
      return false;
    }
    boolean ordered = carryOutOrders();
    if (gate.heldFor().isPresent()) {
      return hold(gate.heldFor().get()) || ordered;
    }
    if (!announcedConsistency && gate.isConsistent()) {
      announcedConsistency = true;
      sink.put(new SinkDriver.Log(List.of(), gate.progress(), true));
      return true;
    }
    if (next == source.log().size()) {
      return idle() || ordered;
    }
    SimulatedSource.Logged transaction = source.log().get(next);
    if (!gate.mayProcess(transaction.id())) {
      counts.add(RuleCounts.Decision.HELD_BY_SESSION);
      return flushHeartbeat() || ordered;
    }
    next++;
    process(transaction);
    return true;
  }

  private boolean carryOutOrders() {
    boolean any = !orders.isEmpty();
    while (!orders.isEmpty()) {
      orders.remove().accept(gate);
    }
    return any;
  }

  private boolean hold(long cycle) {
    if (heldReportedFor == cycle) {
      return false;
    }
    gate.seen(source.reportedSnapshot());
    heldReportedFor = cycle;
    flushHeartbeat();
    LogProgress progress = gate.progress();
    trace.say(
        () ->
            "log: holds for cycle "
                + cycle
                + " at "
                + progress.printPosition()
                + " with pending {"
                + progress.printPending()
                + "}");
    listener.held(cycle, progress.pending());
    return true;
  }

  private void process(SimulatedSource.Logged transaction) {
    List<RowChange> emitted = new ArrayList<>();
    int from = 0;
    while (from < transaction.changes().size()) {
      int rest = transaction.changes().size() - from;
      int to = from + rest - choices.below(rest);
      emitted.addAll(judge(transaction, transaction.changes().subList(from, to)));
      from = to;
    }
    counts.judged(transaction.changes(), emitted);
    gate.processed(transaction.id(), new SimulatedPositions.At(transaction.place()));
    if (gate.pendingCount() >= PENDING_BEFORE_LOOK) {
      gate.seen(source.reportedSnapshot());
    }
    trace.say(
        () ->
            "log: processes "
                + transaction.id().print()
                + ", emits "
                + emitted.size()
                + " of "
                + transaction.changes().size()
                + " changes");
    if (emitted.isEmpty()) {
      heartbeatDue = true;
      heartbeatWhenDue();
    } else {
      heartbeatDue = false;
      sink.put(new SinkDriver.Log(emitted, gate.progress(), false));
    }
    for (RowChange change : emitted) {
      if (change instanceof RowChange.Reopen reopen) {
        listener.reopened(reopen.table().id(), reopen.key());
      }
    }
  }

  private List<RowChange> judge(SimulatedSource.Logged transaction, List<RowChange> changes) {
    if (without.equals(Optional.of(Rule.KEY_CHANGE_SPLIT))) {
      return judgeByNewKey(transaction, changes);
    }
    return gate.judge(transaction.id(), changes, LogDriver::locate);
  }

  /** Without the split, a change of the key is one change, in the range that it leads to. */
  private List<RowChange> judgeByNewKey(
      SimulatedSource.Logged transaction, List<RowChange> changes) {
    List<RowChange> kept = new ArrayList<>();
    for (RowChange change : changes) {
      RowChange asked = change;
      if (change instanceof RowChange.Update update && update.changesKey()) {
        asked = new RowChange.Update(update.table(), Optional.empty(), update.after());
      }
      List<RowChange> answer = gate.judge(transaction.id(), List.of(asked), LogDriver::locate);
      kept.addAll(answer.contains(asked) ? List.of(change) : answer);
    }
    return kept;
  }

  private static int[] locate(Table table, List<Key> keys, List<Key> bounds) {
    return keys.stream()
        .mapToInt(
            key ->
                (int)
                    bounds.stream()
                        .filter(
                            bound -> SimulatedTarget.number(bound) <= SimulatedTarget.number(key))
                        .count())
        .toArray();
  }

  private boolean idle() {
    if (gate.pendingCount() > 0) {
      int before = gate.pendingCount();
      gate.seen(source.reportedSnapshot());
      heartbeatDue |= gate.pendingCount() < before;
    }
    return heartbeatWhenDue();
  }

  private boolean heartbeatWhenDue() {
    return choices.below(3) == 0 && flushHeartbeat();
  }

  private boolean flushHeartbeat() {
    if (!heartbeatDue) {
      return false;
    }
    heartbeatDue = false;
    sink.put(new SinkDriver.Log(List.of(), gate.progress(), false));
    return true;
  }
}
