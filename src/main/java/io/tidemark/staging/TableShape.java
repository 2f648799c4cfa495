package io.tidemark.staging;

import io.tidemark.schema.TableId;
import java.io.Serializable;
import java.util.List;

/**
 * A table as it is for some of the rows that are staged: what follows a change of the table has
 * another shape.
 *
 * @param table as the target has it
 * @param columns in the order of the values of a row
 * @param key by which rows are found
 */
public record TableShape(TableId table, List<SinkColumn> columns, List<String> key)
    implements Serializable {

  public TableShape {
    columns = List.copyOf(columns);
    key = List.copyOf(key);
  }

  /** The columns' names, in their order. */
  public List<String> names() {
    return columns.stream().map(SinkColumn::name).toList();
  }

  /** The same for whoever writes rows of one shape only. */
  public SinkTable of(String sink) {
    return new SinkTable(sink, table, names(), key);
  }
}
