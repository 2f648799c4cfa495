package io.tidemark.database;

/**
 * The name of one committed source transaction. A value with {@code equals} and {@code hashCode}.
 */
public interface TransactionId {

  /** For messages. */
  String print();
}
