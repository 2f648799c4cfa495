package io.tidemark.pipeline;

import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import io.tidemark.schema.ValueType;
import io.tidemark.table.DeclarableType;
import io.tidemark.table.RowRefusedException;
import io.tidemark.table.ValueConverter;
import java.util.Optional;
import org.apache.flink.cdc.common.data.DateData;
import org.apache.flink.cdc.common.data.DecimalData;
import org.apache.flink.cdc.common.data.LocalZonedTimestampData;
import org.apache.flink.cdc.common.data.TimeData;
import org.apache.flink.cdc.common.data.TimestampData;
import org.apache.flink.cdc.common.data.binary.BinaryStringData;
import org.apache.flink.cdc.common.types.DataType;
import org.apache.flink.cdc.common.types.utils.DataTypeUtils;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;

/**
 * A column that is read: the type that Flink CDC has for it, and its values as Flink CDC has them.
 *
 * @param name as the database has it
 */
record SourceColumn(String name, DataType type, ValueConverter converter) {

  /** Flink CDC's times of day have milliseconds at most. */
  private static final int MOST_DIGITS_OF_A_TIME = 3;

  /**
   * @throws IllegalArgumentException if Flink CDC has no type for it
   */
  static SourceColumn of(Table table, Column column) {
    org.apache.flink.table.types.DataType declared =
        declared(column.values())
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        table.id()
                            + ", column "
                            + column.name()
                            + ": "
                            + column.type()
                            + " has no type in a pipeline; leave the table out"));
    LogicalType logical = declared.getLogicalType();
    ValueConverter flinks =
        ValueConverter.of(column.values(), logical)
            .orElseThrow(() -> new IllegalStateException(column.type() + " as " + logical));
    return new SourceColumn(
        column.name(),
        DataTypeUtils.fromFlinkDataType(column.nullable() ? declared : declared.notNull()),
        (bytes, offset, length) -> flinkCdcs(logical, flinks.convert(bytes, offset, length)));
  }

  private static Optional<org.apache.flink.table.types.DataType> declared(ValueType values) {
    if (values instanceof ValueType.Time time && time.digits() <= MOST_DIGITS_OF_A_TIME) {
      return Optional.of(DataTypes.TIME(time.digits()));
    }
    if (values instanceof ValueType.LabelSet) {
      return Optional.of(DataTypes.STRING());
    }
    return values instanceof ValueType.Vector ? Optional.empty() : DeclarableType.of(values);
  }

  /** Flink CDC has data structures of its own, which look like Flink's. */
  private static Object flinkCdcs(LogicalType type, Object value) {
    return switch (type.getTypeRoot()) {
      case CHAR, VARCHAR -> BinaryStringData.fromBytes(((StringData) value).toBytes());
      case DECIMAL -> {
        DecimalType decimal = (DecimalType) type;
        yield DecimalData.fromBigDecimal(
            ((org.apache.flink.table.data.DecimalData) value).toBigDecimal(),
            decimal.getPrecision(),
            decimal.getScale());
      }
      case DATE -> DateData.fromEpochDay((Integer) value);
      case TIME_WITHOUT_TIME_ZONE -> TimeData.fromMillisOfDay((Integer) value);
      case TIMESTAMP_WITHOUT_TIME_ZONE -> {
        org.apache.flink.table.data.TimestampData moment =
            (org.apache.flink.table.data.TimestampData) value;
        yield TimestampData.fromMillis(moment.getMillisecond(), moment.getNanoOfMillisecond());
      }
      case TIMESTAMP_WITH_LOCAL_TIME_ZONE -> {
        org.apache.flink.table.data.TimestampData moment =
            (org.apache.flink.table.data.TimestampData) value;
        yield LocalZonedTimestampData.fromEpochMillis(
            moment.getMillisecond(), moment.getNanoOfMillisecond());
      }
      default -> value;
    };
  }

  /**
   * @throws RowRefusedException if the type does not hold the value
   */
  Object convert(Table table, byte[] bytes, int offset, int length) {
    try {
      return converter.convert(bytes, offset, length);
    } catch (IllegalArgumentException | ArithmeticException refused) {
      throw new RowRefusedException(
          "column "
              + name
              + " of table "
              + table.id()
              + " cannot be read: a value is none of "
              + type.asSummaryString()
              + ": "
              + refused.getMessage()
              + ". Change the value at the source, or leave the table out of the pipeline");
    }
  }
}
