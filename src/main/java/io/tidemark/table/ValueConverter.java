package io.tidemark.table;

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
import io.tidemark.schema.ValueType.Vector;
import java.io.Serializable;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.Optional;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.BinaryType;
import org.apache.flink.table.types.logical.CharType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.TimeType;
import org.apache.flink.table.types.logical.TimestampType;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;

/**
 * Makes of a value in the portable encoding what Flink's tables hold it as. The pairs of types for
 * which there is one hold every value of the source's type as it is, or refuse it by name.
 * Immutable.
 */
@FunctionalInterface
public interface ValueConverter extends Serializable {

  /**
   * @return in Flink's internal form
   * @throws IllegalArgumentException if the declared type does not hold the value: says why, and
   *     not what it is
   */
  Object convert(byte[] bytes, int offset, int length);

  /** The same of a text. */
  @FunctionalInterface
  interface OfText extends Serializable {
    Object convert(String text);
  }

  /**
   * @param declared as the table's DDL has it
   * @return empty if a column of this type may not be declared so
   */
  static Optional<ValueConverter> of(ValueType type, LogicalType declared) {
    if (declared.is(LogicalTypeRoot.VARCHAR) || declared.is(LogicalTypeRoot.CHAR)) {
      return characters(type, declared);
    }
    if (type instanceof Int number) {
      return integer(number, declared);
    }
    if (type == Plain.YEAR) {
      return integer(new Int(16, false), declared);
    }
    if (type == Plain.JSON) {
      return JsonValues.of(declared);
    }
    if (type == Plain.BOOLEAN) {
      return declared.is(LogicalTypeRoot.BOOLEAN)
          ? text(ValueConverter::truth)
          : integer(new Int(8, false), declared);
    }
    if (type instanceof Bits bits) {
      return bits.length() == 1 && !bits.varying() && declared.is(LogicalTypeRoot.BOOLEAN)
          ? text(ValueConverter::truth)
          : Optional.empty();
    }
    if (declared instanceof DecimalType decimal) {
      return decimal(type, decimal);
    }
    if (type instanceof Real real) {
      return real(real, declared);
    }
    if (type == Plain.DATE) {
      return declared.is(LogicalTypeRoot.DATE) ? text(ValueConverter::date) : Optional.empty();
    }
    if (type instanceof Time time) {
      return declared instanceof TimeType kept && kept.getPrecision() >= time.digits()
          ? text(ValueConverter::time)
          : Optional.empty();
    }
    if (type instanceof Timestamp timestamp) {
      return timestamp(timestamp, declared);
    }
    if (type instanceof Binary binary) {
      return bytes(binary, declared);
    }
    if (type instanceof Vector
        && declared instanceof ArrayType array
        && array.getElementType().is(LogicalTypeRoot.FLOAT)) {
      return Optional.of(ValueConverter::vector);
    }
    if (type instanceof LabelSet
        && declared instanceof ArrayType array
        && array.getElementType() instanceof VarCharType label
        && label.getLength() == VarCharType.MAX_LENGTH) {
      return text(ValueConverter::labels);
    }
    return Optional.empty();
  }

  private static Optional<ValueConverter> text(OfText converter) {
    return Optional.of(
        (bytes, offset, length) ->
            converter.convert(new String(bytes, offset, length, StandardCharsets.UTF_8)));
  }

  /** Whatever is text may be had as text of the same length at least. */
  private static Optional<ValueConverter> characters(ValueType type, LogicalType declared) {
    if (type.isRaw()) {
      return Optional.empty();
    }
    long most =
        declared instanceof VarCharType varying
            ? varying.getLength()
            : ((CharType) declared).getLength();
    boolean isUnlimited = most == VarCharType.MAX_LENGTH;
    if (declared.is(LogicalTypeRoot.CHAR)) {
      if (type instanceof Text text && text.padded() && text.maxLength() == most) {
        return text(value -> StringData.fromString(padded(value, (int) most)));
      }
      return type == Plain.UUID && most == 36 ? asItIs() : Optional.empty();
    }
    boolean fits =
        isUnlimited
            || type instanceof Text text && text.maxLength() <= most
            || type instanceof Enumeration labels
                && labels.labels().stream().allMatch(label -> characters(label) <= most)
            || type == Plain.UUID && most >= 36;
    return fits ? asItIs() : Optional.empty();
  }

  /** In bytes of its own: what is kept of one row must not keep all those that came with it. */
  private static Optional<ValueConverter> asItIs() {
    return Optional.of(
        (bytes, offset, length) ->
            StringData.fromBytes(Arrays.copyOfRange(bytes, offset, offset + length)));
  }

  private static int characters(String text) {
    return text.codePointCount(0, text.length());
  }

  private static String padded(String value, int length) {
    return value + " ".repeat(Math.max(0, length - characters(value)));
  }

  private static Optional<ValueConverter> integer(Int type, LogicalType declared) {
    int needed = type.unsigned() ? type.bits() + 1 : type.bits();
    return switch (declared.getTypeRoot()) {
      case TINYINT -> needed > 8 ? Optional.empty() : text(Byte::valueOf);
      case SMALLINT -> needed > 16 ? Optional.empty() : text(Short::valueOf);
      case INTEGER -> needed > 32 ? Optional.empty() : text(Integer::valueOf);
      case BIGINT -> needed > 64 ? Optional.empty() : text(Long::valueOf);
      case DECIMAL -> {
        DecimalType decimal = (DecimalType) declared;
        int digits = String.valueOf(Long.MAX_VALUE).length();
        int most =
            switch (type.bits()) {
              case 8 -> 3;
              case 16 -> 5;
              case 24 -> 8;
              case 32 -> 10;
              default -> type.unsigned() ? digits + 1 : digits;
            };
        yield decimal.getPrecision() - decimal.getScale() >= most
            ? exact(decimal)
            : Optional.empty();
      }
      default -> Optional.empty();
    };
  }

