package io.tidemark.table;

import java.math.BigDecimal;
import java.util.Map;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.jspecify.annotations.Nullable;

/** What stands in a row that is gone for a column of which nothing is known. */
final class Blank {

  private Blank() {}

  /** Null, where the type allows that; else zero, or nothing. */
  static @Nullable Object of(LogicalType type) {
    if (type.isNullable()) {
      return null;
    }
    return switch (type.getTypeRoot()) {
      case BOOLEAN -> false;
      case TINYINT -> (byte) 0;
      case SMALLINT -> (short) 0;
      case INTEGER, DATE, TIME_WITHOUT_TIME_ZONE -> 0;
      case BIGINT -> 0L;
      case FLOAT -> 0f;
      case DOUBLE -> 0d;
      case DECIMAL -> {
        DecimalType decimal = (DecimalType) type;
        yield DecimalData.fromBigDecimal(
            BigDecimal.ZERO, decimal.getPrecision(), decimal.getScale());
      }
      case TIMESTAMP_WITHOUT_TIME_ZONE, TIMESTAMP_WITH_LOCAL_TIME_ZONE ->
          TimestampData.fromEpochMillis(0);
      case BINARY, VARBINARY -> new byte[0];
      case ARRAY -> new GenericArrayData(new Object[0]);
      case MAP -> new GenericMapData(Map.of());
      case ROW -> {
        GenericRowData row = new GenericRowData(type.getChildren().size());
        for (int i = 0; i < row.getArity(); i++) {
          row.setField(i, of(type.getChildren().get(i)));
        }
        yield row;
      }
      default -> StringData.fromString("");
    };
  }
}
