package io.tidemark.simulation;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.TransactionId;
import io.tidemark.protocol.CopyCoordinator;
import io.tidemark.protocol.Decision;
import io.tidemark.schema.TableId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * One subtask of a job: its readers, its sink, its messages to the coordinator, and what its
 * checkpoints keep, as the production reader keeps it.
 */
final class Subtask implements SnapshotDriver.Listener, LogDriver.Listener {

  /** A message to the coordinator, as what the coordinator makes of it. */
  interface Message extends Function<CopyCoordinator, List<Decision>> {}

  private record Written(long cycle, Chunk chunk) {}

  private record Reopened(TableId table, Key key) {}

  final SinkDriver sink;
  final SnapshotDriver snapshots;
  Optional<LogDriver> log = Optional.empty();
  final Deque<Message> toCoordinator = new ArrayDeque<>();
  final Deque<Long> barriers = new ArrayDeque<>();
  final Deque<Long> notifications = new ArrayDeque<>();

  private final World world;
  private final int number;
  private final SimulatedJob job;
  private final Set<Written> written = new LinkedHashSet<>();
  private final TreeMap<Long, Set<Written>> writtenAt = new TreeMap<>();
  private final Set<Reopened> reopened = new LinkedHashSet<>();
  private final TreeMap<Long, Set<Reopened>> reopenedAt = new TreeMap<>();

  Subtask(World world, int number, SimulatedJob job) {
    this.world = world;
    this.number = number;
    this.job = job;
    this.sink = new SinkDriver(world.target(), world.choices(), world.without());
    this.snapshots = new SnapshotDriver(world, sink, this);
  }

  @Override
  public void opened(long cycle, SnapshotPosition snapshot) {
    toCoordinator.add(
        copy ->
            copy.sessionOpened(number, cycle, job.attributed(number, cycle, snapshot), job.now()));
  }

  @Override
  public void written(long cycle, Chunk chunk) {
    toCoordinator.add(copy -> copy.chunkWritten(number, cycle, chunk));
    if (world.isWithout(Rule.DURABLE_BEFORE_PASS)) {
      toCoordinator.add(copy -> copy.chunksDurable(cycle, List.of(chunk)));
    } else {
      written.add(new Written(cycle, chunk));
    }
  }

  @Override
  public void failed(long cycle, Chunk chunk) {
    toCoordinator.add(copy -> copy.chunkFailed(number, cycle, chunk, "truncated"));
  }

  @Override
  public void held(long cycle, Set<TransactionId> pending) {
    Set<TransactionId> told = world.isWithout(Rule.OPENING_RULE) ? Set.of() : pending;
    toCoordinator.add(copy -> copy.logHeld(cycle, told));
  }

  @Override
  public void reopened(TableId table, Key key) {
    world.trace().say(() -> "log: reopens key " + key.values() + " of " + table);
    if (world.isWithout(Rule.REOPEN_WHEN_DURABLE)) {
      toCoordinator.add(copy -> copy.keyReopened(table, key));
    } else {
      reopened.add(new Reopened(table, key));
    }
  }

  /** A checkpoint's barrier comes by. */
  boolean takeBarrier() {
    if (barriers.isEmpty() || !sink.hasRoom()) {
      return false;
    }
    long checkpoint = barriers.remove();
    writtenAt.put(checkpoint, Set.copyOf(written));
    reopenedAt.put(checkpoint, Set.copyOf(reopened));
    sink.put(new SinkDriver.Barrier(() -> job.acknowledge(checkpoint, number)));
    return true;
  }

  /** A checkpoint is known to be complete. */
  boolean takeNotification() {
    if (notifications.isEmpty()) {
      return false;
    }
    long checkpoint = notifications.remove();
    Set<Reopened> keys = reopenedAt.getOrDefault(checkpoint, Set.of());
    Set<Written> chunks = writtenAt.getOrDefault(checkpoint, Set.of());
    reopenedAt.headMap(checkpoint, true).clear();
    writtenAt.headMap(checkpoint, true).clear();
    keys.stream()
        .filter(reopened::remove)
        .forEach(key -> toCoordinator.add(copy -> copy.keyReopened(key.table(), key.key())));
    Map<Long, List<Chunk>> byCycle = new TreeMap<>();
    chunks.stream()
        .filter(written::remove)
        .forEach(
            chunk ->
                byCycle
                    .computeIfAbsent(chunk.cycle(), cycle -> new ArrayList<>())
                    .add(chunk.chunk()));
    byCycle.forEach(
        (cycle, durable) -> toCoordinator.add(copy -> copy.chunksDurable(cycle, durable)));
    return true;
  }

  void checkpointFailed(long checkpoint) {
    barriers.remove(checkpoint);
    writtenAt.remove(checkpoint);
    reopenedAt.remove(checkpoint);
  }
}
