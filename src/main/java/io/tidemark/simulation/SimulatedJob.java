package io.tidemark.simulation;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.database.FencedException;
import io.tidemark.database.Ledger;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.TransactionId;
import io.tidemark.protocol.CopyCoordinator;
import io.tidemark.protocol.CopyState;
import io.tidemark.protocol.Decision;
import io.tidemark.protocol.LogGate;
import io.tidemark.protocol.LogProgress;
import io.tidemark.protocol.Resumption;
import io.tidemark.schema.TableId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * One run of the job under one epoch: the production coordinator and gate, and between them the
 * channels that the real job has, each first in first out and as slow as it likes. Subtask 0 reads
 * the log; the others copy, or it does both if it is alone. Whatever still lives of a job that was
 * replaced goes on as a zombie.
 */
final class SimulatedJob {

  /** The parts that go on by themselves, and can die by themselves. */
  enum Part {
    OPENING,
    COORDINATOR,
    ASYNC,
    LOG,
    READERS,
    TASKS,
    SINKS,
    CHECKPOINTS,
    NOTIFICATIONS,
    /** Checkpoints are begun. */
    TRIGGER,
    CLOCK;

    /** Whether it can always do something, so that it waits for its turn. */
    boolean isClockwork() {
      return this == TRIGGER || this == CLOCK;
    }
  }

  private static final int MOST_CHECKPOINTS = 2;
  private static final int KEYS_PER_CHUNK = 2;

  /** What is done at the start, one step after the other. */
  private enum Stage {
    CLAIM,
    READ,
    BEGIN,
    RUN
  }

  /** What is fixed for all runs of a schedule's job. */
  record Settings(
      int parallelism,
      boolean sharesSnapshots,
      long cycleMillis,
      int mostRows,
      int mostChanges,
      int mostReopened,
      int mostAnnounced) {}

  /** A checkpoint that not everybody has acknowledged. */
  private static final class Taken {
    final CopyState copy;
    int acknowledged;
    Optional<LogProgress> log = Optional.empty();
    final List<Ledger.CoveredChunk> written = new ArrayList<>();
    final Map<TableId, List<Key>> reopened = new HashMap<>();
    final Subtask.Handed handed = new Subtask.Handed();

    Taken(CopyState copy) {
      this.copy = copy;
    }
  }

  private final World world;
  private final Settings settings;
  private final String incarnation;
  private final Resumption.Checkpoint resumedFrom;
  private final List<Integer> readers;
  private final List<Subtask> subtasks = new ArrayList<>();
  private final Set<Part> dead = EnumSet.noneOf(Part.class);
  private Stage stage = Stage.CLAIM;
  private long epoch;
  private Optional<Ledger.Running> found = Optional.empty();
  private Optional<CopyCoordinator> coordinator = Optional.empty();
  private Optional<LogProgress> started = Optional.empty();
  private final Map<String, SimulatedPositions.Snapshot> shared = new HashMap<>();
  private final Map<Long, SnapshotPosition> attributed = new HashMap<>();
  private final Deque<Supplier<Subtask.Message>> async = new ArrayDeque<>();
  private final Deque<Subtask.Message> answers = new ArrayDeque<>();
  private final TreeMap<Long, Taken> checkpoints = new TreeMap<>();
  private final Deque<Long> acknowledged = new ArrayDeque<>();
  private long lastCheckpoint;
  private long now;

  /** The sessions of each cycle, and the last checkpoint that was begun before it was closed. */
  private final Map<Long, List<SnapshotPosition>> armed = new HashMap<>();

  private final Map<Long, Long> closedAfter = new HashMap<>();

  /** Tables that were given up: where there is no ledger, the stream stops instead. */
  private final Set<TableId> uncovered = new HashSet<>();

  /**
   * @param incarnation which submission of the job this is a run of
   * @param resumedFrom the checkpoint that it is started from
   */
  SimulatedJob(
      World world, Settings settings, String incarnation, Resumption.Checkpoint resumedFrom) {
    this.world = world;
    this.settings = settings;
    this.incarnation = incarnation;
    this.resumedFrom = resumedFrom;
    int parallelism = settings.parallelism();
    this.readers = parallelism == 1 ? List.of(0) : parallelism == 2 ? List.of(1) : List.of(1, 2);
    for (int i = 0; i < parallelism; i++) {
      subtasks.add(new Subtask(world, i, this, settings.mostChanges()));
    }
  }

