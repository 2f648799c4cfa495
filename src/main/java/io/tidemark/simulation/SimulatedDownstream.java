package io.tidemark.simulation;

import io.tidemark.change.Chunk;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.Ledger;
import io.tidemark.protocol.CoveredRange;
import io.tidemark.protocol.LogProgress;
import io.tidemark.protocol.Resumption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where the changes go if the sink is not ours: into a state that is kept by key, which Flink
 * brings back with the checkpoint that the job goes on from, and into a table outside, which keeps
 * what it was given and takes a row for whatever row has its key.
 *
 * <p>The state takes nothing amiss only if every row comes once and goes once.
 */
final class SimulatedDownstream {

  private final SimulatedSource source;
  private final SimulatedPositions format;
  private final Trace trace;
  private final SimulatedPositions.Snapshot nothing;

  /** Rows by place; of tables without a key, in any order. */
  private Content[] state;

  /** Of tables with a key. */
  private final Content[] outside;

  private final Map<Long, Content[]> atBarriers = new HashMap<>();
  private final IdentityHashMap<Resumption.Checkpoint, Content[]> completed =
      new IdentityHashMap<>();
  private final Map<Integer, SinkDriver.Barrier> stopped = new HashMap<>();
  private int subtasks;
  private int place;
  private boolean consistent;

  SimulatedDownstream(SimulatedSource source, SimulatedPositions format, Trace trace) {
    this.source = source;
    this.format = format;
    this.trace = trace;
    this.nothing = format.snapshot(new BitSet(), 0);
    this.state = new Content[source.tables().size() * SimulatedSource.KEYS];
    this.outside = new Content[state.length];
  }

  /** A job goes on from a checkpoint, or begins; what was on its way is gone. */
  void restore(Resumption.Checkpoint from, int subtaskCount) {
    Content[] kept = completed.get(from);
    state = kept == null ? new Content[outside.length] : kept.clone();
    subtasks = subtaskCount;
    stopped.clear();
    atBarriers.clear();
    consistent = false;
    place = 0;
  }

  boolean isStopped(int subtask) {
    return stopped.containsKey(subtask);
  }

  /** The barriers of a checkpoint are waited for, so that all state is of the same moment. */
  void barrier(int subtask, SinkDriver.Barrier barrier) {
    stopped.put(subtask, barrier);
    if (stopped.size() == subtasks) {
      atBarriers.put(barrier.checkpoint(), state.clone());
      List<SinkDriver.Barrier> all = new ArrayList<>(stopped.values());
      stopped.clear();
      all.forEach(passed -> passed.acknowledge().run());
    }
  }

  /** A checkpoint is complete. */
  void complete(long checkpoint, Resumption.Checkpoint taken) {
    Content[] kept = Objects.requireNonNull(atBarriers.remove(checkpoint), "no state was kept");
    completed.put(taken, kept);
    examine(checkpoint, taken, kept);
  }

  void copied(SimulatedTarget.Load load) {
    SimulatedTable table = source.table(load.chunk().table());
    for (int row = 0; row < SimulatedSource.KEYS; row++) {
      Content content = load.rows()[row];
      if (content != null) {
        arrive(table, row, content, () -> load.chunk().toString());
      }
    }
    trace.say(() -> "downstream: has " + load.chunk() + " " + load.chunk().range());
  }

  void changed(List<RowChange> changes) {
    changes.forEach(this::changed);
    trace.say(() -> "downstream: has " + changes.size() + " changes of the log");
  }

  private void changed(RowChange change) {
    if (change instanceof RowChange.Insert insert) {
      SimulatedTable table = source.table(insert.table().id());
      arrive(table, place(table, insert.row()), content(table, insert.row()), () -> "the log");
    } else if (change instanceof RowChange.Update update) {
      SimulatedTable table = source.table(update.table().id());
      leave(table, update.before().orElse(update.after()));
      arrive(table, place(table, update.after()), content(table, update.after()), () -> "the log");
    } else if (change instanceof RowChange.Delete delete) {
      leave(source.table(delete.table().id()), delete.before());
    } else if (change instanceof RowChange.Remove remove) {
      // It comes and goes: nothing to the state, and gone outside.
      SimulatedTable table = source.table(remove.table().id());
      int at = SimulatedTarget.at(table.number, table.number(remove.before()));
      requireFree(table, at, () -> "what only comes and goes");
      outside[at] = null;
    } else {
      throw new IllegalStateException("a changelog has no " + change);
    }
  }

  private static Content content(SimulatedTable table, Row row) {
    return table.content(row, Optional.empty());
  }

  private static int place(SimulatedTable table, Row row) {
    return table.hasKey() ? table.number(row) : 0;
  }

  private void requireFree(
      SimulatedTable table, int at, java.util.function.Supplier<String> bringer) {
    if (state[at] != null) {
      throw new Violation(
          bringer.get()
              + " brings "
              + table.say(at % SimulatedSource.KEYS)
              + ", which is in the state already");
    }
  }

