package io.tidemark.database.mysql.position;

import io.tidemark.database.TransactionId;

/**
 * A set of transactions in the terms of one way to keep a binary log. Immutable, with {@code
 * equals}. The terms of two servers do not mix: what belongs to other terms is refused with an
 * {@link IllegalArgumentException}.
 */
public sealed interface ExecutedSet permits GtidSet, MariaDbGtidList, BinlogPlace {

  /** Whether the transaction is in the set. */
  boolean contains(TransactionId transaction);

  /** Whether every transaction of the other set is in this one. */
  boolean containsAll(ExecutedSet other);

  /** This set and {@code transaction}, which the log delivered next. */
  ExecutedSet plus(TransactionId transaction);

  /** As the server prints it, without line breaks. */
  String print();
}
