package io.tidemark.staging;

import java.io.Serializable;

/**
 * What one writer has staged between two checkpoints.
 *
 * @param writer the number that the writer was given; a writer that began later has a greater one
 * @param table where the rows are, in the schema of the ledger; empty if there are none
 * @param rows how many there are
 */
public record StagedRows(long writer, String table, long rows) implements Serializable {

  /** That a writer is there and has staged nothing. */
  public static StagedRows none(long writer) {
    return new StagedRows(writer, "", 0);
  }
}
