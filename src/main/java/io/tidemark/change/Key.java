package io.tidemark.change;

import io.tidemark.schema.Table;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A key's values in the order of the key's columns, each as text: as rows hold it, or as lower-case
 * hexadecimal digits where rows hold raw bytes.
 *
 * <p>Two keys that are equal for the database may differ here ({@code 1.0} and {@code 1.00}), and
 * their order is the database's business: a key has none of its own.
 */
public record Key(List<String> values) implements Serializable {

  /**
   * @throws IllegalArgumentException if there is no value
   */
  public Key {
    values = List.copyOf(values);
    if (values.isEmpty()) {
      throw new IllegalArgumentException("a key needs a value");
    }
  }

  /**
   * The key of a row in which the key's fields are present.
   *
   * @throws IllegalArgumentException if the table has no key
   */
  public static Key of(Table table, Row row) {
    int[] fields = table.keyIndexes();
    List<String> values = new ArrayList<>(fields.length);
    for (int field : fields) {
      values.add(
          table.columns().get(field).values().isRaw()
              ? HexFormat.of()
                  .formatHex(row.array(), row.offset(field), row.offset(field) + row.length(field))
              : row.text(field));
    }
    return new Key(values);
  }
}