  /** Where the log was read from; 0 before it is. */
  int startedAt() {
    return started.map(start -> ((SimulatedPositions.At) start.position()).place()).orElse(0);
  }

  long now() {
    return now;
  }

  long epoch() {
    return epoch;
  }

  boolean isRunning() {
    return stage == Stage.RUN;
  }

  /** The source has died, and every connection to it with it. */
  void loseSource() {
    if (stage == Stage.RUN) {
      lose(Part.LOG);
      lose(Part.READERS);
      lose(Part.ASYNC);
    }
  }

  /** Some parts die. */
  void lose(Part part) {
    dead.add(part);
  }

  /**
   * Lets a part do one thing.
   *
   * @param which chooses among several of the kind
   * @return false if there was nothing to do
   * @throws FencedException if a newer job has taken over
   */
  boolean step(Part part, int which) {
    if (dead.contains(part)) {
      return false;
    }
    if (part == Part.OPENING) {
      return open();
    }
    if (stage != Stage.RUN) {
      return false;
    }
    return switch (part) {
      case COORDINATOR -> coordinateAny(which);
      case ASYNC -> answer();
      case LOG -> subtasks.get(0).log.orElseThrow().step();
      case CHECKPOINTS -> stepSubtask(part, which) || completeCheckpoint();
      case READERS, TASKS, SINKS, NOTIFICATIONS -> stepSubtask(part, which);
      case TRIGGER -> trigger();
      case CLOCK -> tick();
      case OPENING -> throw new IllegalStateException("opened above");
    };
  }

  /** Starts with the one that was chosen, and goes on until one of them has something to do. */
  private boolean stepSubtask(Part part, int chosen) {
    int many = subtasks.size();
    int number = chosen % many;
    for (int i = 0; i < many; i++) {
      if (step(part, subtasks.get(number))) {
        return true;
      }
      number = number + 1 == many ? 0 : number + 1;
    }
    return false;
  }

  private boolean step(Part part, Subtask subtask) {
    return switch (part) {
      case READERS -> subtask.snapshots.step();
      case TASKS -> subtask.handOver();
      case SINKS -> subtask.sink.step(epoch);
      case CHECKPOINTS -> subtask.takeBarrier();
      case NOTIFICATIONS -> subtask.takeNotification();
      default -> throw new IllegalArgumentException(part + " is not a subtask's");
    };
  }

  private boolean open() {
    if (stage != Stage.RUN && world.downstream().isPresent()) {
      beginWithoutLedger(world.downstream().get());
      stage = Stage.RUN;
      return true;
    }
    switch (stage) {
      case CLAIM -> {
        if (world.isWithout(Rule.EPOCH_BEFORE_LEDGER)) {
          found = world.target().read();
        } else {
          epoch = world.target().claim(incarnation);
        }
        stage = Stage.READ;
      }
      case READ -> {
        if (world.isWithout(Rule.EPOCH_BEFORE_LEDGER)) {
          epoch = world.target().claim(incarnation);
        } else {
          found = world.target().read();
        }
        stage = Stage.BEGIN;
      }
      case BEGIN -> {
        begin();
        stage = Stage.RUN;
      }
      case RUN -> {
        return false;
      }
    }
    return true;
  }

  private void begin() {
    SimulatedPositions format = world.format();
    LogProgress start;
    CopyState copy;
    if (found.isPresent()) {
      Resumption resumption = Resumption.of(found.get(), resumedFrom, format);
      start = resumption.log();
      copy = resumption.copy();
      if (!start.pending().isEmpty()) {
        world.counts().add(RuleCounts.Decision.PENDING_RESTORED);
      }
      if (world.isWithout(Rule.PENDING_KEPT)) {
        start = new LogProgress(start.position(), Set.of(), format);
      }
    } else {
      start = createLog();
      copy = CopyState.EMPTY;
      world.target().recordStart(epoch, start);
    }
    begin(start, copy, 0);
  }

  private LogProgress createLog() {
    world.source().flush();
    Set<TransactionId> pending = new HashSet<>(world.source().loggedNotVisible());
    int place = world.source().log().size();
    return new LogProgress(new SimulatedPositions.At(place), pending, world.format());
  }

