package io.tidemark.simulation;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.RowChange;
import io.tidemark.database.Ledger;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.TransactionId;
import io.tidemark.protocol.CheckpointBook;
import io.tidemark.protocol.CopyCoordinator;
import io.tidemark.protocol.Decision;
import io.tidemark.protocol.LogProgress;
import io.tidemark.schema.TableId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * One subtask of the job: its readers, which hand over to its task, which hands over to its sink
 * and to the coordinator, and keeps the production's book of what checkpoints contain. A
 * checkpoint's barrier comes between any two things that the task hands over.
 */
final class Subtask implements SnapshotDriver.Listener, LogDriver.Listener {

  private static final int HANDOVER = 8;

  /**
   * The coordinator has heard what was said when a checkpoint was complete.
   *
   * @param behind the checkpoint whose barrier it does not overtake
   */
  private record Known(long checkpoint, long behind) {}

  /** All that was handed to the sink, whatever became of it. */
  static final class Handed {
    final Set<Chunk> chunks = new HashSet<>();
    final Map<TableId, Set<Key>> reopened = new HashMap<>();

    void addAll(Handed more) {
      chunks.addAll(more.chunks);
      more.reopened.forEach(this::reopened);
    }

    void reopened(TableId table, Collection<Key> keys) {
      reopened.computeIfAbsent(table, same -> new HashSet<>()).addAll(keys);
    }
  }

  /** A message to the coordinator, as what the coordinator makes of it. */
  interface Message extends Function<CopyCoordinator, List<Decision>> {}

  private record Written(long cycle, Chunk chunk, String snapshot)
      implements CheckpointBook.Written {}

  final SubtaskSink sink;
  final SnapshotDriver snapshots;
  Optional<LogDriver> log = Optional.empty();
  final Deque<Message> toCoordinator = new ArrayDeque<>();
  final Deque<Long> barriers = new ArrayDeque<>();
  final Deque<Long> notifications = new ArrayDeque<>();

  private final World world;
  private final int number;
  private final SimulatedJob job;
  private final Deque<Runnable> handover = new ArrayDeque<>();
  private final CheckpointBook<Written> book = new CheckpointBook<>();

  /** What the coordinator has answered, until it comes to this. */
  private final Deque<Known> known = new ArrayDeque<>();

  private final Handed handed = new Handed();

  /** What is handed over in one, where a barrier must not come in between. */
  private final List<RowChange> transaction = new ArrayList<>();

  private Optional<LogProgress> progress = Optional.empty();
  private long lastNoticed;

  Subtask(World world, int number, SimulatedJob job, int mostChanges) {
    this.world = world;
    this.number = number;
    this.job = job;
    this.sink =
        world
            .downstream()
            .<SubtaskSink>map(downstream -> new ChangelogDriver(downstream, number))
            .orElseGet(() -> new SinkDriver(world, mostChanges));
    this.snapshots = new SnapshotDriver(world, this);
  }

  @Override
  public boolean hasRoom() {
    return handover.size() < HANDOVER;
  }

  /** The task hands some things over. */
  boolean handOver() {
    if (handover.isEmpty() || !sink.hasRoom()) {
      return false;
    }
    int most = 1 + world.choices().below(4);
    for (int i = 0; i < most && !handover.isEmpty() && sink.hasRoom(); i++) {
      handover.remove().run();
    }
    return true;
  }

  private void emit(SinkDriver.Item item) {
    handover.add(() -> sink.put(item));
  }

  private void tell(Message message) {
    handover.add(() -> toCoordinator.add(message));
  }

  @Override
  public void opened(long cycle, SnapshotPosition snapshot) {
    tell(
        copy ->
            copy.sessionOpened(number, cycle, job.attributed(number, cycle, snapshot), job.now()));
  }

  @Override
  public void written(SimulatedTarget.Load load) {
    long cycle = load.cycle();
    Chunk chunk = load.chunk();
    if (world.isWithout(Rule.WHOLE_BETWEEN_BARRIERS)) {
      emit(new SinkDriver.Chunk(load));
    }
    handover.add(
        () -> {
          if (!world.isWithout(Rule.WHOLE_BETWEEN_BARRIERS)) {
            sink.put(new SinkDriver.Chunk(load));
          }
          toCoordinator.add(copy -> copy.chunkWritten(number, cycle, chunk));
          if (world.isWithout(Rule.DURABLE_BEFORE_PASS)) {
            toCoordinator.add(copy -> copy.chunksDurable(cycle, List.of(chunk)));
          } else {
            book.written(new Written(cycle, chunk, load.snapshot()));
            if (chunk.range() instanceof KeyRange.Between) {
              handed.chunks.add(chunk);
            }
          }
        });
  }

  @Override
  public void failed(long cycle, Chunk chunk) {
    tell(copy -> copy.chunkFailed(number, cycle, chunk, "truncated"));
  }

  @Override
  public void changes(List<RowChange> changes) {
    if (world.downstream().isPresent() && !world.isWithout(Rule.WHOLE_BETWEEN_BARRIERS)) {
      transaction.addAll(changes);
    } else {
      emit(new SinkDriver.Changes(changes));
    }
  }