  private void arrive(
      SimulatedTable table, int row, Content content, java.util.function.Supplier<String> bringer) {
    if (table.hasKey()) {
      int at = SimulatedTarget.at(table.number, row);
      requireFree(table, at, bringer);
      state[at] = content;
      outside[at] = content;
      return;
    }
    for (int i = 0; i < SimulatedSource.KEYS; i++) {
      int at = SimulatedTarget.at(table.number, i);
      if (state[at] == null) {
        state[at] = content;
        return;
      }
    }
    throw new Violation("the state has more rows of " + table.table.id() + " than there can be");
  }

  private void leave(SimulatedTable table, Row row) {
    int at = -1;
    if (table.hasKey()) {
      at = SimulatedTarget.at(table.number, table.number(row));
    } else {
      Content wanted = content(table, row);
      for (int i = 0; i < SimulatedSource.KEYS && at < 0; i++) {
        at =
            wanted.equals(state[SimulatedTarget.at(table.number, i)])
                ? SimulatedTarget.at(table.number, i)
                : -1;
      }
    }
    if (at < 0 || state[at] == null) {
      throw new Violation(
          "the log takes a row of " + table.table.id() + " away that the state does not have");
    }
    state[at] = null;
    if (table.hasKey()) {
      outside[at] = null;
    }
  }

  void reached(LogProgress progress, boolean isConsistent) {
    place = ((SimulatedPositions.At) progress.position()).place();
    consistent |= isConsistent;
  }

  /** Whether everything in the log has come here, after everything was copied. */
  boolean isDone() {
    return consistent && place == source.log().size();
  }

  /** When nothing is to come any more, both have what the source has. */
  void requireEqual() {
    for (SimulatedTable table : source.tables()) {
      List<Content> expected = new ArrayList<>();
      for (int row = 0; row < SimulatedSource.KEYS; row++) {
        int at = SimulatedTarget.at(table.number, row);
        Content content = source.restricted(at, nothing, source.log().size());
        if (table.hasKey() && !Objects.equals(outside[at], content)) {
          throw new Violation(
              "in the end "
                  + table.say(row)
                  + " is "
                  + say(outside[at])
                  + " outside, and the source has: "
                  + say(content));
        }
        expected.add(content);
      }
      requireSame("in the end", table, state, expected);
    }
  }

  /** The state of a checkpoint is what its part of the source says. */
  private void examine(long checkpoint, Resumption.Checkpoint taken, Content[] kept) {
    int reached =
        taken.log().map(log -> ((SimulatedPositions.At) log.position()).place()).orElse(0);
    for (SimulatedTable table : source.tables()) {
      List<Content> expected = new ArrayList<>();
      for (int row = 0; row < SimulatedSource.KEYS; row++) {
        int at = SimulatedTarget.at(table.number, row);
        boolean isStreamed = taken.copy().streamed().contains(table.table.id());
        Optional<SimulatedPositions.Snapshot> from =
            isStreamed ? Optional.of(nothing) : from(table, row, taken);
        expected.add(from.isPresent() ? source.restricted(at, from.get(), reached) : null);
      }
      requireSame("at checkpoint " + checkpoint, table, kept, expected);
    }
  }

  private Optional<SimulatedPositions.Snapshot> from(
      SimulatedTable table, int row, Resumption.Checkpoint taken) {
    for (Ledger.CoveredChunk written : taken.written()) {
      if (isIn(table, row, written.chunk())) {
        return Optional.of(format.snapshotPosition(written.snapshot()));
      }
    }
    for (CoveredRange covered : taken.copy().covered()) {
      if (covered.table().equals(table.table.id())
          && SimulatedTarget.isIn(table, row, covered.range())) {
        return Optional.of((SimulatedPositions.Snapshot) covered.snapshot());
      }
    }
    return Optional.empty();
  }

  private static boolean isIn(SimulatedTable table, int row, Chunk chunk) {
    return chunk.table().equals(table.table.id())
        && chunk.range() instanceof KeyRange.Between
        && (!table.hasKey() || SimulatedTarget.isIn(table, row, chunk.range()));
  }

  private static void requireSame(
      String when, SimulatedTable table, Content[] rows, List<Content> expected) {
    List<Content> left = new ArrayList<>(expected);
    for (int row = 0; row < SimulatedSource.KEYS; row++) {
      Content found = rows[SimulatedTarget.at(table.number, row)];
      boolean same = table.hasKey() ? Objects.equals(found, expected.get(row)) : left.remove(found);
      if (!same) {
        throw new Violation(
            when
                + " "
                + table.say(row)
                + " is "
                + say(found)
                + " in the state, where the source has: "
                + (table.hasKey() ? say(expected.get(row)) : expected));
      }
    }
  }

  private static String say(@Nullable Content content) {
    return content == null ? "missing" : content.toString();
  }
}
