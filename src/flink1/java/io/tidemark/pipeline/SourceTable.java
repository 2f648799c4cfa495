package io.tidemark.pipeline;

import io.tidemark.change.Row;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.table.RowRefusedException;
import java.util.List;
import org.apache.flink.cdc.common.data.RecordData;
import org.apache.flink.cdc.common.event.TableId;
import org.apache.flink.cdc.common.schema.Schema;
import org.apache.flink.cdc.common.types.DataType;
import org.apache.flink.cdc.runtime.typeutils.BinaryRecordDataGenerator;
import org.jspecify.annotations.Nullable;

/** Makes the rows of one description of a table that is read. Used by one thread. */
final class SourceTable {

  private final Table table;
  private final TableId id;
  private final Schema schema;
  private final List<SourceColumn> columns;
  private final BinaryRecordDataGenerator records;

  /**
   * @throws IllegalArgumentException if Flink CDC has no type for one of its columns
   */
  SourceTable(Table table) {
    this.table = table;
    this.id = id(table.id());
    this.columns = table.columns().stream().map(column -> SourceColumn.of(table, column)).toList();
    Schema.Builder described = Schema.newBuilder();
    columns.forEach(column -> described.physicalColumn(column.name(), column.type()));
    table.key().map(PrimaryKey::columns).ifPresent(described::primaryKey);
    this.schema = described.build();
    this.records =
        new BinaryRecordDataGenerator(
            columns.stream().map(SourceColumn::type).toArray(DataType[]::new));
  }

  static TableId id(io.tidemark.schema.TableId table) {
    return TableId.tableId(table.schema(), table.name());
  }

  TableId id() {
    return id;
  }

  Schema schema() {
    return schema;
  }

  /** What tells this shape of a table from another one, in the state of a source. */
  String fingerprint() {
    StringBuilder all = new StringBuilder();
    for (SourceColumn column : columns) {
      all.append(column.name()).append(' ').append(column.type().asSummaryString()).append(", ");
    }
    return all.append("key ").append(schema.primaryKeys()).toString();
  }

  /**
   * @throws RowRefusedException if the row has not all columns, or a value that is none of its type
   */
  RecordData record(Row row) {
    @Nullable Object[] values = new Object[columns.size()];
    for (int i = 0; i < values.length; i++) {
      SourceColumn column = columns.get(i);
      if (!row.isPresent(i)) {
        throw new RowRefusedException(
            "column "
                + column.name()
                + " of table "
                + table.id()
                + " cannot be read: the log does not have its value. It has whole rows where the"
                + " table has REPLICA IDENTITY FULL (PostgreSQL) or binlog_row_image is FULL (MySQL,"
                + " MariaDB)");
      }
      values[i] =
          row.isNull(i) ? null : column.convert(table, row.array(), row.offset(i), row.length(i));
    }
    return records.generate(values);
  }
}
