package io.tidemark.database;

import java.io.Serializable;
import java.util.Set;

/**
 * Reads what positions print. Every method refuses what is malformed with an {@link
 * IllegalArgumentException} that quotes it.
 */
public interface PositionFormat extends Serializable {

  /** Reads what {@link LogPosition#print} printed. */
  LogPosition logPosition(String printed);

  /** Reads what {@link SnapshotPosition#print} printed. */
  SnapshotPosition snapshotPosition(String printed);

  /** Prints a set of transactions, compactly; the empty set is the empty string. */
  String printTransactions(Set<? extends TransactionId> transactions);

  /** Reads what {@link #printTransactions} printed. */
  Set<TransactionId> transactions(String printed);
}
