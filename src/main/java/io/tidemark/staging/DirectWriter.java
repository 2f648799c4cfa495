package io.tidemark.staging;

/** Writes rows at once, as often as it is asked to. Used by one thread at a time. */
public interface DirectWriter extends RowWriter {

  /**
   * Makes everything visible that was added since the last call, in one transaction. If it fails
   * retryably, what was added is still there and may be flushed again.
   */
  void flush();

  /** Whether as much is kept as should be kept: it is to be flushed now. */
  boolean isFull();
}
