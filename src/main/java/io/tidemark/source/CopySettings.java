package io.tidemark.source;

import java.io.Serializable;
import java.time.Duration;

/**
 * How the copy is paced.
 *
 * @param cycle how long a copy cycle hands out chunks; no source transaction is open much longer
 * @param chunkRows about how many rows a chunk has
 * @param logLimitBytes how much log the source may hold back before a cycle is ended early
 * @param startup what is read of a table
 */
public record CopySettings(Duration cycle, long chunkRows, long logLimitBytes, StartupMode startup)
    implements Serializable {

  /** Of all that a table has. */
  public CopySettings(Duration cycle, long chunkRows, long logLimitBytes) {
    this(cycle, chunkRows, logLimitBytes, StartupMode.INITIAL);
  }

  /**
   * @throws IllegalArgumentException if one of them is not positive
   */
  public CopySettings {
    if (cycle.isNegative() || cycle.isZero() || chunkRows < 1 || logLimitBytes < 1) {
      throw new IllegalArgumentException(
          "cycle, chunk rows and log limit must be positive: "
              + cycle
              + ", "
              + chunkRows
              + ", "
              + logLimitBytes);
    }
  }
}
