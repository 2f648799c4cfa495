package io.tidemark.database.postgres.write;

import io.tidemark.change.Row;
import java.util.ArrayList;
import java.util.List;

/** Cuts rows into slices of which each is one statement's parameters. */
final class RowSlices {

  private static final int MAX_ROWS = 4_000;

  /**
   * The driver holds a statement's parameters a second time, and the server holds the rows that
   * unnest makes of them within {@code work_mem}, 16 MB, or writes them to a file.
   */
  private static final long MAX_BYTES = 2L << 20;

  private RowSlices() {}

  /** Slices in order; a row that is larger than a slice may be is one of its own. */
  static List<List<Row>> of(List<Row> rows) {
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
}
