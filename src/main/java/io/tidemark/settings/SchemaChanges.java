package io.tidemark.settings;

/** What a change of a selected table's definition at the source does to the stream. */
public enum SchemaChanges {
  /** It ends the job, which says what to do. */
  STOP,
  /** It is passed over where the rows that follow still fit the target. */
  IGNORE
}
