package io.tidemark.database;

/** Exactly which transactions a consistent read contains ({@code S}). A value. */
public interface SnapshotPosition {

  /**
   * Whether the read is known to contain {@code transaction}: by its id, never by its place in the
   * log.
   */
  boolean includes(TransactionId transaction);

  /**
   * The whole answer, of a read whose {@code S} is known within bounds only. Of two transactions
   * that change the same row, the one that comes first in the log must not have a lesser answer
   * than {@code YES} where the second one has it: what was made of a row after a change that is in
   * doubt is in doubt as well.
   */
  default Inclusion inclusion(TransactionId transaction) {
    return includes(transaction) ? Inclusion.YES : Inclusion.NO;
  }

  /**
   * Whether every transaction that this read contains, or may contain, lies at or before {@code
   * position} in the log, so that whatever follows there is not in it.
   */
  boolean isPassedBy(LogPosition position);

  /** The form that {@link PositionFormat#snapshotPosition} reads. */
  String print();
}
