package io.tidemark.database.mysql;

import io.tidemark.database.LogPosition;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.TransactionId;

/**
 * What a consistent read contains.
 *
 * @param executed the server's {@code gtid_executed} (or the place in its log) under the lock
 */
record MySqlSnapshotPosition(ExecutedSet executed) implements SnapshotPosition {

  @Override
  public boolean includes(TransactionId transaction) {
    return executed.contains(transaction);
  }

  @Override
  public boolean isPassedBy(LogPosition position) {
    return ((BinlogPosition) position).executed().containsAll(executed);
  }

  @Override
  public String print() {
    return MySqlPositions.print(executed);
  }

  @Override
  public String toString() {
    return print();
  }
}
