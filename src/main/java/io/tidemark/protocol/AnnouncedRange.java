package io.tidemark.protocol;

import io.tidemark.change.KeyRange;
import io.tidemark.schema.TableId;

/**
 * A chunk that is not copied, and that may be handed out once a completed checkpoint has it: after
 * a restart its rows may be with whoever was given them.
 *
 * @param number its place in key order
 * @param lastNumber the last one that it stands for: more than one only at the end of a gap
 */
public record AnnouncedRange(TableId table, int number, int lastNumber, KeyRange.Between range) {

  /**
   * @throws IllegalArgumentException if the numbers are none of a chunk
   */
  public AnnouncedRange {
    if (number < 0 || lastNumber < number) {
      throw new IllegalArgumentException(
          "chunk " + number + " of " + table + " cannot stand for those up to " + lastNumber);
    }
  }
}
