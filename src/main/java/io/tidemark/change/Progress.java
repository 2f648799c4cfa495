package io.tidemark.change;

/**
 * How far the log has been processed, in the form in which the ledger keeps it. Opaque to the sink.
 *
 * <p>Printing may cost something, so it is done only for the events whose progress is stored.
 */
public interface Progress {

  /** The log position: everything at or before it has been processed. */
  String printPosition();

  /** The processed transactions that were not yet known to be visible at the source. */
  String printPending();
}