  @Override
  public void committed(LogProgress reached) {
    List<RowChange> whole = List.copyOf(transaction);
    transaction.clear();
    handover.add(
        () -> {
          if (!whole.isEmpty()) {
            sink.put(new SinkDriver.Changes(whole));
          }
          sink.put(new SinkDriver.Commit(reached));
          progress = Optional.of(reached);
        });
  }

  @Override
  public void heartbeat(LogProgress reached) {
    handover.add(
        () -> {
          sink.put(new SinkDriver.Heartbeat(reached));
          progress = Optional.of(reached);
        });
  }

  @Override
  public void consistent(LogProgress reached) {
    emit(new SinkDriver.Consistent(reached));
  }

  @Override
  public void held(long cycle, LogProgress reached) {
    Set<TransactionId> told = world.isWithout(Rule.OPENING_RULE) ? Set.of() : reached.pending();
    tell(copy -> copy.logHeld(cycle, told));
  }

  @Override
  public void passed(long cycle) {
    tell(
        copy -> {
          List<Decision> decisions = copy.logPassed(cycle);
          return world.isWithout(Rule.GONE_BEFORE_COPY)
              ? copy.checkpointCompleted(Long.MAX_VALUE, job.now())
              : decisions;
        });
  }

  @Override
  public void ahead(long cycle) {
    tell(copy -> copy.logAhead(cycle));
  }

  @Override
  public void reopened(TableId table, List<Key> keys) {
    if (world.isWithout(Rule.REOPEN_WHEN_DURABLE)) {
      tell(copy -> copy.keysReopened(table, keys));
    } else {
      handover.add(
          () -> {
            book.reopened(table, keys);
            handed.reopened(table, keys);
          });
    }
  }

  @Override
  public void uncovered(TableId table, long cycle) {
    handover.add(
        () -> {
          book.uncovered(table, cycle);
          job.uncovered(table);
        });
  }

  @Override
  public void refused(TransactionId transaction) {
    job.requireReasonToHold(transaction);
  }

  /** A checkpoint's barrier comes by. */
  boolean takeBarrier() {
    if (barriers.isEmpty() || !sink.hasRoom()) {
      return false;
    }
    long checkpoint = barriers.remove();
    book.taken(checkpoint, progress.map(LogProgress::position));
    List<Ledger.CoveredChunk> chunks = new ArrayList<>();
    book.written()
        .forEach(
            chunk ->
                chunks.add(
                    new Ledger.CoveredChunk(chunk.chunk(), chunk.snapshot(), 0, chunk.cycle())));
    if (world.isWithout(Rule.CONFIRM_WHEN_DURABLE)) {
      progress.ifPresent(reached -> confirm(((SimulatedPositions.At) reached.position()).place()));
    }
    Optional<LogProgress> reached = progress;
    Handed all = new Handed();
    all.addAll(handed);
    Map<TableId, List<Key>> reopened = book.reopened();
    sink.put(
        new SinkDriver.Barrier(
            checkpoint,
            () -> {
              job.keep(checkpoint, all, reopened);
              job.acknowledge(checkpoint, number, reached, chunks);
            }));
    return true;
  }

  private void confirm(int place) {
    world.source().confirm(place);
  }

  /** A checkpoint is known to be complete. */
  boolean takeNotification() {
    if (notifications.isEmpty()) {
      return takeKnown();
    }
    lastNoticed = notifications.remove();
    CheckpointBook.Durable durable = book.completed(lastNoticed);
    durable.log().ifPresent(position -> confirm(((SimulatedPositions.At) position).place()));
    durable
        .uncovered()
        .forEach((table, cycle) -> toCoordinator.add(copy -> copy.uncovered(table, cycle)));
    durable
        .keys()
        .forEach((table, keys) -> toCoordinator.add(copy -> copy.keysReopened(table, keys)));
    durable
        .chunks()
        .forEach((cycle, chunks) -> toCoordinator.add(copy -> copy.chunksDurable(cycle, chunks)));
    long said = lastNoticed;
    if (world.isWithout(Rule.SAID_KEPT_UNTIL_KNOWN)) {
      book.known(said);
    } else {
      toCoordinator.add(
          copy -> {
            known.add(new Known(said, job.lastCheckpoint()));
            return List.of();
          });
    }
    return true;
  }

  /** As Flink does, an answer of the coordinator is held back behind a barrier that it follows. */
  private boolean takeKnown() {
    Known next = known.peek();
    if (next == null || !barriers.isEmpty() && barriers.getFirst() <= next.behind()) {
      return false;
    }
    book.known(known.remove().checkpoint());
    return true;
  }

  /** The last checkpoint that it knows to be complete. */
  long lastNoticed() {
    return lastNoticed;
  }

  /** Whether nothing of it is on its way to the coordinator. */
  boolean isQuiet() {
    return handover.isEmpty() && toCoordinator.isEmpty() && notifications.isEmpty();
  }

  void checkpointFailed(long checkpoint) {
    barriers.remove(checkpoint);
    book.aborted(checkpoint);
  }
}
