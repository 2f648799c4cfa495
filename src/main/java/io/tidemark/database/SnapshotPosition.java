package io.tidemark.database;

/** Exactly which transactions a consistent read contains ({@code S}). A value. */
public interface SnapshotPosition {

  /** Whether the read contains {@code transaction}: by its id, never by its place in the log. */
  boolean includes(TransactionId transaction);

  /**
   * Whether every transaction that this read contains lies at or before {@code position} in the
   * log, so that whatever follows there is not in it.
   */
  boolean isPassedBy(LogPosition position);

  /** The form that {@link PositionFormat#snapshotPosition} reads. */
  String print();
}
