package io.tidemark.table.sink;

import io.tidemark.schema.Column;
import io.tidemark.schema.ValueType;
import io.tidemark.schema.ValueType.Binary;
import io.tidemark.schema.ValueType.Bits;
import io.tidemark.schema.ValueType.Decimal;
import io.tidemark.schema.ValueType.Enumeration;
import io.tidemark.schema.ValueType.Int;
import io.tidemark.schema.ValueType.LabelSet;
import io.tidemark.schema.ValueType.Plain;
import io.tidemark.schema.ValueType.Real;
import io.tidemark.schema.ValueType.Text;
import io.tidemark.schema.ValueType.Time;
import io.tidemark.schema.ValueType.Timestamp;
import java.io.Serializable;
import java.math.BigInteger;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.CharType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.TimeType;
import org.apache.flink.table.types.logical.TimestampType;
import org.apache.flink.table.types.logical.VarCharType;

/**
 * Makes of what Flink's tables hold what a {@code RowWriter} takes. There is one for a pair of
 * types if the column holds every value of the declared type as it is; or if the declared type is
 * the narrowest that has every value of the column, and then each value is looked at. Immutable.
 */
@FunctionalInterface
interface ValueWriter extends Serializable {

  /**
   * @param value in Flink's internal form
   * @return text, {@code byte[]} or {@link Boolean}
   * @throws IllegalArgumentException if the column would not keep the value: says why, and not what
   *     it is
   */
  Object write(Object value);

  /**
   * @param declared as the table's DDL has it
   * @param column as the database has it
   * @return empty if a column of this type may not be declared so
   */
  static Optional<ValueWriter> of(LogicalType declared, Column column) {
    if (StructureText.isStructure(declared)) {
      return StructureText.fits(column.type(), column.values())
          ? StructureText.of(declared)
          : Optional.empty();
    }
    return plain(declared, column.values());
  }

  private static Optional<ValueWriter> plain(LogicalType declared, ValueType column) {
    return switch (declared.getTypeRoot()) {
      case CHAR, VARCHAR -> characters(declared, column);
      case BOOLEAN -> truth(column);
      case TINYINT, SMALLINT, INTEGER, BIGINT -> integer(declared, column);
      case DECIMAL -> decimal((DecimalType) declared, column);
      case FLOAT ->
          column instanceof Real real
              ? Optional.of(
                  real.bits() == 32
                      ? value -> value.toString()
                      // The same number, and not the shortest text of the narrower one.
                      : value -> Double.toString((Float) value))
              : Optional.empty();
      case DOUBLE ->
          column instanceof Real real && real.bits() == 64
              ? Optional.of(value -> value.toString())
              : Optional.empty();
      case DATE ->
          column == Plain.DATE
              ? Optional.of(value -> date(LocalDate.ofEpochDay((Integer) value)))
              : Optional.empty();
      case TIME_WITHOUT_TIME_ZONE -> time((TimeType) declared, column);
      case TIMESTAMP_WITHOUT_TIME_ZONE ->
          timestamp(((TimestampType) declared).getPrecision(), false, column);
      case TIMESTAMP_WITH_LOCAL_TIME_ZONE ->
          timestamp(((LocalZonedTimestampType) declared).getPrecision(), true, column);
      case BINARY, VARBINARY -> bytes(column);
      default -> Optional.empty();
    };
  }

  private static Optional<ValueWriter> characters(LogicalType declared, ValueType column) {
    if (column instanceof Text text) {
      int length =
          declared instanceof CharType fixed
              ? fixed.getLength()
              : ((VarCharType) declared).getLength();
      boolean fits = length <= text.maxLength();
      if (text.padded()) {
        return declared.is(LogicalTypeRoot.CHAR) && fits
            ? Optional.of(value -> value.toString().stripTrailing())
            : Optional.of(value -> unpadded(value.toString(), text.maxLength()));
      }
      return Optional.of(
          fits ? Object::toString : value -> bounded(value.toString(), text.maxLength()));
    }
    if (column instanceof Enumeration labels) {
      List<String> known = labels.labels();
      return Optional.of(value -> label(value.toString(), known));
    }
    if (column instanceof LabelSet labels) {
      List<String> known = labels.labels();
      return Optional.of(value -> labels(value.toString(), known));
    }
    return column == Plain.JSON || column == Plain.UUID
        ? Optional.of(Object::toString)
        : Optional.empty();
  }

  private static String bounded(String value, long most) {
    if (value.length() > most && value.codePointCount(0, value.length()) > most) {
      throw new IllegalArgumentException("it has more than " + most + " characters");
    }
    return value;
  }

  private static String unpadded(String value, long most) {
    if (value.endsWith(" ")) {
      throw new IllegalArgumentException("it ends in spaces, which a char(n) does not keep");
    }
    return bounded(value, most);
  }

  private static String label(String value, List<String> known) {
    if (!known.contains(value)) {
      throw new IllegalArgumentException("it is not one of the labels of the column");
    }
    return value;
  }

  private static String labels(String value, List<String> known) {
    if (!value.isEmpty()) {
      Arrays.stream(value.split(",", -1)).forEach(label -> label(label, known));
    }
    return value;
  }

  private static Optional<ValueWriter> truth(ValueType column) {
    boolean isOne =
        column == Plain.BOOLEAN
            || column instanceof Bits bits && bits.length() == 1 && !bits.varying();
    return isOne ? Optional.of(value -> value) : Optional.empty();
  }

