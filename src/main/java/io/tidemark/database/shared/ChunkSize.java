package io.tidemark.database.shared;

/**
 * How many rows a chunk has: as many as the job says, or fewer where they are wide. A cycle waits
 * for its chunks, and a target transaction is open for as long as one is copied.
 */
public final class ChunkSize {

  /** About what a chunk takes at the source: seconds of copying. */
  static final long MOST_BYTES = 128L << 20;

  private ChunkSize() {}

  /**
   * @param asked how many rows the job says
   * @param tableRows about how many rows the table has; 0 where nobody knows
   * @param tableBytes how many bytes it takes, with its large values
   * @return one at least
   */
  public static long rows(long asked, long tableRows, long tableBytes) {
    if (tableRows <= 0) {
      return asked;
    }
    double perRow = Math.max(1.0, (double) tableBytes / tableRows);
    return Math.max(1, Math.min(asked, (long) (MOST_BYTES / perRow)));
  }
}
