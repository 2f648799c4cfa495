package io.tidemark.simulation;

import io.tidemark.change.Key;
import io.tidemark.change.RowChange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.TransactionId;
import io.tidemark.protocol.LogFollower;
import io.tidemark.protocol.LogGate;
import io.tidemark.protocol.LogProgress;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntToLongFunction;

/** The log reader: the production's follower, which is given one transaction a step. */
final class LogDriver implements LogFollower.Surroundings<RuntimeException> {

  private static final int PENDING_BEFORE_LOOK = 3;

  /** Whom the log reader talks to. */
  interface Listener {
    boolean hasRoom();

    void changes(List<RowChange> changes);

    void committed(LogProgress progress);

    void heartbeat(LogProgress progress);

    void consistent(LogProgress progress);

    void held(long cycle, LogProgress progress);

    void reopened(TableId table, List<Key> keys);

    void passed(long cycle);

    void ahead(long cycle);

    void uncovered(TableId table, long cycle);

    /** A session does not include the transaction; it must have a reason to count still. */
    void refused(TransactionId transaction);
  }

  private final World world;
  private final LogGate gate;
  private final LogFollower<RuntimeException> follower;
  private final Listener listener;
  private final Deque<Consumer<LogGate>> orders = new ArrayDeque<>();
  private final Map<RowChange, RowChange> asked = new IdentityHashMap<>();
  private int next;
  private boolean acted;
  private int emitted;

  LogDriver(World world, LogGate gate, Listener listener) {
    this.world = world;
    this.gate = gate;
    this.follower = new LogFollower<>(gate, PENDING_BEFORE_LOOK, this);
    this.listener = listener;
    this.next = ((SimulatedPositions.At) gate.progress().position()).place();
    if (next < world.source().discarded()) {
      throw new DatabaseException(
          DatabaseException.Kind.FATAL,
          "the log is to be read from "
              + next
              + " on, and the source was told that it need not keep it up to "
              + world.source().discarded());
    }
  }

  void order(Consumer<LogGate> order) {
    orders.add(order);
  }

  /** False if there was nothing to do. */
  boolean step() {
    if (!listener.hasRoom()) {
      return false;
    }
    acted = !orders.isEmpty();
    while (!orders.isEmpty()) {
      orders.remove().accept(gate);
    }
    if (follower.holds()) {
      return acted;
    }
    follower.announcePassing();
    follower.announceConsistency();
    if (next >= world.source().flushed()) {
      follower.idle();
      return acted;
    }
    SimulatedSource.Logged transaction = world.source().log().get(next);
    if (!follower.mayBegin(transaction.id())) {
      if (follower.hasToSeeBehind(transaction.id())) {
        lookAhead();
      }
      if (acted) {
        world.counts().add(RuleCounts.Decision.HELD_BY_SESSION);
      }
      if (!gate.awaitsUncovered()) {
        listener.refused(transaction.id());
      }
      return acted;
    }
    next++;
    process(transaction);
    return true;
  }

  private void lookAhead() {
    follower.seenAheadTo(new SimulatedPositions.At(next + 1));
    for (int i = next + 1; i < world.source().flushed(); i++) {
      SimulatedSource.Logged behind = world.source().log().get(i);
      follower.seenAhead(behind.id());
      follower.seenAheadTo(new SimulatedPositions.At(behind.place()));
    }
  }

  private void process(SimulatedSource.Logged transaction) {
    if (!world.source().isVisible(transaction.id())) {
      world.counts().add(RuleCounts.Decision.DELIVERED_BEFORE_VISIBLE);
    }
    emitted = 0;
    List<RowChange> changes = transaction.changes();
    int from = 0;
    while (from < changes.size()) {
      int rest = changes.size() - from;
      int to = from + rest - world.choices().below(rest);
      follower.changes(transaction.id(), judged(changes.subList(from, to)));
      from = to;
    }
    int kept = emitted;
    world
        .trace()
        .say(
            () ->
                "log: processes "
                    + transaction.id().print()
                    + ", emits "
                    + kept
                    + " of "
                    + changes.size()
                    + " changes");
    world.counts().judged(changes, emitted);
    follower.commit(
        transaction.id(), new SimulatedPositions.At(transaction.place()), Instant.EPOCH);
  }

