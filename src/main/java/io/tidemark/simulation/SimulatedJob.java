package io.tidemark.simulation;

import io.tidemark.database.FencedException;
import io.tidemark.database.Ledger;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.TransactionId;
import io.tidemark.protocol.CopyCoordinator;
import io.tidemark.protocol.CopyState;
import io.tidemark.protocol.Decision;
import io.tidemark.protocol.LogGate;
import io.tidemark.protocol.LogProgress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;

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
    SINKS,
    CHECKPOINTS,
    NOTIFICATIONS,
    CLOCK
  }

  private static final int MOST_CHECKPOINTS = 2;

  /** What is done at the start, one step after the other. */
  private enum Stage {
    CLAIM,
    READ,
    BEGIN,
    RUN
  }

  private final World world;
  private final boolean sharesSnapshots;
  private final long cycleMillis;
  private final int mostRows;
  private final List<Integer> readers;
  private final List<Subtask> subtasks = new ArrayList<>();
  private final Set<Part> dead = new HashSet<>();
  private Stage stage = Stage.CLAIM;
  private long epoch;
  private Optional<Ledger.Running> found = Optional.empty();
  private Optional<CopyCoordinator> coordinator = Optional.empty();
  private final Map<String, SimulatedPositions.Snapshot> shared = new HashMap<>();
  private final Map<Long, SnapshotPosition> attributed = new HashMap<>();
  private final Deque<Supplier<Subtask.Message>> async = new ArrayDeque<>();
  private final Deque<Subtask.Message> answers = new ArrayDeque<>();
  private final Map<Long, Set<Integer>> checkpoints = new HashMap<>();
  private long lastCheckpoint;
  private long now;

  SimulatedJob(
      World world, int parallelism, boolean sharesSnapshots, long cycleMillis, int mostRows) {
    this.world = world;
    this.sharesSnapshots = sharesSnapshots;
    this.cycleMillis = cycleMillis;
    this.mostRows = mostRows;
    this.readers = parallelism == 1 ? List.of(0) : IntStream.range(1, parallelism).boxed().toList();
    for (int i = 0; i < parallelism; i++) {
      subtasks.add(new Subtask(world, i, this));
    }
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

  /** Some parts die. */
  void lose(Part part) {
    dead.add(part);
  }

  boolean isDead() {
    return dead.size() == Part.values().length;
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
      case COORDINATOR -> any(subtasks.size() + 1, which, this::coordinate);
      case ASYNC -> answer();
      case LOG -> subtasks.get(0).log.orElseThrow().step();
      case READERS -> anySubtask(which, subtask -> subtask.snapshots.step());
      case SINKS -> anySubtask(which, subtask -> subtask.sink.step(epoch));
      case CHECKPOINTS -> anySubtask(which, Subtask::takeBarrier) || trigger();
      case NOTIFICATIONS -> anySubtask(which, Subtask::takeNotification);
      case CLOCK -> tick();
      case OPENING -> throw new IllegalStateException("opened above");
    };
  }

  private boolean open() {
    switch (stage) {
      case CLAIM -> {
        if (world.isWithout(Rule.EPOCH_BEFORE_LEDGER)) {
          found = world.target().read();
        } else {
          epoch = world.target().raiseEpoch();
        }
        stage = Stage.READ;
      }
      case READ -> {
        if (world.isWithout(Rule.EPOCH_BEFORE_LEDGER)) {
          epoch = world.target().raiseEpoch();
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
      Ledger.Running running = found.get();
      Set<TransactionId> pending =
          world.isWithout(Rule.PENDING_KEPT) ? Set.of() : format.transactions(running.pending());
      start = new LogProgress(format.logPosition(running.position()), pending, format);
      copy = CopyState.of(running, format);
    } else {
      Set<TransactionId> pending = new HashSet<>(world.source().loggedNotVisible());
      int place = world.source().log().size();
      start = new LogProgress(new SimulatedPositions.At(place), pending, format);
      copy = CopyState.EMPTY;
      world.target().recordStart(epoch, place, start.printPending());
    }
    CopyCoordinator created =
        new CopyCoordinator(world.source().tables(), copy, readers, cycleMillis);
    coordinator = Optional.of(created);
    Subtask first = subtasks.get(0);
    first.log =
        Optional.of(
            new LogDriver(world, new LogGate(start, created.coverage()), first.sink, first));
    carryOut(created.start());
  }

  /** Starts with the one that was chosen, and goes on until one of them has something to do. */
  private static boolean any(int many, int chosen, IntPredicate step) {
    for (int i = 0; i < many; i++) {
      if (step.test((chosen + i) % many)) {
        return true;
      }
    }
    return false;
  }

  private boolean anySubtask(int chosen, Predicate<Subtask> step) {
    return any(subtasks.size(), chosen, number -> step.test(subtasks.get(number)));
  }

  private boolean coordinate(int which) {
    Deque<Subtask.Message> channel =
        which == subtasks.size() ? answers : subtasks.get(which).toCoordinator;
    if (channel.isEmpty()) {
      return false;
    }
    CopyCoordinator copy = coordinator.orElseThrow();
    boolean waited = copy.waitingFor().isPresent();
    carryOut(channel.remove().apply(copy));
    if (!waited && copy.waitingFor().isPresent()) {
      world.counts().add(RuleCounts.Decision.SESSION_REFUSED);
    }
    return true;
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
        sessions = sessions.stream().map(SimulatedJob::withDoubts).toList();
      }
      List<SnapshotPosition> asked = sessions;
      log.order(gate -> gate.arm(arm.cycle(), asked));
    } else if (decision instanceof Decision.Plan plan) {
      long cycle = coordinator.orElseThrow().cycle();
      async.add(() -> boundary(plan, cycle));
    } else if (decision instanceof Decision.Assign assign) {
      subtasks
          .get(assign.reader())
          .snapshots
          .read(assign.cycle(), assign.chunk(), assign.snapshot());
    } else if (decision instanceof Decision.CloseSessions) {
      readers.forEach(reader -> subtasks.get(reader).snapshots.close());
    } else if (decision instanceof Decision.PublishDurable durable) {
      world.trace().say(() -> "coordinator: cycle " + durable.cycle() + " is durable");
      log.order(gate -> gate.durable(durable.cycle(), durable.coverage(), durable.recopied()));
    }
  }

  private static SnapshotPosition withDoubts(SnapshotPosition session) {
    SimulatedPositions.Snapshot known = (SimulatedPositions.Snapshot) session;
    return new SimulatedPositions.Snapshot(
        known.included(), known.upper(), known.upper(), known.passedAt());
  }

  private Subtask.Message openShared(long cycle) {
    if (!sharesSnapshots) {
      return copy -> copy.noSharedSnapshot(cycle);
    }
    SimulatedPositions.Snapshot opened = world.source().snapshot();
    String name = "shared " + shared.size();
    shared.put(name, opened);
    world.trace().say(() -> "coordinator: opens a snapshot for cycle " + cycle + ": " + opened);
    return copy ->
        copy.sharedSnapshotOpened(cycle, name, SnapshotDriver.claimed(world, opened), now);
  }

  private Subtask.Message boundary(Decision.Plan plan, long cycle) {
    int from = plan.from().map(SimulatedTarget::number).orElse(-1);
    int to = plan.to().map(SimulatedTarget::number).orElse(SimulatedSource.KEYS);
    int between = to - from - 1;
    boolean isRest = between == 0 || world.choices().below(8) == 0;
    int chosen = isRest ? 0 : 1 + world.choices().below(Math.min(mostRows, between));
    return copy ->
        copy.boundaryPlanned(
            plan.table().id(),
            cycle,
            plan.number(),
            chosen == 0 ? Optional.empty() : Optional.of(SimulatedTarget.keyOf(from + chosen)));
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
    if (checkpoints.size() >= MOST_CHECKPOINTS || !subtasks.stream().allMatch(this::isFree)) {
      return false;
    }
    long checkpoint = ++lastCheckpoint;
    checkpoints.put(checkpoint, new HashSet<>());
    subtasks.forEach(subtask -> subtask.barriers.add(checkpoint));
    return true;
  }

  private boolean isFree(Subtask subtask) {
    return subtask.barriers.size() < MOST_CHECKPOINTS;
  }

  void acknowledge(long checkpoint, int subtask) {
    Set<Integer> acknowledged = checkpoints.get(checkpoint);
    if (acknowledged == null) {
      return;
    }
    acknowledged.add(subtask);
    if (acknowledged.size() < subtasks.size()) {
      return;
    }
    checkpoints.remove(checkpoint);
    int fate = world.choices().below(8);
    if (fate == 7) {
      world.counts().add(RuleCounts.Decision.CHECKPOINTS_FAILED);
      world.trace().say(() -> "checkpoint " + checkpoint + " fails");
      subtasks.forEach(failed -> failed.checkpointFailed(checkpoint));
    } else if (fate < 6) {
      world.trace().say(() -> "checkpoint " + checkpoint + " is complete");
      subtasks.forEach(told -> told.notifications.add(checkpoint));
    }
    // Otherwise it is complete and nobody is told: the next one says the same.
  }
}