  private void beginWithoutLedger(SimulatedDownstream downstream) {
    downstream.restore(resumedFrom, subtasks.size());
    Optional<Resumption> resumption = Resumption.of(resumedFrom, world.format());
    LogProgress start = resumption.map(Resumption::log).orElseGet(this::createLog);
    if (resumption.isEmpty()) {
      world.source().confirm(((SimulatedPositions.At) start.position()).place());
    }
    begin(
        start, resumption.map(Resumption::copy).orElse(CopyState.EMPTY), settings.mostAnnounced());
  }

  private void begin(LogProgress start, CopyState copy, int mostAnnounced) {
    started = Optional.of(start);
    CopyCoordinator created =
        new CopyCoordinator(
            world.source().schemas(),
            copy,
            readers,
            settings.cycleMillis(),
            KEYS_PER_CHUNK,
            mostAnnounced);
    coordinator = Optional.of(created);
    Subtask first = subtasks.get(0);
    LogGate gate =
        new LogGate(
            start,
            created.coverage(),
            new LogGate.Reopening(settings.mostReopened(), world.downstream().isEmpty()));
    first.log = Optional.of(new LogDriver(world, gate, first));
    carryOut(created.start());
  }

  /** A message of one of the subtasks, or an answer, comes to the coordinator. */
  private boolean coordinateAny(int chosen) {
    int many = subtasks.size() + 1;
    int number = chosen % many;
    for (int i = 0; i < many; i++) {
      Deque<Subtask.Message> channel =
          number == subtasks.size() ? answers : subtasks.get(number).toCoordinator;
      if (!channel.isEmpty()) {
        coordinate(channel);
        return true;
      }
      number = number + 1 == many ? 0 : number + 1;
    }
    return false;
  }

  private void coordinate(Deque<Subtask.Message> channel) {
    CopyCoordinator copy = coordinator.orElseThrow();
    boolean waited = copy.waitingFor().isPresent();
    carryOut(channel.remove().apply(copy));
    if (!waited && copy.waitingFor().isPresent()) {
      world.counts().add(RuleCounts.Decision.SESSION_REFUSED);
    }
  }

  private boolean answer() {
    if (async.isEmpty()) {
      return false;
    }
    answers.add(async.remove().get());
    return true;
  }

  private boolean tick() {
    now += 5 + world.choices().below(100);
    CopyCoordinator copy = coordinator.orElseThrow();
    carryOut(world.choices().oneIn(30) ? copy.logLimitReached() : copy.tick(now));
    return true;
  }

  private void carryOut(List<Decision> decisions) {
    decisions.forEach(this::carryOut);
  }

  private void carryOut(Decision decision) {
    LogDriver log = subtasks.get(0).log.orElseThrow();
    if (decision instanceof Decision.HoldLog hold) {
      world.counts().add(RuleCounts.Decision.CYCLES);
      log.order(gate -> gate.hold(hold.cycle()));
    } else if (decision instanceof Decision.OpenSharedSnapshot open) {
      async.add(() -> openShared(open.cycle()));
    } else if (decision instanceof Decision.OpenSession open) {
      subtasks
          .get(open.reader())
          .snapshots
          .open(open.cycle(), open.shared().map(name -> shared.get(name)));
    } else if (decision instanceof Decision.ArmLog arm) {
      List<SnapshotPosition> sessions =
          world.isWithout(Rule.HOLD_RULE) ? List.of() : arm.sessions();
      if (world.isWithout(Rule.HOLD_IN_DOUBT)) {
        sessions = sessions.stream().map(this::withDoubts).toList();
      }
      List<SnapshotPosition> asked = sessions;
      armed.put(arm.cycle(), arm.sessions());
      arm(arm, asked, log);
    } else if (decision instanceof Decision.Plan plan) {
      long cycle = coordinator.orElseThrow().cycle();
      async.add(() -> boundary(plan, cycle));
    } else if (decision instanceof Decision.Assign assign) {
      subtasks
          .get(assign.reader())
          .snapshots
          .read(assign.cycle(), assign.chunk(), assign.snapshot());
    } else if (decision instanceof Decision.CloseSessions close) {
      closedAfter.put(close.cycle(), lastCheckpoint);
      readers.forEach(reader -> subtasks.get(reader).snapshots.close());
    } else if (decision instanceof Decision.PublishDurable durable) {
      world.counts().add(RuleCounts.Decision.CYCLES_DURABLE);
      world.trace().say(() -> "coordinator: cycle " + durable.cycle() + " is durable");
      Set<TableId> heard =
          world.isWithout(Rule.UNCOVERED_BEFORE_PASS)
              ? durable.coverage().keySet()
              : durable.uncovered();
      log.order(
          gate -> gate.durable(durable.cycle(), durable.coverage(), durable.recopied(), heard));
    }
  }

