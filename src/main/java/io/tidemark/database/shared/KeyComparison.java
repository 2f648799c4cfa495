package io.tidemark.database.shared;

import io.tidemark.change.Key;
import io.tidemark.database.DatabaseException;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Compares keys in Java, where a vendor knows that the result is the database's own. Pure; what it
 * gives may be shared between threads.
 */
public final class KeyComparison {

  /** Integers in decimal digits that fit into 64 bits with a sign. */
  public static final Comparator<String> INTEGERS = Comparator.comparingLong(Long::parseLong);

  /** Numbers in decimal digits, however many. */
  public static final Comparator<String> NUMBERS = Comparator.comparing(BigDecimal::new);

  /** By the bytes of the text in UTF-8, without a sign. */
  public static final Comparator<String> BYTES =
      (left, right) ->
          Arrays.compareUnsigned(
              left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));

  private KeyComparison() {}

  /**
   * A range of the source's cannot be told at the target.
   *
   * @param column of the key, as it is at the source
   */
  public static DatabaseException otherOrder(TableId table, Column column) {
    return new DatabaseException(
        DatabaseException.Kind.FATAL,
        "table "
            + table
            + " was emptied at the source when only a part of it had been copied, and the order of"
            + " its key column "
            + column.name()
            + " ("
            + column.type()
            + ") differs between the two servers; drop the stream with ./tidemark drop, empty its"
            + " tables at the target and copy again");
  }

  /**
   * The key's columns, in the key's order.
   *
   * @throws IllegalArgumentException if the table has no key
   */
  public static List<Column> columns(Table table) {
    List<Column> columns =
        Arrays.stream(table.keyIndexes()).mapToObj(table.columns()::get).toList();
    if (columns.isEmpty()) {
      throw new IllegalArgumentException("table " + table.id() + " has no key to compare");
    }
    return columns;
  }

  /**
   * Refuses a key that is not one of the table's.
   *
   * @throws IllegalArgumentException if it has more or fewer values than the table's key has
   *     columns
   */
  public static void requireFits(Table table, Key key) {
    if (key.values().size() != table.keyIndexes().length) {
      throw new IllegalArgumentException(
          "key " + key.values() + " does not fit the key of table " + table.id());
    }
  }

  /**
   * Compares keys column by column.
   *
   * @param columns how the values of each column compare, in the key's order
   */
  public static Comparator<Key> by(List<Comparator<String>> columns) {
    return (left, right) -> {
      for (int i = 0; i < columns.size(); i++) {
        int order = columns.get(i).compare(left.values().get(i), right.values().get(i));
        if (order != 0) {
          return order;
        }
      }
      return 0;
    };
  }

  /**
   * For each key, how many of the bounds are at or below it.
   *
   * @param bounds ascending in {@code order}
   */
  public static int[] locate(List<Key> keys, List<Key> bounds, Comparator<Key> order) {
    return keys.stream().mapToInt(key -> countAtOrBelow(bounds, key, order)).toArray();
  }

  private static int countAtOrBelow(List<Key> bounds, Key key, Comparator<Key> order) {
    int low = 0;
    int high = bounds.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (order.compare(bounds.get(middle), key) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
