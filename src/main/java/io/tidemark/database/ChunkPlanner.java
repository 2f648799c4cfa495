package io.tidemark.database;

import io.tidemark.change.Key;
import io.tidemark.schema.Table;
import java.util.Optional;

/**
 * Cuts key spaces into chunks, lazily, from statistics or by index probes; never reads a table to
 * do so. Any boundary is correct; a good one makes chunks of about the size asked for.
 */
public interface ChunkPlanner {

  /** About how many rows the table has, from statistics; 0 if nobody knows. Not exact. */
  long estimateRows(Table table);

  /**
   * Where a chunk of about {@code rows} rows that starts at {@code from} should end.
   *
   * @param from the first key of the chunk; empty for the start of the key space
   * @param to the end of what is to be cut; empty for the end of the key space
   * @return a key strictly between {@code from} and {@code to} in the database's order; empty if
   *     the rest is one chunk
   */
  Optional<Key> nextBoundary(Table table, Optional<Key> from, Optional<Key> to, long rows);
}
