package io.tidemark.database;

/** A snapshot's answer to the question whether it contains a transaction. */
public enum Inclusion {
  /** It does, whole. */
  YES,
  /**
   * It contains the transaction whole, or nothing of it, and nobody knows which: the snapshot was
   * taken between two looks at what was committed, and the transaction between them too.
   */
  MAYBE,
  /** It contains nothing of it. */
  NO
}