  private void arm(Decision.ArmLog arm, List<SnapshotPosition> asked, LogDriver log) {
    if (arm.isOfExposed()) {
      world.counts().add(RuleCounts.Decision.EXPOSED_CYCLES);
    }
    boolean isToPass = arm.isOfExposed() && !world.isWithout(Rule.LOG_PASSES_SESSIONS);
    if (arm.isOfExposed() && !isToPass) {
      answers.add(copy -> copy.logPassed(arm.cycle()));
    }
    log.order(gate -> gate.arm(arm.cycle(), asked, isToPass));
  }

  private SnapshotPosition withDoubts(SnapshotPosition session) {
    SimulatedPositions.Snapshot known = (SimulatedPositions.Snapshot) session;
    return world.format()
    .new Snapshot(known.included(), known.upper(), known.upper(), known.passedAt());
  }

  private Subtask.Message openShared(long cycle) {
    if (!settings.sharesSnapshots()) {
      return copy -> copy.noSharedSnapshot(cycle);
    }
    SimulatedPositions.Snapshot opened = world.source().snapshot();
    String name = "shared " + shared.size();
    shared.put(name, opened);
    world.secure();
    world.trace().say(() -> "coordinator: opens a snapshot for cycle " + cycle + ": " + opened);
    return copy ->
        copy.sharedSnapshotOpened(cycle, name, SnapshotDriver.claimed(world, opened), now);
  }

  private Subtask.Message boundary(Decision.Plan plan, long cycle) {
    SimulatedTable table = world.source().table(plan.table().id());
    int from = plan.from().map(table::number).orElse(-1);
    int to = plan.to().map(table::number).orElse(SimulatedSource.KEYS);
    int between = to - from - 1;
    boolean isRest = between == 0 || world.choices().below(8) == 0;
    int chosen = isRest ? 0 : 1 + world.choices().below(Math.min(settings.mostRows(), between));
    return copy ->
        copy.boundaryPlanned(
            plan.table().id(),
            cycle,
            plan.number(),
            chosen == 0 ? Optional.empty() : Optional.of(table.key(from + chosen)));
  }

  /** Where the rule is left out, every session is taken for the first reader's. */
  SnapshotPosition attributed(int reader, long cycle, SnapshotPosition snapshot) {
    if (!world.isWithout(Rule.PER_SESSION_INCLUSION)) {
      return snapshot;
    }
    if (reader == readers.get(0)) {
      attributed.put(cycle, snapshot);
    }
    return attributed.getOrDefault(cycle, snapshot);
  }

  private boolean trigger() {
    if (checkpoints.size() >= MOST_CHECKPOINTS) {
      return false;
    }
    for (Subtask subtask : subtasks) {
      if (subtask.barriers.size() >= MOST_CHECKPOINTS) {
        return false;
      }
    }
    long checkpoint = ++lastCheckpoint;
    CopyCoordinator copy = coordinator.orElseThrow();
    checkpoints.put(checkpoint, new Taken(copy.state()));
    copy.checkpointTaken(checkpoint);
    if (world.isWithout(Rule.ANNOUNCED_FIRST)) {
      completed(checkpoint);
    }
    subtasks.forEach(subtask -> subtask.barriers.add(checkpoint));
    return true;
  }

  /**
   * A subtask's part of a checkpoint.
   *
   * @param log how far it has handed the log over, if it reads it
   */
  void acknowledge(
      long checkpoint, int subtask, Optional<LogProgress> log, List<Ledger.CoveredChunk> written) {
    Taken taken = checkpoints.get(checkpoint);
    if (taken == null) {
      return;
    }
    taken.acknowledged++;
    taken.written.addAll(written);
    if (subtask == 0) {
      taken.log = log.or(() -> started);
    }
    if (taken.acknowledged == subtasks.size()) {
      acknowledged.add(checkpoint);
    }
  }

  /** The last checkpoint that was begun: the coordinator's part of it is taken. */
  long lastCheckpoint() {
    return lastCheckpoint;
  }

  /**
   * What a subtask's part of a checkpoint rests on.
   *
   * @param handed all that the subtask has handed to the sink
   * @param reopened the keys that its part keeps
   */
  void keep(long checkpoint, Subtask.Handed handed, Map<TableId, List<Key>> reopened) {
    Taken taken = checkpoints.get(checkpoint);
    if (taken != null) {
      taken.handed.addAll(handed);
      taken.reopened.putAll(reopened);
    }
  }

