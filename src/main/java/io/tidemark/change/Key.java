package io.tidemark.change;

import java.io.Serializable;
import java.util.List;

/**
 * A key's values in the text form of the source database, in the order of the key's columns.
 *
 * <p>Two keys that are equal for the database may differ here ({@code 1.0} and {@code 1.00}), and
 * their order is the database's business: a key has none of its own.
 */
public record Key(List<String> values) implements Serializable {

  public Key {
    values = List.copyOf(values);
    if (values.isEmpty()) {
      throw new IllegalArgumentException("a key needs a value");
    }
  }
}
