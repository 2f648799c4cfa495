package io.tidemark.table.sink;

import io.tidemark.database.DatabaseException;
import io.tidemark.staging.RowWriter;
import java.io.Serializable;
import java.util.List;
import org.apache.flink.table.data.RowData;
import org.apache.flink.types.RowKind;
import org.jspecify.annotations.Nullable;

/**
 * Makes of Flink's rows what a {@link RowWriter} takes. Immutable.
 *
 * @param path what the table is called in Flink, for messages
 * @param fields in the order of a row
 * @param hasKey whether rows are found by a key
 */
record RowEncoder(String path, List<Field> fields, boolean hasKey) implements Serializable {

  /**
   * One column.
   *
   * @param getter gives the value of a row
   * @param isKey whether it says which row goes
   */
  record Field(String name, RowData.FieldGetter getter, ValueWriter writer, boolean isKey)
      implements Serializable {}

  RowEncoder {
    fields = List.copyOf(fields);
  }

  /**
   * @throws DatabaseException about data, without the value, if a column could not hold it
   */
  void encode(RowData row, RowWriter writer) {
    RowKind kind = row.getRowKind();
    if (kind != RowKind.INSERT && !hasKey) {
      throw new DatabaseException(
          DatabaseException.Kind.DATA,
          "table " + path + " has no key, and a change of a row came that is not a new one");
    }
    if (kind == RowKind.UPDATE_BEFORE) {
      // The row after it has the same key.
      return;
    }
    boolean deleted = kind == RowKind.DELETE;
    @Nullable Object[] values = new Object[fields.size()];
    for (int i = 0; i < values.length; i++) {
      Field field = fields.get(i);
      Object value = deleted && !field.isKey() ? null : field.getter().getFieldOrNull(row);
      values[i] = value == null ? null : write(field, value);
    }
    writer.add(deleted, values);
  }

  private Object write(Field field, Object value) {
    try {
      return field.writer().write(value);
    } catch (IllegalArgumentException e) {
      throw new DatabaseException(
          DatabaseException.Kind.DATA,
          "table "
              + path
              + ", column "
              + field.name()
              + ": a value cannot be written as it is: "
              + e.getMessage());
    }
  }
}