  /** What came to the sink of the table need not be in a checkpoint any more. */
  void uncovered(TableId table) {
    uncovered.add(table);
  }

  /**
   * Where there is no ledger, a checkpoint is all there is: what came to the sink before it must be
   * in the coordinator's part or in a reader's.
   */
  private void requireWhole(long checkpoint, Taken taken) {
    taken.handed.chunks.removeIf(chunk -> uncovered.contains(chunk.table()));
    taken.handed.reopened.keySet().removeAll(uncovered);
    for (Chunk chunk : taken.handed.chunks) {
      boolean isKept =
          taken.written.stream()
              .anyMatch(
                  written ->
                      written.chunk().table().equals(chunk.table())
                          && written.chunk().number() == chunk.number());
      boolean isKnown =
          taken.copy.covered().stream()
              .anyMatch(
                  range ->
                      range.table().equals(chunk.table())
                          && range.firstNumber() <= chunk.number()
                          && chunk.number() <= range.lastNumber());
      if (!isKept && !isKnown) {
        throw new Violation(
            "checkpoint " + checkpoint + " lacks " + chunk + ", which came to the sink before it");
      }
    }
    taken.handed.reopened.forEach(
        (table, keys) -> {
          Set<Key> lacking = new HashSet<>(keys);
          lacking.removeAll(taken.copy.holes().getOrDefault(table, Set.of()));
          lacking.removeAll(taken.copy.recopied().getOrDefault(table, Map.of()).keySet());
          taken.reopened.getOrDefault(table, List.of()).forEach(lacking::remove);
          if (!lacking.isEmpty()) {
            throw new Violation(
                "checkpoint "
                    + checkpoint
                    + " lacks that keys of "
                    + table
                    + " are to be copied again, which came to the sink before it");
          }
        });
  }

  /** It may have been acknowledged long ago. */
  private boolean completeCheckpoint() {
    if (acknowledged.isEmpty()) {
      return false;
    }
    long checkpoint = acknowledged.remove();
    Taken taken = checkpoints.remove(checkpoint);
    int fate = world.choices().below(8);
    if (fate == 7) {
      world.counts().add(RuleCounts.Decision.CHECKPOINTS_FAILED);
      world.trace().say(() -> "checkpoint " + checkpoint + " fails");
      subtasks.forEach(failed -> failed.checkpointFailed(checkpoint));
      return true;
    }
    requireWhole(checkpoint, taken);
    Resumption.Checkpoint complete =
        new Resumption.Checkpoint(taken.copy, taken.log, taken.written, taken.reopened);
    world.downstream().ifPresent(downstream -> downstream.complete(checkpoint, complete));
    world.counts().add(RuleCounts.Decision.CHECKPOINTS_COMPLETED);
    world.completed().add(complete);
    if (fate == 6) {
      // The next one says the same.
      world.counts().add(RuleCounts.Decision.CHECKPOINTS_UNNOTICED);
      world.trace().say(() -> "checkpoint " + checkpoint + " is complete, and nobody is told");
    } else {
      world.trace().say(() -> "checkpoint " + checkpoint + " is complete");
      subtasks.forEach(told -> told.notifications.add(checkpoint));
      completed(checkpoint);
    }
    return true;
  }

  private void completed(long checkpoint) {
    answers.add(copy -> copy.checkpointCompleted(checkpoint, now));
  }

  /**
   * What the source has to keep is bounded by the cycles: once a checkpoint that was begun after a
   * cycle's end is known to be complete, its sessions must not hold the log any more.
   */
  void requireReasonToHold(TransactionId transaction) {
    long noticed = Long.MAX_VALUE;
    for (Subtask subtask : subtasks) {
      if (!subtask.isQuiet()) {
        return;
      }
      noticed = Math.min(noticed, subtask.lastNoticed());
    }
    for (Map.Entry<Long, List<SnapshotPosition>> sessions : armed.entrySet()) {
      Long closed = closedAfter.get(sessions.getKey());
      if (closed == null || closed >= noticed) {
        for (SnapshotPosition session : sessions.getValue()) {
          if (!session.includes(transaction)) {
            return;
          }
        }
      }
    }
    throw new Violation(
        "the log is held before "
            + transaction.print()
            + ", although every session that excludes it is closed and durable");
  }
}
