package io.tidemark.settings;

import java.io.Serializable;

/**
 * What a job says about its source beyond what is selected there.
 *
 * @param schemaChanges what becomes of a change of a selected table's definition; at PostgreSQL, of
 *     a change of single partitions, as others always stop the job
 * @param lock what MySQL's tables are locked for while a snapshot is taken; other servers' never
 *     are
 * @param publication PostgreSQL's publication that somebody else has made for the stream and keeps;
 *     empty if the stream makes its own
 */
public record SourceSettings(SchemaChanges schemaChanges, Lock lock, String publication)
    implements Serializable {

  private static final long serialVersionUID = 1L;

  /** A change of definition stops the job, and snapshots are exact. */
  public static final SourceSettings DEFAULT = new SourceSettings(SchemaChanges.STOP);

  /** Of a stream that makes what it needs. */
  public SourceSettings(SchemaChanges schemaChanges, Lock lock) {
    this(schemaChanges, lock, "");
  }

  /** Snapshots are exact. */
  public SourceSettings(SchemaChanges schemaChanges) {
    this(schemaChanges, Lock.TABLES);
  }

  /** Whether tables are locked while a snapshot of them is taken. */
  public enum Lock {
    /** For milliseconds: what the snapshot contains is known exactly. */
    TABLES,
    /** Never: what it contains is known within bounds. */
    NONE
  }
}
