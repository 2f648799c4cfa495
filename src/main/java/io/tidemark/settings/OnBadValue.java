package io.tidemark.settings;

/** What becomes of a value of the source that a column of the target cannot hold. */
public enum OnBadValue {
  /** The job stops and names the table, the key and the column. */
  ERROR,
  /** The column gets null; where it takes none, or names rows, the job stops. */
  NULL,
  /** The row is kept whole in the ledger, and not in its table, until it has no such value. */
  DEAD_LETTER
}
