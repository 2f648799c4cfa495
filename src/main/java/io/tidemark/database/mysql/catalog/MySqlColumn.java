package io.tidemark.database.mysql.catalog;

import io.tidemark.database.PortableSchema.DefaultValue;
import io.tidemark.schema.Column;
import java.io.Serializable;

/**
 * A column as the catalog has it, whether it travels or not.
 *
 * @param ordinal its place in the table, from 1; the order of the binary log's row images
 * @param dataType the bare type in lower case: {@code varchar}, {@code int}
 * @param charset its character set; empty if it has none
 * @param collation its collation; empty if it has none
 * @param origin where its values come from
 * @param expression what it is computed by, as the catalog prints it; empty if it is not
 * @param invisible whether {@code *} leaves it out
 * @param defaultValue in portable terms, if it can be said in them
 * @param defaultText as the catalog prints it, for messages; empty if there is none
 */
public record MySqlColumn(
    Column column,
    int ordinal,
    String dataType,
    String charset,
    String collation,
    Origin origin,
    String expression,
    boolean invisible,
    DefaultValue defaultValue,
    String defaultText)
    implements Serializable {

  /** Where a column's values come from. */
  enum Origin {
    GIVEN,
    /** {@code AUTO_INCREMENT} gives one where a statement does not. */
    AUTOMATIC,
    /** {@code ON UPDATE CURRENT_TIMESTAMP} gives one where an update does not. */
    RENEWED,
    /** Computed when it is read. */
    VIRTUAL,
    /** Computed when it is written. */
    STORED
  }

  /** Whether the server computes it; such columns do not travel. */
  public boolean generated() {
    return origin == Origin.VIRTUAL || origin == Origin.STORED;
  }

  /** Whether the server numbers rows by it (AUTO_INCREMENT). */
  public boolean automatic() {
    return origin == Origin.AUTOMATIC;
  }

  /** Whether the server sets it with every update of its row that does not assign it. */
  public boolean renewed() {
    return origin == Origin.RENEWED;
  }

  /** As the catalog holds it, unquoted. */
  public String name() {
    return column.name();
  }

  /** Whether the server prints it with leading zeros. */
  boolean zerofill() {
    return column.type().contains("zerofill");
  }
}