  /** Without the split, a change of the key is one change, in the range that it leads to. */
  private List<RowChange> judged(List<RowChange> changes) {
    if (!world.isWithout(Rule.KEY_CHANGE_SPLIT)) {
      return changes;
    }
    List<RowChange> unsplit = new ArrayList<>();
    for (RowChange change : changes) {
      RowChange one = change;
      if (change instanceof RowChange.Update update && update.changesKey()) {
        one = new RowChange.Update(update.table(), java.util.Optional.empty(), update.after());
        asked.put(one, change);
      }
      unsplit.add(one);
    }
    return unsplit;
  }

  @Override
  public SnapshotPosition visible() {
    return world.source().reportedSnapshot();
  }

  @Override
  public int[] locate(Table table, List<Key> keys, List<Key> bounds) {
    SimulatedTable shape = world.source().table(table.id());
    int[] places = new int[keys.size()];
    for (int i = 0; i < places.length; i++) {
      int key = shape.number(keys.get(i));
      for (Key bound : bounds) {
        places[i] += shape.number(bound) <= key ? 1 : 0;
      }
    }
    return places;
  }

  @Override
  public boolean isTimeForHeartbeat() {
    return world.choices().below(3) == 0;
  }

  @Override
  public void changes(List<RowChange> judged, IntToLongFunction ordinals) {
    List<RowChange> changes =
        world.downstream().isPresent() && world.isWithout(Rule.GONE_IS_SAID)
            ? judged.stream().filter(change -> !(change instanceof RowChange.Remove)).toList()
            : judged;
    acted = true;
    emitted += changes.size();
    world.counts().emitted(changes);
    if (world.downstream().isPresent()) {
      changes.stream()
          .filter(RowChange.Remove.class::isInstance)
          .forEach(gone -> world.counts().add(RuleCounts.Decision.GONE_SAID));
    }
    listener.changes(
        asked.isEmpty()
            ? changes
            : changes.stream().map(change -> asked.getOrDefault(change, change)).toList());
  }

  @Override
  public void committed(LogProgress progress, Instant committedAt) {
    acted = true;
    listener.committed(progress);
  }

  @Override
  public void heartbeat(LogProgress progress) {
    acted = true;
    listener.heartbeat(progress);
  }

  /** What is not in the log is not part of the simulation. */
  @Override
  public boolean isNothingUnlogged() {
    return true;
  }

  @Override
  public void consistent(LogProgress progress) {
    acted = true;
    listener.consistent(progress);
  }

  @Override
  public void held(long cycle, LogProgress progress) {
    acted = true;
    world
        .trace()
        .say(
            () ->
                "log: holds for cycle "
                    + cycle
                    + " at "
                    + progress.printPosition()
                    + " with pending {"
                    + progress.printPending()
                    + "}");
    listener.held(cycle, progress);
  }

  @Override
  public void passed(long cycle) {
    acted = true;
    world.trace().say(() -> "log: has passed the sessions of cycle " + cycle);
    listener.passed(cycle);
  }

  @Override
  public void ahead(long cycle) {
    acted = true;
    world.counts().add(RuleCounts.Decision.SESSIONS_AHEAD);
    world.trace().say(() -> "log: cannot pass the sessions of cycle " + cycle);
    listener.ahead(cycle);
  }

  @Override
  public void reopened(TableId table, List<Key> keys) {
    world
        .trace()
        .say(() -> "log: reopens keys " + keys.stream().map(Key::values).toList() + " of " + table);
    listener.reopened(table, keys);
  }

  @Override
  public void uncovered(TableId table, long cycle) {
    world.trace().say(() -> "log: gives up what was copied of " + table);
    listener.uncovered(table, cycle);
  }
}
