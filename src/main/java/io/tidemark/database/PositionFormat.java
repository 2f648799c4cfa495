package io.tidemark.database;

import java.io.Serializable;
import java.util.Set;

/**
 * Reads what positions print. Every method refuses what is malformed with an {@link
 * IllegalArgumentException} that quotes it.
 */
public interface PositionFormat extends Serializable {

  LogPosition logPosition(String printed);

  SnapshotPosition snapshotPosition(String printed);

  /** Prints a set of transactions, compactly; the empty set is the empty string. */
  String printTransactions(Set<? extends TransactionId> transactions);

  Set<TransactionId> transactions(String printed);
}
