package io.tidemark.staging;

import io.tidemark.schema.ValueType;
import java.io.Serializable;
import java.util.Optional;

/**
 * A column as rows are staged for it.
 *
 * @param type as whoever sends the rows calls it, for messages
 * @param values what its values are
 * @param nullable whether a row may have none
 * @param defaultText what rows have that were there before the column, in the encoding of {@code
 *     values}
 */
public record SinkColumn(
    String name, String type, ValueType values, boolean nullable, Optional<String> defaultText)
    implements Serializable {

  /** The same column under another name. */
  public SinkColumn named(String other) {
    return new SinkColumn(other, type, values, nullable, defaultText);
  }
}
