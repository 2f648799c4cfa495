package io.tidemark.protocol;

import io.tidemark.change.KeyRange;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.schema.TableId;

/**
 * Chunks of one table that follow one another, copied from one snapshot: one or many.
 *
 * @param firstNumber the first chunk's place in key order
 * @param lastNumber the last one's
 */
public record CoveredRange(
    TableId table,
    int firstNumber,
    int lastNumber,
    KeyRange.Between range,
    SnapshotPosition snapshot) {

  public CoveredRange {
    if (firstNumber < 0 || lastNumber < firstNumber) {
      throw new IllegalArgumentException(
          "chunks " + firstNumber + " to " + lastNumber + " of " + table + " are no run of chunks");
    }
  }
}
