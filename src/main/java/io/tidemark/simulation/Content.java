package io.tidemark.simulation;

import io.tidemark.change.Row;
import java.util.Arrays;
import java.util.List;

/**
 * The columns of a simulated row that are not its key.
 *
 * @param large empty, or a value so large that the log leaves it out where it did not change
 */
record Content(String small, String large) {

  /** The row as a snapshot or an insert shows it. */
  Row row(int key) {
    return Row.ofText(List.of(Integer.toString(key), small, large));
  }

  /** The row as an update shows it: without the large value if {@code before} had the same. */
  Row rowAfter(int key, Content before) {
    Row whole = row(key);
    if (large.isEmpty() || !large.equals(before.large)) {
      return whole;
    }
    Row.Builder row = Row.builder(whole.array(), 3);
    row.setValue(0, whole.offset(0), whole.length(0));
    row.setValue(1, whole.offset(1), whole.length(1));
    return row.build();
  }

  /** A row of which the log shows the key only. */
  static Row keyOnly(int key) {
    byte[] bytes = Integer.toString(key).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    return Row.builder(Arrays.copyOf(bytes, bytes.length), 3).setValue(0, 0, bytes.length).build();
  }

  static int key(Row row) {
    return Integer.parseInt(row.text(0));
  }

  @Override
  public String toString() {
    return large.isEmpty() ? small : small + "+" + large;
  }
}
