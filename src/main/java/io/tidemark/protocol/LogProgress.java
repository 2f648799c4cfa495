package io.tidemark.protocol;

import io.tidemark.change.Progress;
import io.tidemark.database.LogPosition;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.TransactionId;
import java.util.Set;

/**
 * How far the log has been processed.
 *
 * @param position everything at or before it has been emitted or dropped
 * @param pending those of them that no look at the source has shown visible yet
 */
public record LogProgress(LogPosition position, Set<TransactionId> pending, PositionFormat format)
    implements Progress {

  public LogProgress {
    pending = Set.copyOf(pending);
  }

  @Override
  public String printPosition() {
    return position.print();
  }

  @Override
  public String printPending() {
    return format.printTransactions(pending);
  }
}
