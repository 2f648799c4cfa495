package io.tidemark.source;

import org.apache.flink.api.connector.source.Boundedness;

/** What is read of a table. Only a stream without a ledger reads anything else than all of it. */
public enum StartupMode {
  /** Every row, and then every change. */
  INITIAL,
  /**
   * The changes that a consistent look at the source does not contain, which is taken when the
   * stream begins: as {@link #INITIAL}, but what is copied is left out.
   */
  LATEST,
  /** Every row, all as of one moment, and then the end. */
  SNAPSHOT;

  /** Whether what is read has an end. */
  public Boundedness boundedness() {
    return this == SNAPSHOT ? Boundedness.BOUNDED : Boundedness.CONTINUOUS_UNBOUNDED;
  }
}
