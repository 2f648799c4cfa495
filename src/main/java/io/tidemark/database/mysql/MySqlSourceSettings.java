package io.tidemark.database.mysql;

import io.tidemark.database.SchemaChanges;
import java.io.Serializable;

/**
 * What a job says about a MySQL or MariaDB source beyond what it says about every source.
 *
 * @param schemaChanges what becomes of a statement in the log that changes a selected table
 * @param lock what MySQL's tables are locked for while a snapshot is taken; MariaDB's never are
 */
public record MySqlSourceSettings(SchemaChanges schemaChanges, Lock lock) implements Serializable {

  private static final long serialVersionUID = 1L;

  public static final MySqlSourceSettings DEFAULT = new MySqlSourceSettings(SchemaChanges.STOP);

  /** Snapshots are exact. */
  public MySqlSourceSettings(SchemaChanges schemaChanges) {
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
