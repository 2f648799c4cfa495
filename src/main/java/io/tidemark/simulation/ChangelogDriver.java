package io.tidemark.simulation;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * One subtask's way into a downstream that is not ours: first in, first out, and a barrier stops it
 * until the barriers of all subtasks are there.
 */
final class ChangelogDriver implements SubtaskSink {

  private static final int CAPACITY = 8;

  private final SimulatedDownstream downstream;
  private final int subtask;
  private final Deque<SinkDriver.Item> queue = new ArrayDeque<>();

  ChangelogDriver(SimulatedDownstream downstream, int subtask) {
    this.downstream = downstream;
    this.subtask = subtask;
  }

  @Override
  public boolean hasRoom() {
    return queue.size() < CAPACITY;
  }

  @Override
  public void put(SinkDriver.Item item) {
    queue.add(item);
  }

  @Override
  public boolean step(long epoch) {
    SinkDriver.Item item = queue.peek();
    if (item == null || downstream.isStopped(subtask)) {
      return false;
    }
    queue.remove();
    if (item instanceof SinkDriver.Chunk chunk) {
      downstream.copied(chunk.load());
    } else if (item instanceof SinkDriver.Changes changes) {
      downstream.changed(changes.changes());
    } else if (item instanceof SinkDriver.Commit commit) {
      downstream.reached(commit.progress(), false);
    } else if (item instanceof SinkDriver.Heartbeat heartbeat) {
      downstream.reached(heartbeat.progress(), false);
    } else if (item instanceof SinkDriver.Consistent consistent) {
      downstream.reached(consistent.progress(), true);
    } else if (item instanceof SinkDriver.Barrier barrier) {
      downstream.barrier(subtask, barrier);
    }
    return true;
  }
}
