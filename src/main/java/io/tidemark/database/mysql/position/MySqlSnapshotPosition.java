package io.tidemark.database.mysql.position;

import io.tidemark.database.Inclusion;
import io.tidemark.database.LogPosition;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.TransactionId;

/**
 * What a consistent read contains.
 *
 * @param lower what it contains for sure: the server's {@code gtid_executed} (or the place in its
 *     log) when the snapshot was taken
 * @param upper what it contains at most; the same, unless it was taken without locks
 */
public record MySqlSnapshotPosition(ExecutedSet lower, ExecutedSet upper)
    implements SnapshotPosition {

  /** A read of which all is known. */
  public MySqlSnapshotPosition(ExecutedSet executed) {
    this(executed, executed);
  }

  @Override
  public boolean includes(TransactionId transaction) {
    return lower.contains(transaction);
  }

  @Override
  public Inclusion inclusion(TransactionId transaction) {
    if (lower.contains(transaction)) {
      return Inclusion.YES;
    }
    return upper.contains(transaction) ? Inclusion.MAYBE : Inclusion.NO;
  }

  @Override
  public boolean isPassedBy(LogPosition position) {
    return ((BinlogPosition) position).executed().containsAll(upper);
  }

  @Override
  public String print() {
    return MySqlPositions.print(lower)
        + (lower.equals(upper) ? "" : MySqlPositions.BOUNDS + MySqlPositions.print(upper));
  }

  @Override
  public String toString() {
    return print();
  }
}
