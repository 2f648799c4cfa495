package io.tidemark.change;

import java.time.Instant;

/**
 * Of which source transaction some changes are, and which of its changes. Immutable.
 *
 * <p>Printing may cost something, so it is done only where it is asked for.
 */
public interface Origin {

  /** The name that the source gave to the transaction. */
  String printTransaction();

  /** Where the transaction lies in the source's log, as the source writes places in it. */
  String printPosition();

  /** When the source committed it, by the source's clock. */
  Instant committedAt();

  /**
   * Which of the transaction's changes one of them is, from 1, among all those that the log has of
   * the stream's tables: the same whenever the log is read again, whatever was left out of it. What
   * became of one change has its number.
   *
   * @param change its place in the list
   */
  long ordinal(int change);
}
