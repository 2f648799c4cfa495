package io.tidemark.simulation;

import io.tidemark.change.RowChange;
import io.tidemark.protocol.LogProgress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * One subtask's sink: a bounded queue and the writer behind it, which gathers whole source
 * transactions into one target transaction, and loads each chunk in one of its own.
 */
final class SinkDriver {

  private static final int CAPACITY = 6;

  sealed interface Item {}

  record Chunk(SimulatedTarget.Load load) implements Item {}

  /**
   * @param changes of one source transaction, whole; none for a heartbeat
   */
  record Log(List<RowChange> changes, LogProgress progress, boolean consistent) implements Item {}

  /** Everything before it is to be committed before it is acknowledged. */
  record Barrier(Runnable acknowledge) implements Item {}

  private final SimulatedTarget target;
  private final Choices choices;
  private final Optional<Rule> without;
  private final Deque<Item> queue = new ArrayDeque<>();
  private Optional<Runnable> secondHalf = Optional.empty();

  SinkDriver(SimulatedTarget target, Choices choices, Optional<Rule> without) {
    this.target = target;
    this.choices = choices;
    this.without = without;
  }

  boolean hasRoom() {
    return queue.size() < CAPACITY;
  }

  void put(Item item) {
    queue.add(item);
  }

  /** Commits one target transaction, or acknowledges a barrier. False if there is nothing to do. */
  boolean step(long epoch) {
    if (secondHalf.isPresent()) {
      Runnable half = secondHalf.get();
      secondHalf = Optional.empty();
      half.run();
      return true;
    }
    Item item = queue.peek();
    if (item == null) {
      return false;
    }
    if (item instanceof Log) {
      applyLog(epoch);
      return true;
    }
    queue.remove();
    if (item instanceof Chunk chunk) {
      load(epoch, chunk.load());
    } else if (item instanceof Barrier barrier) {
      barrier.acknowledge().run();
    }
    return true;
  }

  private void load(long epoch, SimulatedTarget.Load load) {
    if (isWithout(Rule.LEDGER_IN_SAME_TRANSACTION)) {
      target.commitRows(epoch, load);
      secondHalf = Optional.of(() -> target.commitRecord(epoch, load));
    } else {
      target.commitChunk(epoch, load);
    }
  }

  private void applyLog(long epoch) {
    int most = 1 + choices.below(3);
    List<SimulatedTarget.Batch> batches = new ArrayList<>();
    while (batches.size() < most && queue.peek() instanceof Log log) {
      queue.remove();
      batches.add(
          new SimulatedTarget.Batch(log.changes(), Optional.of(log.progress()), log.consistent()));
    }
    SimulatedTarget.Batch first = batches.get(0);
    int half = first.changes().size() / 2;
    if (isWithout(Rule.WHOLE_TRANSACTIONS) && half > 0) {
      target.commitLog(
          epoch,
          List.of(
              new SimulatedTarget.Batch(
                  first.changes().subList(0, half), Optional.empty(), false)));
      batches.set(
          0,
          new SimulatedTarget.Batch(
              first.changes().subList(half, first.changes().size()),
              first.progress(),
              first.consistent()));
    }
    target.commitLog(epoch, batches);
  }

  private boolean isWithout(Rule rule) {
    return without.equals(Optional.of(rule));
  }
}
