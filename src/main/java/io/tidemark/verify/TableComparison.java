package io.tidemark.verify;

import io.tidemark.schema.TableId;
import java.util.List;

/**
 * What a comparison found about one table.
 *
 * @param equal rows that are the same on both sides
 * @param different rows whose key is on both sides, and some other column is not the same
 * @param missing rows that only the source has
 * @param extra rows that only the target has
 * @param samples where some of the rows that are not equal are: what is wrong, and their keys
 */
public record TableComparison(
    TableId source,
    TableId target,
    long equal,
    long different,
    long missing,
    long extra,
    List<String> samples) {

  public TableComparison {
    samples = List.copyOf(samples);
  }

  /** How many rows the source has. */
  public long sourceRows() {
    return equal + different + missing;
  }

  /** How many rows the target has. */
  public long targetRows() {
    return equal + different + extra;
  }

  /** How many rows are not the same. */
  public long differences() {
    return different + missing + extra;
  }
}
