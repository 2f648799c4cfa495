package io.tidemark.table;

import io.tidemark.schema.TableId;
import java.io.Serializable;
import java.util.List;
import java.util.Set;
import org.apache.flink.table.types.logical.LogicalType;
import org.jspecify.annotations.Nullable;

/**
 * What one table of a statement wants of the source. Immutable.
 *
 * @param name unlike that of any other scan of the statement
 * @param tables whose rows it wants
 * @param columns in the order of its rows
 * @param metadata behind the columns
 * @param changelog what its rows are changes of
 * @param filter which rows it wants; null for all
 */
record TableScan(
    String name,
    Set<TableId> tables,
    List<DeclaredColumn> columns,
    List<RowMetadata> metadata,
    Changelog changelog,
    @Nullable RowFilter filter)
    implements Serializable {

  private static final long serialVersionUID = 1L;

  TableScan {
    tables = Set.copyOf(tables);
    columns = List.copyOf(columns);
    metadata = List.copyOf(metadata);
  }

  /**
   * A column of the DDL.
   *
   * @param name as the database has it
   */
  record DeclaredColumn(String name, LogicalType type) implements Serializable {}
}
