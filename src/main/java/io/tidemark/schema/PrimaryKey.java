package io.tidemark.schema;

import java.io.Serializable;
import java.util.List;

/**
 * The columns that name a row: the primary key, or the not-null unique key that serves as one.
 *
 * @param columns the names, in the key's order; at least one
 */
public record PrimaryKey(List<String> columns) implements Serializable {

  /**
   * @throws IllegalArgumentException if it has no column
   */
  public PrimaryKey {
    columns = List.copyOf(columns);
    if (columns.isEmpty()) {
      throw new IllegalArgumentException("a primary key needs a column");
    }
  }
}
