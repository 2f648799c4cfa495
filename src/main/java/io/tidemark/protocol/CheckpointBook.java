package io.tidemark.protocol;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.database.LogPosition;
import io.tidemark.schema.TableId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What one reader has handed to the sink, until a completed checkpoint is known to contain it. Any
 * checkpoint may fail, or complete without anybody being told: a later one says the same. Used by
 * one thread.
 *
 * <p>What is said to be durable is kept until the coordinator is known to have it. The
 * coordinator's part of a checkpoint is taken before the readers': what it hears between the two,
 * its part does not have yet, and the reader's must still have.
 *
 * @param <C> a chunk, with whatever a checkpoint keeps of it
 */
public final class CheckpointBook<C extends CheckpointBook.Written> {

  /** A chunk that was handed over to its end. */
  public interface Written {
    /** The copy cycle that it was read in. */
    long cycle();

    /** Which chunk it is. */
    Chunk chunk();
  }

  /** What has to be copied again of a table. */
  private sealed interface Again {
    TableId table();
  }

  private record ReopenedKey(TableId table, Key key) implements Again {}

  /** Everything that was copied up to a cycle, and none of the keys before by itself. */
  private record Uncovered(TableId table, long cycle) implements Again {}

  /**
   * What has become durable.
   *
   * @param log how far the log was handed over; empty if the reader has not read it
   * @param uncovered tables of which everything that was copied has to be copied again, each with
   *     the cycle up to which it was
   * @param keys those that have to be copied again, by table; of a table that is given up too, they
   *     come after
   * @param chunks by cycle, in its order
   */
  public record Durable(
      Optional<LogPosition> log,
      Map<TableId, Long> uncovered,
      Map<TableId, List<Key>> keys,
      Map<Long, List<Chunk>> chunks) {}

  private final Set<C> written = new LinkedHashSet<>();

  /** Those that are not said to be durable, in the order in which they were reopened. */
  private final Deque<Again> reopened = new ArrayDeque<>();

  /** How many were said to be durable before them. */
  private long saidKeys;

  private final TreeMap<Long, Taken<C>> taken = new TreeMap<>();

  /** What was said to be durable when a checkpoint was complete. */
  private final TreeMap<Long, Said<C>> said = new TreeMap<>();

  private record Said<C>(Map<TableId, List<Key>> keys, List<C> chunks) {}

  /**
   * @param keys how many keys were reopened before, with those that have been said
   */
  private record Taken<C>(Optional<LogPosition> log, long keys, List<C> chunks) {}

  /** The chunk was handed over to its end. */
  public void written(C chunk) {
    written.add(chunk);
  }

  /** The transaction that reopened the keys was handed over before this. */
  public void reopened(TableId table, List<Key> keys) {
    keys.forEach(key -> reopened.add(new ReopenedKey(table, key)));
  }

  /** The transaction with which the table was given up was handed over before this. */
  public void uncovered(TableId table, long cycle) {
    reopened.add(new Uncovered(table, cycle));
  }

  /** The chunks that a checkpoint has to keep: the coordinator may not know them as durable. */
  public List<C> written() {
    List<C> kept = new ArrayList<>();
    said.values().forEach(told -> kept.addAll(told.chunks()));
    kept.addAll(written);
    return kept;
  }

  /** The keys that a checkpoint has to keep: the coordinator may not know them as reopened. */
  public Map<TableId, List<Key>> reopened() {
    Map<TableId, List<Key>> kept = new LinkedHashMap<>();
    said.values()
        .forEach(
            told ->
                told.keys()
                    .forEach(
                        (table, keys) ->
                            kept.computeIfAbsent(table, same -> new ArrayList<>()).addAll(keys)));
    for (Again again : reopened) {
      if (again instanceof ReopenedKey key) {
        kept.computeIfAbsent(key.table(), same -> new ArrayList<>()).add(key.key());
      }
    }
    return kept;
  }

  /**
   * The coordinator has what was said when {@code checkpoint} was complete, in every part of a
   * checkpoint that it takes before a reader's that is taken from now on.
   */
  public void known(long checkpoint) {
    said.headMap(checkpoint, true).clear();
  }

  /**
   * A checkpoint is taken.
   *
   * @param log how far the log was handed over
   */
  public void taken(long checkpoint, Optional<LogPosition> log) {
    taken.put(checkpoint, new Taken<>(log, saidKeys + reopened.size(), List.copyOf(written)));
  }

  /** A checkpoint is complete. Says only what no earlier one has said. */
  public Durable completed(long checkpoint) {
    Taken<C> complete = taken.get(checkpoint);
    taken.headMap(checkpoint, true).clear();
    if (complete == null) {
      return new Durable(Optional.empty(), Map.of(), Map.of(), Map.of());
    }
    Map<TableId, Long> uncovered = new LinkedHashMap<>();
    Map<TableId, List<Key>> keys = new LinkedHashMap<>();
    for (; saidKeys < complete.keys(); saidKeys++) {
      Again next = reopened.remove();
      if (next instanceof ReopenedKey key) {
        keys.computeIfAbsent(key.table(), table -> new ArrayList<>()).add(key.key());
      } else if (next instanceof Uncovered table) {
        uncovered.put(table.table(), table.cycle());
        keys.remove(table.table());
      }
    }
    Map<Long, List<Chunk>> chunks = new TreeMap<>();
    List<C> told = new ArrayList<>();
    for (C chunk : complete.chunks()) {
      if (written.remove(chunk)) {
        told.add(chunk);
        chunks.computeIfAbsent(chunk.cycle(), cycle -> new ArrayList<>()).add(chunk.chunk());
      }
    }
    if (!keys.isEmpty() || !told.isEmpty()) {
      said.put(checkpoint, new Said<>(keys, told));
    }
    return new Durable(complete.log(), uncovered, keys, chunks);
  }

  /** A checkpoint has failed. */
  public void aborted(long checkpoint) {
    taken.remove(checkpoint);
  }
}