  private static Optional<ValueConverter> decimal(ValueType type, DecimalType declared) {
    if (type instanceof Decimal decimal) {
      boolean fits =
          declared.getScale() >= decimal.scale()
              && declared.getPrecision() - declared.getScale()
                  >= decimal.precision() - decimal.scale();
      return fits ? exact(declared) : Optional.empty();
    }
    return type == Plain.NUMBER ? exact(declared) : Optional.empty();
  }

  private static Optional<ValueConverter> exact(DecimalType declared) {
    int precision = declared.getPrecision();
    int scale = declared.getScale();
    return text(value -> exact(value, precision, scale));
  }

  /** With no digit more than there is room for. */
  static DecimalData exact(String value, int precision, int scale) {
    char last = value.charAt(value.length() - 1);
    if (last < '0' || last > '9') {
      throw new IllegalArgumentException("a DECIMAL has no NaN and no infinity");
    }
    BigDecimal number = new BigDecimal(value);
    if (number.scale() > scale && number.stripTrailingZeros().scale() > scale) {
      throw new IllegalArgumentException("it has more than " + scale + " digits behind the point");
    }
    DecimalData decimal = DecimalData.fromBigDecimal(number.setScale(scale), precision, scale);
    if (decimal == null) {
      throw new IllegalArgumentException("it has more than " + precision + " digits");
    }
    return decimal;
  }

  private static Optional<ValueConverter> real(Real type, LogicalType declared) {
    if (declared.is(LogicalTypeRoot.FLOAT) && type.bits() == 32) {
      return text(Float::valueOf);
    }
    // As MySQL and PostgreSQL widen it: the same number, which a float names exactly.
    return declared.is(LogicalTypeRoot.DOUBLE)
        ? text(type.bits() == 32 ? value -> (double) Float.parseFloat(value) : Double::valueOf)
        : Optional.empty();
  }

  private static Boolean truth(String value) {
    return switch (value) {
      case "0" -> false;
      case "1" -> true;
      default ->
          throw new IllegalArgumentException(
              "it is neither 0 nor 1; declare the column as TINYINT to have it");
    };
  }

  /** Days since 1970. */
  static Integer date(String value) {
    return Math.toIntExact(parseDate(value).toEpochDay());
  }

  private static LocalDate parseDate(String value) {
    try {
      if (value.length() == 10) {
        LocalDate date = LocalDate.parse(value);
        if (date.getYear() > 0) {
          return date;
        }
      }
    } catch (DateTimeException notOne) {
      throw outsideOfTheCalendar();
    }
    throw outsideOfTheCalendar();
  }

  private static IllegalArgumentException outsideOfTheCalendar() {
    return new IllegalArgumentException(
        "it lies outside of the years 1 to 9999, or is no day of the calendar (zero, infinity);"
            + " declare the column as STRING to have it");
  }

  /** Flink's times of day have milliseconds at most, and no more than a day. */
  private static Integer time(String value) {
    if (value.length() < 8 || value.charAt(2) != ':' || value.compareTo("24") >= 0) {
      throw new IllegalArgumentException(
          "it is no time of a day; declare the column as STRING to have it");
    }
    long nanos = LocalTime.parse(value).toNanoOfDay();
    if (nanos % 1_000_000 != 0) {
      throw new IllegalArgumentException(
          "it has a fraction of a millisecond, which Flink's TIME does not hold; declare the column"
              + " as STRING to have it");
    }
    return Math.toIntExact(nanos / 1_000_000);
  }

  private static Optional<ValueConverter> timestamp(Timestamp type, LogicalType declared) {
    boolean fits =
        type.instant()
            ? declared instanceof LocalZonedTimestampType moment
                && moment.getPrecision() >= type.digits()
            : declared instanceof TimestampType local && local.getPrecision() >= type.digits();
    return fits ? text(ValueConverter::timestamp) : Optional.empty();
  }

  /** A moment comes in UTC, and is kept so. */
  private static TimestampData timestamp(String value) {
    if (value.length() < 19 || value.charAt(10) != ' ' || value.endsWith("BC")) {
      throw outsideOfTheCalendar();
    }
    LocalDate date = parseDate(value.substring(0, 10));
    return TimestampData.fromLocalDateTime(
        LocalDateTime.of(date, LocalTime.parse(value.substring(11))));
  }

  private static Optional<ValueConverter> bytes(Binary type, LogicalType declared) {
    long most =
        declared instanceof VarBinaryType varying
            ? varying.getLength()
            : declared instanceof BinaryType && type.fixed()
                ? ((BinaryType) declared).getLength()
                : -1;
    boolean fits =
        most == VarBinaryType.MAX_LENGTH && declared instanceof VarBinaryType
            || declared instanceof VarBinaryType && type.maxLength() <= most
            || declared instanceof BinaryType && type.maxLength() == most;
    return fits
        ? Optional.of((bytes, offset, length) -> Arrays.copyOfRange(bytes, offset, offset + length))
        : Optional.empty();
  }

  private static GenericArrayData vector(byte[] bytes, int offset, int length) {
    float[] numbers = new float[length / Float.BYTES];
    ByteBuffer.wrap(bytes, offset, length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(numbers);
    return new GenericArrayData(numbers);
  }

  private static GenericArrayData labels(String value) {
    Object[] labels =
        value.isEmpty()
            ? new Object[0]
            : Arrays.stream(value.split(",", -1)).map(StringData::fromString).toArray();
    return new GenericArrayData(labels);
  }
}
