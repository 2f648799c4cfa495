package io.tidemark.protocol;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.database.LogPosition;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
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

  /** A key that has to be copied again. */
  public record ReopenedKey(TableId table, Key key) {}

  /**
   * What has become durable.
   *
   * @param log how far the log was handed over; empty if the reader has not read it
   * @param chunks by cycle, in its order
   */
  public record Durable(
      Optional<LogPosition> log, List<ReopenedKey> keys, Map<Long, List<Chunk>> chunks) {}

  private final Set<C> written = new LinkedHashSet<>();
  private final List<ReopenedKey> reopened = new ArrayList<>();
  private final TreeMap<Long, Taken<C>> taken = new TreeMap<>();

  private record Taken<C>(Optional<LogPosition> log, List<ReopenedKey> keys, List<C> chunks) {}

  /** The chunk was handed over to its end. */
  public void written(C chunk) {
    written.add(chunk);
  }

  /** The transaction that reopened the key was handed over before this. */
  public void reopened(TableId table, Key key) {
    reopened.add(new ReopenedKey(table, key));
  }

  /** The chunks that a checkpoint has to keep. */
  public Set<C> written() {
    return written;
  }

  /**
   * A checkpoint is taken.
   *
   * @param log how far the log was handed over
   */
  public void taken(long checkpoint, Optional<LogPosition> log) {
    taken.put(checkpoint, new Taken<>(log, List.copyOf(reopened), List.copyOf(written)));
  }

  /** A checkpoint is complete. Says only what no earlier one has said. */
  public Durable completed(long checkpoint) {
    Taken<C> complete = taken.get(checkpoint);
    taken.headMap(checkpoint, true).clear();
    if (complete == null) {
      return new Durable(Optional.empty(), List.of(), Map.of());
    }
    List<ReopenedKey> keys = complete.keys().stream().filter(reopened::remove).toList();
    Map<Long, List<Chunk>> chunks = new TreeMap<>();
    for (C chunk : complete.chunks()) {
      if (written.remove(chunk)) {
        chunks.computeIfAbsent(chunk.cycle(), cycle -> new ArrayList<>()).add(chunk.chunk());
      }
    }
    return new Durable(complete.log(), keys, chunks);
  }

  /** A checkpoint has failed. */
  public void aborted(long checkpoint) {
    taken.remove(checkpoint);
  }
}
