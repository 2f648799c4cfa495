package io.tidemark.database.mysql;

import java.io.Serializable;

/**
 * What a job says about a MySQL or MariaDB source beyond what it says about every source.
 *
 * @param schemaChanges what becomes of a statement in the log that changes a selected table
 */
public record MySqlSourceSettings(SchemaChanges schemaChanges) implements Serializable {

  private static final long serialVersionUID = 1L;

  public static final MySqlSourceSettings DEFAULT = new MySqlSourceSettings(SchemaChanges.STOP);

  /** What becomes of a statement in the log that changes a selected table. */
  public enum SchemaChanges {
    /** The job stops before it, and says what to do. */
    STOP,
    /** It is passed over where rows still fit the columns that were announced for them. */
    IGNORE
  }
}
