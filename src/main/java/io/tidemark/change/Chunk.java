package io.tidemark.change;

import io.tidemark.schema.TableId;
import java.io.Serializable;

/**
 * A key range of one table that is copied from one session, in one target transaction.
 *
 * @param number the chunk's place in its table's key order, from 0; with the table it names the
 *     chunk
 */
public record Chunk(TableId table, int number, KeyRange range) implements Serializable {

  /**
   * @throws IllegalArgumentException if the number is negative
   */
  public Chunk {
    if (number < 0) {
      throw new IllegalArgumentException("chunk numbers start at 0, not " + number);
    }
  }

  @Override
  public String toString() {
    return "chunk " + number + " of " + table;
  }
}
