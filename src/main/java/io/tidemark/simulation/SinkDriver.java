package io.tidemark.simulation;

import io.tidemark.apply.LogGathering;
import io.tidemark.apply.NetChanges;
import io.tidemark.change.RowChange;
import io.tidemark.protocol.LogProgress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * One subtask's sink: a queue, and the target transactions that the production's {@link
 * LogGathering} and {@link NetChanges} make of it.
 */
final class SinkDriver implements SubtaskSink, LogGathering.Target<LogProgress, RuntimeException> {

  private static final int CAPACITY = 8;

  sealed interface Item {}

  record Chunk(SimulatedTarget.Load load) implements Item {}

  /** Some changes of a source transaction. */
  record Changes(List<RowChange> changes) implements Item {}

  /** The source transaction of the changes before is complete. */
  record Commit(LogProgress progress) implements Item {}

  record Heartbeat(LogProgress progress) implements Item {}

  record Consistent(LogProgress progress) implements Item {}

  /** Everything before it is to be committed before it is acknowledged. */
  record Barrier(long checkpoint, Runnable acknowledge) implements Item {}

  private final World world;
  private final Deque<Item> queue = new ArrayDeque<>();
  private final LogGathering<LogProgress, RuntimeException> gathering;
  private Optional<Runnable> secondHalf = Optional.empty();
  private long epoch;

  /** What an open target transaction has of a source transaction so far. */
  private final List<NetChanges> pieces = new ArrayList<>();

  private int gathered;

  SinkDriver(World world, int mostChanges) {
    this.world = world;
    this.gathering = new LogGathering<>(this, mostChanges, Long.MAX_VALUE);
  }

  @Override
  public boolean hasRoom() {
    return queue.size() < CAPACITY;
  }

  @Override
  public void put(Item item) {
    queue.add(item);
  }

  @Override
  public boolean step(long under) {
    epoch = under;
    if (secondHalf.isPresent()) {
      Runnable half = secondHalf.get();
      secondHalf = Optional.empty();
      half.run();
      return true;
    }
    Item item = queue.poll();
    if (item == null) {
      return idle();
    }
    if (item instanceof Chunk chunk) {
      load(chunk.load());
    } else if (item instanceof Changes changes) {
      changes(changes.changes());
    } else if (item instanceof Commit commit) {
      gathered++;
      gathering.commit(commit.progress());
    } else if (item instanceof Heartbeat heartbeat) {
      gathering.advance(heartbeat.progress());
    } else if (item instanceof Consistent consistent) {
      gathering.flush();
      world.target().commitLog(epoch, List.of(), Optional.of(consistent.progress()), true);
    } else if (item instanceof Barrier barrier) {
      gathering.flush();
      barrier.acknowledge().run();
    }
    return true;
  }

  private boolean idle() {
    if (gathering.reached().isEmpty() || !gathering.hasChanges() && world.choices().below(3) != 0) {
      return false;
    }
    gathering.flush();
    return true;
  }

  private void changes(List<RowChange> changes) {
    if (!world.isWithout(Rule.WHOLE_TRANSACTIONS)) {
      gathering.changes(changes);
      return;
    }
    gathering.flush();
    NetChanges part = new NetChanges();
    changes.forEach(part::add);
    world.target().commitLog(epoch, List.of(part), Optional.empty(), false);
  }

  private void load(SimulatedTarget.Load load) {
    if (world.isWithout(Rule.LEDGER_IN_SAME_TRANSACTION)) {
      world.target().commitRows(epoch, load);
      secondHalf = Optional.of(() -> world.target().commitRecord(epoch, load));
    } else {
      world.target().commitChunk(epoch, load);
    }
  }

  @Override
  public void apply(NetChanges changes, LogProgress reached) {
    if (gathered > 1) {
      world.counts().add(RuleCounts.Decision.TRANSACTIONS_GATHERED);
    }
    gathered = 0;
    world.counts().netted(changes);
    world.target().commitLog(epoch, List.of(changes), Optional.of(reached), false);
  }

  @Override
  public void piece(List<RowChange> changes) {
    NetChanges piece = new NetChanges();
    changes.forEach(piece::add);
    pieces.add(piece);
  }

  @Override
  public void commitPieces(long changes, LogProgress reached) {
    if (pieces.size() > 1) {
      world.counts().add(RuleCounts.Decision.TRANSACTIONS_IN_PIECES);
    }
    gathered = 0;
    world.target().commitLog(epoch, List.copyOf(pieces), Optional.of(reached), false);
    pieces.clear();
  }
}
