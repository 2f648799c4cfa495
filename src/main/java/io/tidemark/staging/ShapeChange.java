package io.tidemark.staging;

import io.tidemark.schema.TableId;
import java.io.Serializable;
import java.util.List;
import java.util.Map;

/**
 * What becomes of a table between two of its rows. Each may be made a second time: a table that has
 * it already is left as it is.
 */
public sealed interface ShapeChange extends Serializable {

  /** The table that changes. */
  TableId table();

  /** Columns behind those that are there; rows that are there have the columns' defaults. */
  record Add(TableId table, List<SinkColumn> columns) implements ShapeChange {
    public Add {
      columns = List.copyOf(columns);
    }
  }

  /** Columns go, with their values. */
  record Remove(TableId table, List<String> columns) implements ShapeChange {
    public Remove {
      columns = List.copyOf(columns);
    }
  }

  /**
   * Columns get other names.
   *
   * @param names from old to new; no new one is an old one
   */
  record Rename(TableId table, Map<String, String> names) implements ShapeChange {
    public Rename {
      names = Map.copyOf(names);
    }
  }

  /** Columns have another type from now on; the target converts what they hold. */
  record Retype(TableId table, List<SinkColumn> columns) implements ShapeChange {
    public Retype {
      columns = List.copyOf(columns);
    }
  }

  /** All rows go. */
  record Empty(TableId table) implements ShapeChange {}

  /** The table goes. */
  record Drop(TableId table) implements ShapeChange {}
}
