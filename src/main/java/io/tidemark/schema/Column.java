package io.tidemark.schema;

import java.io.Serializable;

/**
 * One column that is copied.
 *
 * @param name as the catalog holds it, unquoted
 * @param type the type as the source database writes it, with its modifiers: {@code numeric(10,2)}
 * @param nullable whether the column may be null
 * @param values what its values are and how rows hold them
 */
public record Column(String name, String type, boolean nullable, ValueType values)
    implements Serializable {

  /**
   * @throws IllegalArgumentException if it has no name or no type
   */
  public Column {
    if (name.isEmpty() || type.isEmpty()) {
      throw new IllegalArgumentException("a column needs a name and a type");
    }
  }

  /** A column whose values are in the source's own text form. */
  public Column(String name, String type, boolean nullable) {
    this(name, type, nullable, ValueType.Plain.OWN);
  }
}
