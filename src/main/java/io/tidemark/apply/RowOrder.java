package io.tidemark.apply;

import io.tidemark.change.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Puts rows in about the order in which a database keeps their keys. The rows of one page then
 * follow each other, and so do the entries of one page of the key's index: each page is looked up,
 * fetched and cleaned of dead rows once instead of once for each of its rows.
 *
 * <p>The order is that of the bytes of the text, and of what starts with a digit the shorter one
 * first: so numbers are in their order. That of other types may differ from their index's, which
 * only costs time.
 */
final class RowOrder {

  private static final int LONGEST_TOLD_APART = 0xff;

  /** What comes after the first byte and, of a number, its length. */
  private static final int REST_OF_NUMBER = 6;

  private static final int REST_OF_TEXT = 7;

  /** A row and the beginning of its key, by which nearly all rows are told apart. */
  private record Prefixed(long prefix, Row row) {}

  private RowOrder() {}

  /**
   * @param key where the key's columns are; present and not null in each row. None leaves the rows
   *     as they are
   */
  static List<Row> of(int[] key, List<Row> rows) {
    if (key.length == 0 || rows.size() < 2) {
      return rows;
    }
    Prefixed[] ordered = new Prefixed[rows.size()];
    for (int i = 0; i < ordered.length; i++) {
      ordered[i] = new Prefixed(prefix(rows.get(i), key[0]), rows.get(i));
    }
    Arrays.sort(
        ordered,
        (one, other) -> {
          int order = Long.compareUnsigned(one.prefix, other.prefix);
          for (int i = 0; order == 0 && i < key.length; i++) {
            order = compare(one.row, other.row, key[i]);
          }
          return order;
        });
    List<Row> result = new ArrayList<>(ordered.length);
    for (Prefixed each : ordered) {
      result.add(each.row);
    }
    return result;
  }

  /** Compares unsigned as {@link #compare} does, where it differs. */
  private static long prefix(Row row, int field) {
    int length = row.length(field);
    if (length == 0) {
      return 0;
    }
    int at = row.offset(field);
    long first = row.array()[at] & 0xffL;
    boolean number = startsWithDigit(row, field);
    int rest = number ? REST_OF_NUMBER : REST_OF_TEXT;
    long prefix = number ? '0' << Byte.SIZE | told(length) : first;
    int from = number ? 0 : 1;
    for (int i = from; i < from + rest; i++) {
      prefix = prefix << Byte.SIZE | (i < length ? row.array()[at + i] & 0xffL : 0);
    }
    return prefix;
  }

  private static int compare(Row one, Row other, int field) {
    if (startsWithDigit(one, field) && startsWithDigit(other, field)) {
      int order = Integer.compare(told(one.length(field)), told(other.length(field)));
      if (order != 0) {
        return order;
      }
    }
    int from = one.offset(field);
    int otherFrom = other.offset(field);
    return Arrays.compareUnsigned(
        one.array(),
        from,
        from + one.length(field),
        other.array(),
        otherFrom,
        otherFrom + other.length(field));
  }

  private static int told(int length) {
    return Math.min(length, LONGEST_TOLD_APART);
  }

  private static boolean startsWithDigit(Row row, int field) {
    if (row.length(field) == 0) {
      return false;
    }
    byte first = row.array()[row.offset(field)];
    return first >= '0' && first <= '9';
  }
}
