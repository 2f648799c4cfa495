package io.tidemark.staging;

import io.tidemark.schema.TableId;
import java.io.Serializable;
import java.util.List;

/**
 * What one writer has staged for any number of tables between two checkpoints, with what became of
 * the tables meanwhile.
 *
 * @param writer the number that the writer was given
 * @param parts in the order in which they came
 */
public record StagedTables(long writer, List<Part> parts) implements Serializable {

  public StagedTables {
    parts = List.copyOf(parts);
  }

  /** How many rows there are in all. */
  public long rows() {
    return parts.stream()
        .mapToLong(part -> part instanceof Rows staged ? staged.staged().rows() : 0)
        .sum();
  }

  /** One of the things that come one after another. */
  public sealed interface Part extends Serializable {
    /** The table that it is about. */
    TableId table();
  }

  /** From here on there is a table of this shape, and rows of it. */
  public record Opened(TableShape shape) implements Part {
    @Override
    public TableId table() {
      return shape.table();
    }
  }

  /** The table changes. */
  public record Changed(ShapeChange change) implements Part {
    @Override
    public TableId table() {
      return change.table();
    }
  }

  /** Rows, all of one shape. */
  public record Rows(TableShape shape, StagedRows staged) implements Part {
    @Override
    public TableId table() {
      return shape.table();
    }
  }
}
