package io.tidemark.staging;

import io.tidemark.schema.TableId;
import java.io.Serializable;
import java.util.List;

/**
 * Where a sink writes to.
 *
 * @param sink names the sink in the ledger of the target
 * @param table as the target has it
 * @param columns those that are written, in the order of the values of a row
 * @param key those by which a row is found; empty if rows are only ever added
 */
public record SinkTable(String sink, TableId table, List<String> columns, List<String> key)
    implements Serializable {

  /** As much as the ledger's column holds. */
  public static final int LONGEST_NAME = 190;

  /**
   * @throws IllegalArgumentException if the key has a column that is not written, or the sink's
   *     name is empty or too long
   */
  public SinkTable {
    columns = List.copyOf(columns);
    key = List.copyOf(key);
    if (!columns.containsAll(key)) {
      throw new IllegalArgumentException("a column of the key is not written");
    }
    if (sink.isEmpty() || sink.length() > LONGEST_NAME) {
      throw new IllegalArgumentException(
          "the name of a sink has 1 to " + LONGEST_NAME + " characters");
    }
  }

  /** Whether a column, by its place, belongs to the key. */
  public boolean isKey(int column) {
    return key.contains(columns.get(column));
  }
}
