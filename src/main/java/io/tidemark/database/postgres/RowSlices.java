package io.tidemark.database.postgres;

import io.tidemark.change.Row;
import io.tidemark.schema.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts rows into slices of which each is one statement's parameters.
 *
 * <p>They are put in about the order of their keys first. The rows of one page then follow each
 * other, and so do the entries of one page of the key's index: each page is looked up, fetched and
 * cleaned of dead rows once instead of once for each of its rows.
 */
final class RowSlices {

  private static final int MAX_ROWS = 4_000;

  /**
   * The driver holds a statement's parameters a second time, and the server holds the rows that
   * unnest makes of them within {@code work_mem}, 4 MB by default, or writes them to a file.
   */
  private static final long MAX_BYTES = 2L << 20;

  private RowSlices() {}

  /** Slices in order; a row that is larger than a slice may be is one of its own. */
  static List<List<Row>> of(Table table, List<Row> unordered) {
    List<Row> rows = inOrder(table.keyIndexes(), unordered);
    List<List<Row>> slices = new ArrayList<>();
    int start = 0;
    long bytes = 0;
    for (int i = 0; i < rows.size(); i++) {
      long weight = rows.get(i).weight();
      if (i > start && (i - start == MAX_ROWS || bytes + weight > MAX_BYTES)) {
        slices.add(rows.subList(start, i));
        start = i;
        bytes = 0;
      }
      bytes += weight;
    }
    if (start < rows.size()) {
      slices.add(rows.subList(start, rows.size()));
    }
    return slices;
  }

  private static List<Row> inOrder(int[] key, List<Row> rows) {
    if (key.length == 0 || rows.size() < 2) {
      return rows;
    }
    List<Row> ordered = new ArrayList<>(rows);
    ordered.sort(
        (one, other) -> {
          int order = 0;
          for (int i = 0; order == 0 && i < key.length; i++) {
            order = compare(one, other, key[i]);
          }
          return order;
        });
    return ordered;
  }

  /**
   * By the bytes of the text, and of what starts with a digit the shorter one first: so numbers are
   * in their order. That of other types may differ from their index's, which only costs time.
   */
  private static int compare(Row one, Row other, int field) {
    int length = one.length(field);
    int otherLength = other.length(field);
    if (length != otherLength && startsWithDigit(one, field) && startsWithDigit(other, field)) {
      return Integer.compare(length, otherLength);
    }
    int from = one.offset(field);
    int otherFrom = other.offset(field);
    return Arrays.compareUnsigned(
        one.array(), from, from + length, other.array(), otherFrom, otherFrom + otherLength);
  }

  private static boolean startsWithDigit(Row row, int field) {
    if (row.length(field) == 0) {
      return false;
    }
    byte first = row.array()[row.offset(field)];
    return first >= '0' && first <= '9';
  }
}
