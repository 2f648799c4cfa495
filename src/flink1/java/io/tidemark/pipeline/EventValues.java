package io.tidemark.pipeline;

import io.tidemark.schema.ValueType;
import java.io.Serializable;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Optional;
import org.apache.flink.cdc.common.data.DateData;
import org.apache.flink.cdc.common.data.DecimalData;
import org.apache.flink.cdc.common.data.LocalZonedTimestampData;
import org.apache.flink.cdc.common.data.TimeData;
import org.apache.flink.cdc.common.data.TimestampData;
import org.apache.flink.cdc.common.data.ZonedTimestampData;
import org.apache.flink.cdc.common.types.DataType;
import org.apache.flink.cdc.common.types.DataTypeChecks;

/** What the values of an event's column are, and how they are staged. */
final class EventValues {

  /** The databases' times have microseconds. */
  private static final int MOST_DIGITS = 6;

  private static final int NANOS = 9;

  /** Gives a value as it is staged: text, {@code byte[]} or {@link Boolean}. */
  interface Writer extends Serializable {

    /**
     * @throws IllegalArgumentException if no column could have it, without the value
     */
    Object write(Object value);
  }

  private EventValues() {}

  /** What the values of a type are; empty if no column of the target's could have them. */
  static Optional<ValueType> of(DataType type) {
    return switch (type.getTypeRoot()) {
      case BOOLEAN -> Optional.of(ValueType.Plain.BOOLEAN);
      case TINYINT -> Optional.of(new ValueType.Int(8, false));
      case SMALLINT -> Optional.of(new ValueType.Int(16, false));
      case INTEGER -> Optional.of(new ValueType.Int(32, false));
      case BIGINT -> Optional.of(new ValueType.Int(64, false));
      case DECIMAL ->
          Optional.of(
              new ValueType.Decimal(
                  DataTypeChecks.getPrecision(type), DataTypeChecks.getScale(type)));
      case FLOAT -> Optional.of(new ValueType.Real(32));
      case DOUBLE -> Optional.of(new ValueType.Real(64));
      case CHAR, VARCHAR -> Optional.of(new ValueType.Text(DataTypeChecks.getLength(type), false));
      case BINARY, VARBINARY ->
          Optional.of(new ValueType.Binary(DataTypeChecks.getLength(type), false));
      case DATE -> Optional.of(ValueType.Plain.DATE);
      case TIME_WITHOUT_TIME_ZONE -> Optional.of(new ValueType.Time(digits(type)));
      case TIMESTAMP_WITHOUT_TIME_ZONE -> Optional.of(new ValueType.Timestamp(digits(type), false));
      case TIMESTAMP_WITH_LOCAL_TIME_ZONE, TIMESTAMP_WITH_TIME_ZONE ->
          Optional.of(new ValueType.Timestamp(digits(type), true));
      default -> Optional.empty();
    };
  }

  /** A value with more digits of a second than a column can have is looked at when it comes. */
  private static int digits(DataType type) {
    return Math.min(MOST_DIGITS, DataTypeChecks.getPrecision(type));
  }

  /** How values of a type are written that {@link #of} knows. */
  static Writer writer(DataType type) {
    return switch (type.getTypeRoot()) {
      case BOOLEAN, BINARY, VARBINARY -> value -> value;
      case DECIMAL -> value -> ((DecimalData) value).toBigDecimal().toPlainString();
      case DATE -> value -> date(((DateData) value).toLocalDate());
      case TIME_WITHOUT_TIME_ZONE -> value -> clock(((TimeData) value).toLocalTime());
      case TIMESTAMP_WITHOUT_TIME_ZONE ->
          value -> moment(((TimestampData) value).toLocalDateTime());
      case TIMESTAMP_WITH_LOCAL_TIME_ZONE ->
          value ->
              instant(
                  LocalDateTime.ofInstant(
                      ((LocalZonedTimestampData) value).toInstant(), ZoneOffset.UTC));
      case TIMESTAMP_WITH_TIME_ZONE ->
          value ->
              instant(
                  LocalDateTime.ofInstant(
                      ((ZonedTimestampData) value).toInstant(), ZoneOffset.UTC));
      default -> Object::toString;
    };
  }

  private static String date(LocalDate date) {
    if (date.getYear() < 1 || date.getYear() > 9999) {
      throw new IllegalArgumentException("it lies outside of the years 1 to 9999");
    }
    return date.toString();
  }

  private static String moment(LocalDateTime moment) {
    return date(moment.toLocalDate()) + " " + clock(moment.toLocalTime());
  }

  /** In UTC, which is the time zone of the sessions. */
  private static String instant(LocalDateTime inUtc) {
    return moment(inUtc);
  }

  private static String clock(LocalTime time) {
    String nanos = String.format(Locale.ROOT, "%0" + NANOS + "d", time.getNano());
    if (!nanos.substring(MOST_DIGITS).equals("000")) {
      throw new IllegalArgumentException(
          "it has more than "
              + MOST_DIGITS
              + " digits of a second, which a column would round: round it with a transform");
    }
    return String.format(
            Locale.ROOT, "%02d:%02d:%02d.", time.getHour(), time.getMinute(), time.getSecond())
        + nanos.substring(0, MOST_DIGITS);
  }
}