  private static int bits(LogicalType declared) {
    return switch (declared.getTypeRoot()) {
      case TINYINT -> 8;
      case SMALLINT -> 16;
      case INTEGER -> 32;
      default -> 64;
    };
  }

  private static Optional<ValueWriter> integer(LogicalType declared, ValueType column) {
    if (column instanceof Int number) {
      int needed = number.unsigned() ? number.bits() + 1 : number.bits();
      if (bits(declared) <= number.bits() && !number.unsigned()) {
        return Optional.of(Object::toString);
      }
      boolean isNarrowest = bits(declared) >= needed && bits(declared) / 2 < needed;
      // Of an unsigned column of as many bits, too, every value may be too large, or below zero.
      return isNarrowest || number.unsigned() && bits(declared) <= number.bits()
          ? Optional.of(inRange(number))
          : Optional.empty();
    }
    if (column instanceof Decimal number) {
      return number.precision() - number.scale() >= digits(bits(declared))
          ? Optional.of(Object::toString)
          : Optional.empty();
    }
    if (column == Plain.YEAR) {
      return declared.is(LogicalTypeRoot.TINYINT) || declared.is(LogicalTypeRoot.BIGINT)
          ? Optional.empty()
          : Optional.of(value -> year(((Number) value).intValue()));
    }
    boolean any =
        column == Plain.NUMBER || column == Plain.BOOLEAN && declared.is(LogicalTypeRoot.TINYINT);
    return any ? Optional.of(Object::toString) : Optional.empty();
  }

  private static int digits(int bits) {
    return BigInteger.ONE.shiftLeft(bits - 1).toString().length();
  }

  private static ValueWriter inRange(Int column) {
    BigInteger size =
        BigInteger.ONE.shiftLeft(column.unsigned() ? column.bits() : column.bits() - 1);
    BigInteger least = column.unsigned() ? BigInteger.ZERO : size.negate();
    return value -> {
      String text = value.toString();
      BigInteger number = new BigInteger(text);
      if (number.compareTo(least) < 0 || number.compareTo(size) >= 0) {
        throw new IllegalArgumentException("it is too small or too large for the column");
      }
      return text;
    };
  }

  /** With fewer digits it would be a year of the last century, or of this one. */
  private static String year(int year) {
    if (year != 0 && (year < 1901 || year > 2155)) {
      throw new IllegalArgumentException("a column of years has 0 and 1901 to 2155");
    }
    return String.format(Locale.ROOT, "%04d", year);
  }

  private static Optional<ValueWriter> decimal(DecimalType declared, ValueType column) {
    int whole = declared.getPrecision() - declared.getScale();
    if (column instanceof Decimal number) {
      boolean fits =
          number.scale() >= declared.getScale() && number.precision() - number.scale() >= whole;
      return fits ? Optional.of(ValueWriter::plain) : Optional.empty();
    }
    if (column instanceof Int number && declared.getScale() == 0) {
      boolean fits = whole < digits(number.bits()) && !number.unsigned();
      boolean isNarrowest = number.bits() == 64 && number.unsigned() && whole <= 20;
      return fits
          ? Optional.of(ValueWriter::plain)
          : isNarrowest ? Optional.of(inRange(number)) : Optional.empty();
    }
    return column == Plain.NUMBER ? Optional.of(ValueWriter::plain) : Optional.empty();
  }

  private static Object plain(Object value) {
    return ((DecimalData) value).toBigDecimal().toPlainString();
  }

  /** As it is written everywhere. */
  static String date(LocalDate date) {
    if (date.getYear() < 1 || date.getYear() > 9999) {
      throw new IllegalArgumentException("it lies outside of the years 1 to 9999");
    }
    return date.toString();
  }

  private static Optional<ValueWriter> time(TimeType declared, ValueType column) {
    if (!(column instanceof Time time) || time.digits() < declared.getPrecision()) {
      return Optional.empty();
    }
    int digits = time.digits();
    return Optional.of(value -> clock(LocalTime.ofNanoOfDay((Integer) value * 1_000_000L), digits));
  }

  private static String clock(LocalTime time, int digits) {
    String nanos = String.format(Locale.ROOT, "%09d", time.getNano());
    if (!nanos.substring(digits).chars().allMatch(digit -> digit == '0')) {
      throw new IllegalArgumentException(
          "it has more than " + digits + " digits of a second, which the column would round");
    }
    String seconds =
        String.format(
            Locale.ROOT, "%02d:%02d:%02d", time.getHour(), time.getMinute(), time.getSecond());
    return digits == 0 ? seconds : seconds + "." + nanos.substring(0, digits);
  }

  /** A moment is given in UTC, which is the time zone of the sessions. */
  private static Optional<ValueWriter> timestamp(int precision, boolean instant, ValueType column) {
    if (!(column instanceof Timestamp timestamp)
        || timestamp.instant() != instant
        || timestamp.digits() < precision) {
      return Optional.empty();
    }
    int digits = timestamp.digits();
    return Optional.of(
        value -> {
          LocalDateTime moment = ((TimestampData) value).toLocalDateTime();
          return date(moment.toLocalDate()) + " " + clock(moment.toLocalTime(), digits);
        });
  }

  private static Optional<ValueWriter> bytes(ValueType column) {
    if (!(column instanceof Binary binary)) {
      return Optional.empty();
    }
    long most = binary.maxLength();
    boolean fixed = binary.fixed();
    return Optional.of(
        value -> {
          int length = ((byte[]) value).length;
          if (length > most || fixed && length < most) {
            throw new IllegalArgumentException(
                "it has " + (fixed ? "not " : "more than ") + most + " bytes");
          }
          return value;
        });
  }
}
