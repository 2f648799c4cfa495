package io.tidemark.settings;

/** What becomes of the rows that a target table holds before a new stream starts. */
public enum ExistingRows {
  /** They are an error: somebody may need them. */
  FAIL,
  /** They are removed. */
  TRUNCATE
}
