package io.tidemark.schema;

import java.io.Serializable;
import java.util.Comparator;

/**
 * The name of a table: its schema (a database, for MySQL) and its own name, both exactly as the
 * catalog holds them, unquoted.
 */
public record TableId(String schema, String name) implements Comparable<TableId>, Serializable {

  private static final Comparator<TableId> ORDER =
      Comparator.comparing(TableId::schema).thenComparing(TableId::name);

  /**
   * @throws IllegalArgumentException if one of the names is empty
   */
  public TableId {
    if (schema.isEmpty() || name.isEmpty()) {
      throw new IllegalArgumentException("a table needs a schema and a name");
    }
  }

  @Override
  public int compareTo(TableId other) {
    return ORDER.compare(this, other);
  }

  /** For people and messages, never for SQL: {@code schema.name}, unquoted. */
  @Override
  public String toString() {
    return schema + "." + name;
  }
}
