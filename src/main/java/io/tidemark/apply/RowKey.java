package io.tidemark.apply;

import io.tidemark.change.Row;
import java.util.Arrays;

/**
 * The key of a row, as the bytes of its text values.
 *
 * <p>Values that a database takes for equal may have different bytes ({@code 1.0} and {@code 1.00},
 * or {@code a} and {@code A} in a {@code citext}): they are two keys here. {@link NetChanges} says
 * why that does no harm.
 */
final class RowKey {

  private final Row row;
  private final int[] fields;
  private final int hash;

  /**
   * @param fields where the key's columns are, in its order; present and not null in {@code row}
   */
  RowKey(Row row, int[] fields) {
    this.row = row;
    this.fields = fields;
    int hash = 1;
    for (int field : fields) {
      byte[] bytes = row.array();
      int end = row.offset(field) + row.length(field);
      for (int i = row.offset(field); i < end; i++) {
        hash = hash * 31 + bytes[i];
      }
      hash = hash * 31 + row.length(field);
    }
    this.hash = hash;
  }

  @Override
  public boolean equals(Object other) {
    if (!(other instanceof RowKey key) || hash != key.hash || fields.length != key.fields.length) {
      return false;
    }
    for (int i = 0; i < fields.length; i++) {
      int from = row.offset(fields[i]);
      int otherFrom = key.row.offset(key.fields[i]);
      if (!Arrays.equals(
          row.array(),
          from,
          from + row.length(fields[i]),
          key.row.array(),
          otherFrom,
          otherFrom + key.row.length(key.fields[i]))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
