package io.tidemark.table.sink;

import io.tidemark.database.PortableSchema.ColumnDefinition;
import io.tidemark.database.PortableSchema.DefaultValue;
import io.tidemark.database.PortableSchema.TableDefinition;
import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.table.types.logical.BinaryType;
import org.apache.flink.table.types.logical.CharType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.TimeType;
import org.apache.flink.table.types.logical.TimestampType;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;

/** A table of a database that keeps every value of what is declared. */
final class NewTable {

  /** The databases' times have microseconds. */
  private static final int MOST_DIGITS = 6;

  private NewTable() {}

  /**
   * @param instants whether the database has a type for any moment, whatever the time zone
   * @param wrong takes what it has no type for
   */
  static TableDefinition of(
      TableId id, RowType declared, List<String> key, boolean instants, List<String> wrong) {
    List<ColumnDefinition> columns = new ArrayList<>();
    for (RowType.RowField field : declared.getFields()) {
      if (!instants && field.getType().is(LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE)) {
        wrong.add(
            "column "
                + field.getName()
                + ": MySQL's and MariaDB's timestamp ends with the year 2038, or 2106, so that it does"
                + " not hold every moment. Make the table with it, or declare the column as TIMESTAMP,"
                + " and write CAST("
                + field.getName()
                + " AS TIMESTAMP)");
        continue;
      }
      Optional<ValueType> values = values(field.getType());
      if (values.isEmpty()) {
        wrong.add(
            "column "
                + field.getName()
                + ": no table can be made that keeps every "
                + field.getType().copy(true).asSummaryString()
                + "; see docs/sql.md for what can be declared");
        continue;
      }
      columns.add(
          new ColumnDefinition(
              field.getName(),
              field.getType().asSummaryString(),
              values.get(),
              field.getType().isNullable() && !key.contains(field.getName()),
              false,
              DefaultValue.Plain.NONE));
    }
    return new TableDefinition(id, columns, key, List.of(), List.of());
  }

  private static Optional<ValueType> values(LogicalType declared) {
    return switch (declared.getTypeRoot()) {
      case BOOLEAN -> Optional.of(ValueType.Plain.BOOLEAN);
      case TINYINT -> Optional.of(new ValueType.Int(8, false));
      case SMALLINT -> Optional.of(new ValueType.Int(16, false));
      case INTEGER -> Optional.of(new ValueType.Int(32, false));
      case BIGINT -> Optional.of(new ValueType.Int(64, false));
      case DECIMAL -> {
        DecimalType number = (DecimalType) declared;
        yield Optional.of(new ValueType.Decimal(number.getPrecision(), number.getScale()));
      }
      case FLOAT -> Optional.of(new ValueType.Real(32));
      case DOUBLE -> Optional.of(new ValueType.Real(64));
      case CHAR -> Optional.of(new ValueType.Text(((CharType) declared).getLength(), false));
      case VARCHAR -> Optional.of(new ValueType.Text(((VarCharType) declared).getLength(), false));
      case BINARY -> Optional.of(new ValueType.Binary(((BinaryType) declared).getLength(), false));
      case VARBINARY ->
          Optional.of(new ValueType.Binary(((VarBinaryType) declared).getLength(), false));
      case DATE -> Optional.of(ValueType.Plain.DATE);
      case TIME_WITHOUT_TIME_ZONE ->
          digits(((TimeType) declared).getPrecision()).map(ValueType.Time::new);
      case TIMESTAMP_WITHOUT_TIME_ZONE, TIMESTAMP_WITH_LOCAL_TIME_ZONE -> {
        boolean instant = declared.is(LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE);
        int precision =
            instant
                ? ((LocalZonedTimestampType) declared).getPrecision()
                : ((TimestampType) declared).getPrecision();
        yield digits(precision).map(digits -> new ValueType.Timestamp(digits, instant));
      }
      case ARRAY, MAP, ROW ->
          StructureText.of(declared).isPresent()
              ? Optional.of(ValueType.Plain.JSON)
              : Optional.empty();
      default -> Optional.empty();
    };
  }

  private static Optional<Integer> digits(int precision) {
    return precision <= MOST_DIGITS ? Optional.of(precision) : Optional.empty();
  }
}
