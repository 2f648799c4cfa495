package io.tidemark.source;

import io.tidemark.change.Key;
import io.tidemark.database.DaemonThreads;
import io.tidemark.database.FailureNote;
import io.tidemark.database.Ledger;
import io.tidemark.database.LogPosition;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceControl.SharedSnapshot;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.SourceMemory;
import io.tidemark.protocol.CopyCoordinator;
import io.tidemark.protocol.CopyState;
import io.tidemark.protocol.CoveredRange;
import io.tidemark.protocol.Decision;
import io.tidemark.protocol.LogGate;
import io.tidemark.schema.TableId;
import io.tidemark.source.StreamOpening.Opened;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the coordinator's decisions out. Runs in the enumerator's thread. What talks to a
 * database runs elsewhere: what the copy needs in a thread of its own, one call at a time; what
 * watches over the source in the worker thread of {@code callAsync}. So neither waits for a call of
 * the other that gets no answer, and the clock waits for none.
 *
 * <p>Subtask 0 reads the log; the others copy chunks, or subtask 0 does both if it is alone. The
 * loss of any subtask restarts the whole job from the ledger under a new epoch, which fences what
 * the lost one may still do.
 */
final class CopyEnumerator
    implements SplitEnumerator<CopySplit, EnumeratorState>, CoordinatorGauges.Shown {

  private static final Logger LOG = LoggerFactory.getLogger(CopyEnumerator.class);
  private static final int LOG_SUBTASK = 0;
  private static final long TICK_MILLIS = 50;
  private static final long LAG_MILLIS = 1_000;
  private static final long UNLOGGED_MILLIS = 1_000;
  private static final long WARN_MILLIS = 5_000;

  /**
   * What can be copied between two checkpoints where there is no ledger, and what a checkpoint has
   * to keep of it.
   */
  private static final int MOST_ANNOUNCED = 1_000;

  /** Such a chunk is asked for with a condition that names each of the keys. */
  private static final int KEYS_PER_CHUNK = 500;

  private final SplitEnumeratorContext<CopySplit> context;
  private final Outbox outbox;
  private final CoordinatorGauges gauges;
  private final SourceDatabase source;
  private final CopySettings settings;
  private final Optional<Ledger> ledger;
  private final StreamOpening opening;
  private final FailureNote failures;
  private final Optional<WaitWatch> waits;
  private final PositionFormat format;
  private final Positions positions;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("tidemark coordinator clock"));

  /** Calls that the copy waits for. */
  private final ExecutorService copying =
      Executors.newSingleThreadExecutor(DaemonThreads.named("tidemark copy planner"));

  private final CopySplitSerializer serializer = new CopySplitSerializer();

  /** By subtask. */
  private final Map<Integer, MessageParts> parts = new HashMap<>();

  private final EnumeratorState restored;
  private final Set<Integer> started = new HashSet<>();
  private final List<CopySplit> restoredSplits = new ArrayList<>();
  private volatile boolean closed;

  /** Flink makes another of these once one has failed; what still comes to this one is void. */
  private boolean failed;

  private @Nullable Opened stream;
  private @Nullable SourceWatch watch;
  private volatile @Nullable TargetLooks targetLooks;
  private volatile @Nullable CopyCoordinator coordinator;
  private @Nullable LogPosition logAt;
  private volatile @Nullable SharedSnapshot shared;
  private volatile @Nullable SourceControl control;
  private long lastWarning;
  private volatile long bytesBehind;

  CopyEnumerator(
      SplitEnumeratorContext<CopySplit> context,
      SourceDatabase source,
      Optional<Ledger> ledger,
      CopySettings settings,
      Submission submission,
      EnumeratorState restored,
      CoordinatorGauges gauges) {
    this.context = context;
    this.gauges = gauges;
    this.source = source;
    this.settings = settings;
    this.ledger = ledger;
    this.opening = new StreamOpening(source, ledger, submission);
    this.failures = new FailureNote(ledger);
    this.waits =
        ledger.map(
            records ->
                new WaitWatch(records, opening::epoch, source.openWaits(), records.openWaits()));
    this.outbox = new Outbox(context);
    this.format = source.positions();
    this.positions = new Positions(format);
    this.restored = restored;
  }

  @Override
  public void start() {
    waits.ifPresent(WaitWatch::start);
    gauges.show(this, context.metricGroup());
  }

  @Override
  public long copyCycle() {
    CopyCoordinator copy = coordinator;
    return copy == null ? 0 : copy.cycle();
  }

  @Override
  public long logBytesBehind() {
    return bytesBehind;
  }

  @Override
  public void handleSplitRequest(int subtask, @Nullable String host) {
    throw new IllegalStateException("readers are given splits, they do not ask for them");
  }

  /** A reader that comes again was lost on its own, and took work with it that only it knew of. */
  @Override
  public void addReader(int subtask) {
    if (!failed && started.contains(subtask)) {
      throw lost(subtask);
    }
  }

  @Override
  public void addSplitsBack(List<CopySplit> splits, int subtask) {
    if (!failed) {
      throw lost(subtask);
    }
  }

  private SubtaskLostException lost(int subtask) {
    failed = true;
    return new SubtaskLostException(subtask);
  }

  @Override
  public void handleSourceEvent(int subtask, SourceEvent event) {
    if (!(event instanceof ToEnumerator message)) {
      throw new IllegalArgumentException("unknown event " + event.getClass());
    }
    if (failed) {
      return;
    }
    if (message instanceof ToEnumerator.Part part) {
      parts
          .computeIfAbsent(subtask, same -> new MessageParts())
          .take(part)
          .ifPresent(whole -> handleSourceEvent(subtask, whole));
    } else if (message instanceof ToEnumerator.ReaderStarted reader) {
      readerStarted(subtask, reader);
    } else if (message instanceof ToEnumerator.Completed known) {
      outbox.completed(subtask, known.checkpoint());
    } else if (message instanceof ToEnumerator.GoesOn running) {
      outbox.goesOn(subtask, running.checkpoint());
    } else if (coordinator != null && message instanceof ToEnumerator.DurableTold told) {
      outbox.send(subtask, new ToReader.DurableKnown(told.checkpoint()));
    } else if (coordinator != null) {
      carryOut(decide(coordinator, subtask, message));
    }
  }

  private List<Decision> decide(CopyCoordinator copy, int subtask, ToEnumerator message) {
    if (message instanceof ToEnumerator.LogHeld held) {
      logAt = format.logPosition(held.position());
      return copy.logHeld(held.cycle(), format.transactions(held.pending()));
    } else if (message instanceof ToEnumerator.LogAt at) {
      logAt = format.logPosition(at.position());
      return List.of();
    } else if (message instanceof ToEnumerator.SessionOpened opened) {
      remember(subtask, opened);
      return List.of();
    } else if (message instanceof ToEnumerator.ChunkWritten chunk) {
      return copy.chunkWritten(subtask, chunk.cycle(), chunk.chunk());
    } else if (message instanceof ToEnumerator.ChunkFailed failed) {
      LOG.warn("{} will be read again in the next cycle: {}", failed.chunk(), failed.reason());
      return copy.chunkFailed(subtask, failed.cycle(), failed.chunk(), failed.reason());
    } else if (message instanceof ToEnumerator.ChunksDurable durable) {
      return copy.chunksDurable(durable.cycle(), durable.chunks());
    } else if (message instanceof ToEnumerator.LogPassed passed) {
      return copy.logPassed(passed.cycle());
    } else if (message instanceof ToEnumerator.LogAhead ahead) {
      return copy.logAhead(ahead.cycle());
    } else if (message instanceof ToEnumerator.KeysReopened reopened) {
      return copy.keysReopened(reopened.table(), reopened.keys());
    } else if (message instanceof ToEnumerator.TableUncovered uncovered) {
      LOG.warn(
          "More than {} rows of table {} were given other keys, with large values that the log does"
              + " not have: what was copied of the table is copied again",
          LogGate.MOST_REOPENED,
          uncovered.table());
      return copy.uncovered(uncovered.table(), uncovered.cycle());
    }
    throw new IllegalStateException("unexpected " + message);
  }

  /**
   * A session counts as open only when what tells whether the source still has its snapshot is in
   * the ledger: nothing may be copied from it before.
   */
  private void remember(int subtask, ToEnumerator.SessionOpened opened) {
    context.callAsync(
        leaving(
            () -> {
              requireWatch().sessionOpened();
              return true;
            }),
        (remembered, failure) -> {
          requireSuccess(failure);
          carryOut(
              requireCoordinator()
                  .sessionOpened(
                      subtask, opened.cycle(), format.snapshotPosition(opened.snapshot()), now()));
        });
  }

  private void readerStarted(int subtask, ToEnumerator.ReaderStarted reader) {
    if (!started.add(subtask)) {
      throw lost(subtask);
    }
    try {
      for (byte[] split : reader.restored()) {
        restoredSplits.add(serializer.deserialize(serializer.getVersion(), split));
      }
    } catch (IOException damaged) {
      throw new IllegalStateException("subtask " + subtask + " sent a damaged split", damaged);
    }
    if (started.size() == context.currentParallelism()) {
      var checkpoint = checkpointed();
      context.callAsync(leaving(() -> openOrClose(checkpoint)), this::opened);
    }
  }

  private StreamOpening.Checkpointed checkpointed() {
    Optional<CopySplit.LogSplit> log = Optional.empty();
    List<CopySplit.ChunkSplit> written = new ArrayList<>();
    List<CopySplit.ReopenedSplit> reopened = new ArrayList<>();
    for (CopySplit split : restoredSplits) {
      if (split instanceof CopySplit.LogSplit logSplit) {
        log = Optional.of(logSplit);
      } else if (split instanceof CopySplit.ChunkSplit chunk) {
        written.add(chunk);
      } else if (split instanceof CopySplit.ReopenedSplit keys) {
        reopened.add(keys);
      }
    }
    return new StreamOpening.Checkpointed(restored, log, written, reopened);
  }

  private Opened openOrClose(StreamOpening.Checkpointed checkpoint) {
    Opened opened = opening.open(checkpoint);
    control = opened.control();
    return opened;
  }

  private void opened(Opened opened, Throwable failure) {
    requireSuccess(failure);
    stream = opened;
    watch = new SourceWatch(opened, ledger);
    ledger.ifPresent(records -> watchTarget(records, opened));
    logAt = opened.log().position();
    int subtasks = context.currentParallelism();
    List<Integer> readers =
        subtasks == 1 ? List.of(LOG_SUBTASK) : IntStream.range(1, subtasks).boxed().toList();
    CopyCoordinator copy =
        new CopyCoordinator(
            opened.tables(),
            settings.startup() == StartupMode.LATEST
                ? opened.copy().withNothingHandedOut()
                : opened.copy(),
            readers,
            settings.cycle().toMillis(),
            KEYS_PER_CHUNK,
            ledger.isPresent() ? 0 : MOST_ANNOUNCED);
    coordinator = copy;
    LOG.info(
        "Stream claimed under epoch {}: {} tables, log from {}",
        opened.epoch(),
        opened.tables().size(),
        opened.log().printPosition());
    for (int subtask = 0; subtask < subtasks; subtask++) {
      outbox.send(
          subtask,
          new ToReader.StreamClaimed(
              opened.epoch(),
              opened.tables(),
              subtask == LOG_SUBTASK ? opened.memory() : SourceMemory.NONE));
    }
    outbox.assign(
        LOG_SUBTASK,
        new CopySplit.LogSplit(opened.log().printPosition(), opened.log().printPending()));
    outbox.send(LOG_SUBTASK, positions.print(0, copy.coverage(), Map.of(), Set.of()));
    carryOut(copy.start());
    clock.scheduleWithFixedDelay(
        () -> inEnumerator(this::tick), TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    context.callAsync(leaving(this::measureLag), this::lagMeasured, LAG_MILLIS, LAG_MILLIS);
    context.callAsync(
        leaving(
            () -> {
              requireWatch().look();
              return true;
            }),
        (looked, changed) -> requireSuccess(changed),
        UNLOGGED_MILLIS,
        UNLOGGED_MILLIS);
  }

  private void watchTarget(Ledger records, Opened opened) {
    TargetLooks looks =
        new TargetLooks(
            records.openTargetWatch(StreamOpening.ids(opened.tables())),
            opened.tables().size(),
            opened.epoch(),
            failures,
            changed -> inEnumerator(() -> requireSuccess(changed)));
    targetLooks = looks;
    looks.start();
  }

  private void tick() {
    if (closed || failed) {
      return;
    }
    long now = now();
    carryOut(requireCoordinator().tick(now));
    requireCoordinator()
        .waitingFor()
        .filter(unused -> now - lastWarning > WARN_MILLIS)
        .ifPresent(
            waited -> {
              lastWarning = now;
              LOG.warn("The copy cycle waits for {}", waited);
            });
  }

  private Long measureLag() {
    LogPosition position = logAt;
    return position == null ? 0L : requireStream().control().bytesBehind(position);
  }

  private void lagMeasured(Long bytes, Throwable failure) {
    requireSuccess(failure);
    bytesBehind = bytes;
    if (bytes > settings.logLimitBytes()) {
      carryOut(requireCoordinator().logLimitReached());
    }
  }

  private void carryOut(List<Decision> decisions) {
    for (Decision decision : decisions) {
      carryOut(decision);
    }
  }

  private void carryOut(Decision decision) {
    if (decision instanceof Decision.HoldLog hold) {
      outbox.send(LOG_SUBTASK, new ToReader.HoldLog(hold.cycle()));
    } else if (decision instanceof Decision.OpenSharedSnapshot open) {
      callForCopy(
          leaving(this::openShared),
          (snapshot, failure) -> sharedOpened(open.cycle(), snapshot, failure));
    } else if (decision instanceof Decision.OpenSession open) {
      outbox.send(
          open.reader(),
          new ToReader.OpenSession(open.cycle(), open.shared().orElse(null), open.tables()));
    } else if (decision instanceof Decision.ArmLog arm) {
      outbox.send(
          LOG_SUBTASK,
          new ToReader.ArmLog(
              arm.cycle(),
              arm.sessions().stream().map(SnapshotPosition::print).toList(),
              arm.isOfExposed()));
    } else if (decision instanceof Decision.Plan plan) {
      plan(plan);
    } else if (decision instanceof Decision.Assign assign) {
      outbox.assign(
          assign.reader(),
          new CopySplit.ChunkSplit(assign.cycle(), assign.chunk(), assign.snapshot().print()));
    } else if (decision instanceof Decision.CloseSessions close) {
      closeSessions(close.cycle());
    } else if (decision instanceof Decision.PublishDurable durable) {
      outbox.send(
          LOG_SUBTASK,
          positions.print(
              durable.cycle(), durable.coverage(), durable.recopied(), durable.uncovered()));
    }
  }

  /**
   * Like {@code callAsync}, in the thread for what the copy needs.
   *
   * @param then runs in the enumerator's thread, with the result or the failure
   */
  private <T> void callForCopy(
      Callable<T> call, BiConsumer<@Nullable T, @Nullable Throwable> then) {
    copying.execute(
        () -> {
          try {
            T result = call.call();
            inEnumerator(() -> then.accept(result, null));
          } catch (Throwable failure) {
            inEnumerator(() -> then.accept(null, failure));
          }
        });
  }

  /** Flink takes nothing more once it has closed this; what it has taken before is for nobody. */
  private void inEnumerator(Runnable work) {
    try {
      context.runInCoordinatorThread(
          () -> {
            if (!closed) {
              work.run();
            }
          });
    } catch (RejectedExecutionException e) {
      if (!closed) {
        throw e;
      }
    }
  }

  private Optional<SharedSnapshot> openShared() {
    closeShared();
    Optional<SharedSnapshot> opened = requireStream().control().openSharedSnapshot();
    shared = opened.orElse(null);
    return opened;
  }

  private void sharedOpened(long cycle, Optional<SharedSnapshot> snapshot, Throwable failure) {
    requireSuccess(failure);
    CopyCoordinator copy = requireCoordinator();
    carryOut(
        snapshot.isPresent()
            ? copy.sharedSnapshotOpened(
                cycle, snapshot.get().name(), snapshot.get().position(), now())
            : copy.noSharedSnapshot(cycle));
  }

  private void plan(Decision.Plan plan) {
    long cycle = requireCoordinator().cycle();
    if (settings.startup() == StartupMode.LATEST) {
      // Nothing is read of it, so that one chunk is as good as many.
      inEnumerator(
          () ->
              carryOut(
                  requireCoordinator()
                      .boundaryPlanned(plan.table().id(), cycle, plan.number(), Optional.empty())));
      return;
    }
    callForCopy(
        leaving(
            () ->
                requireStream()
                    .control()
                    .chunkPlanner()
                    .nextBoundary(plan.table(), plan.from(), plan.to(), settings.chunkRows())),
        (boundary, failure) -> {
          requireSuccess(failure);
          carryOut(
              requireCoordinator()
                  .boundaryPlanned(plan.table().id(), cycle, plan.number(), boundary));
        });
  }

  private void closeSessions(long cycle) {
    int subtasks = context.currentParallelism();
    for (int subtask = subtasks == 1 ? 0 : 1; subtask < subtasks; subtask++) {
      outbox.send(subtask, new ToReader.CloseSession(cycle));
    }
    callForCopy(
        leaving(
            () -> {
              closeShared();
              return cycle;
            }),
        (ended, failure) -> requireSuccess(failure));
  }

  private void closeShared() {
    SharedSnapshot open = shared;
    if (open != null) {
      shared = null;
      open.close();
    }
  }

  @Override
  public EnumeratorState snapshotState(long checkpointId) {
    CopyCoordinator copy = coordinator;
    Opened opened = stream;
    if (copy == null || opened == null) {
      return restored;
    }
    CopyState state = copy.state();
    copy.checkpointTaken(checkpointId);
    List<EnumeratorState.Covered> covered = new ArrayList<>();
    for (CoveredRange range : state.covered()) {
      covered.add(
          new EnumeratorState.Covered(
              range.table(),
              range.firstNumber(),
              range.lastNumber(),
              range.range(),
              range.snapshot().print()));
    }
    // What was copied again is copied once more after a restart that has no ledger to go by.
    Map<TableId, Set<Key>> holes = new HashMap<>(state.holes());
    state
        .recopied()
        .forEach(
            (table, keys) -> {
              Set<Key> all = new HashSet<>(holes.getOrDefault(table, Set.of()));
              all.addAll(keys.keySet());
              holes.put(table, all);
            });
    return new EnumeratorState(
        opened.sourceIdentity(),
        state.streamed(),
        covered,
        holes,
        state.announced(),
        ledger.isPresent() ? SourceMemory.NONE : Objects.requireNonNull(watch).remembered());
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) {
    outbox.completed(checkpointId);
    CopyCoordinator copy = coordinator;
    if (copy != null && !failed) {
      carryOut(copy.checkpointCompleted(checkpointId, now()));
    }
  }

  @Override
  public void close() {
    closed = true;
    clock.shutdownNow();
    copying.shutdownNow();
    waits.ifPresent(WaitWatch::close);
    TargetLooks looks = targetLooks;
    if (looks != null) {
      looks.close();
    }
    closeShared();
    SourceControl open = control;
    if (open != null) {
      open.close();
    }
  }

  /**
   * A call of the worker thread whose failure, which ends the job or restarts it, is left behind.
   */
  private <T> Callable<T> leaving(Callable<T> call) {
    return failures.leaving(opening::epoch, () -> closed, call);
  }

  private void requireSuccess(@Nullable Throwable failure) {
    if (failure != null && !closed) {
      throw UnrecoverableException.classify(failure);
    }
  }

  private CopyCoordinator requireCoordinator() {
    if (coordinator == null) {
      throw new IllegalStateException("the stream is not open yet");
    }
    return coordinator;
  }

  private SourceWatch requireWatch() {
    if (watch == null) {
      throw new IllegalStateException("the stream is not open yet");
    }
    return watch;
  }

  private Opened requireStream() {
    if (stream == null) {
      throw new IllegalStateException("the stream is not open yet");
    }
    return stream;
  }

  private static long now() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }
}
