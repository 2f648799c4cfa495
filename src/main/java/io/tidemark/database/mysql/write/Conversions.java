package io.tidemark.database.mysql.write;

import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.value.JsonKeys;
import io.tidemark.database.mysql.value.JsonNumbers;
import io.tidemark.database.shared.ValueLimits;
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
import io.tidemark.schema.ValueType.Vector;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which values may go into which columns of MySQL and MariaDB: the pairs that are known to keep
 * every value, or whose values that would not be kept are found here before the server sees them.
 * It is a list of what is allowed, as these servers take nearly everything for everything and
 * change it without a word, each way of writing in a way of its own: {@code true} in quotes is 49
 * in a {@code bit(8)}, and 3 in a {@code set} its first two labels.
 */
public final class Conversions {

  /** A {@code double} has every whole number of so many bits. */
  private static final int WHOLE_BITS_OF_DOUBLE = 32;

  private static final int SHORTEST_FOR_YEARS = 16;

  private static final int DATE_AND_TIME = 19;

  private Conversions() {}

  /** Whether such values may go into such a column. */
  public static boolean allows(Column source, MySqlColumn target) {
    return limits(source, target).isPresent();
  }

  /** What is said of a pair that is not allowed: the column, and both types. */
  public static String refusal(Column source, MySqlColumn target) {
    return "column "
        + target.name()
        + " is "
        + target.column().type()
        + " at the target and "
        + source.type()
        + " at the source, whose values it would not all keep as they are";
  }

  /**
   * What each value has to pass before it is written.
   *
   * @param source the column as it travels
   * @param target the column that is written to
   * @return empty if such values may not go into such a column
   */
  static Optional<ValueLimits> limits(Column source, MySqlColumn target) {
    return Optional.ofNullable(find(source, target));
  }

  private static @Nullable ValueLimits find(Column source, MySqlColumn target) {
    ValueType from = source.values();
    ValueType to = target.column().values();
    String type = target.column().type();
    if (to == Plain.GEOMETRY) {
      return from == Plain.GEOMETRY ? ValueLimits.NONE : null;
    }
    return switch (target.dataType()) {
      case "tinyint", "smallint", "mediumint", "int", "bigint" -> whole(from, (Int) to);
      case "decimal" -> decimal(from, (Decimal) to, type.contains("unsigned"));
      case "float", "double" -> real(source, (Real) to, type);
      case "bit" -> bit(from, (Bits) to);
      case "date" -> from == Plain.DATE ? Conversions::date : null;
      case "year" -> from == Plain.YEAR ? ValueLimits.NONE : null;
      case "time" -> from instanceof Time time ? time(time, (Time) to) : null;
      case "datetime", "timestamp" ->
          from instanceof Timestamp stamp
              ? timestamp(
                  stamp,
                  (Timestamp) to,
                  target.dataType().equals("timestamp") && !source.type().equals(type))
              : null;
      case "char", "varchar", "tinytext", "text", "mediumtext", "longtext" ->
          from.isRaw() || from == Plain.OWN ? null : text(target, (Text) to);
      case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob" ->
          from.isRaw() ? binary(from, (Binary) to) : null;
      case "enum" ->
          from instanceof Enumeration || from instanceof Text
              ? label(from, (Enumeration) to)
              : null;
      case "set" -> from instanceof LabelSet ? ValueLimits.labels(((LabelSet) to).labels()) : null;
      case "json" -> from == Plain.JSON ? json(type.equals(source.type())) : null;
      case "vector" -> from instanceof Vector ? ValueLimits.NONE : null;
      case "uuid" -> from == Plain.UUID ? ValueLimits.NONE : null;
      // The same text may be another address to another type.
      case "inet6", "inet4" -> source.type().equals(type) ? ValueLimits.NONE : null;
      default -> null;
    };
  }

  private static @Nullable ValueLimits whole(ValueType from, Int to) {
    if (from instanceof Int number) {
      return within(number, to) ? ValueLimits.NONE : ValueLimits.whole(to.bits(), to.unsigned());
    }
    if (from == Plain.BOOLEAN || from instanceof Decimal number && number.scale() == 0) {
      return ValueLimits.whole(to.bits(), to.unsigned());
    }
    if (from instanceof Bits bits) {
      return bits.length() == 1 && !bits.varying() ? ValueLimits.NONE : null;
    }
    return from == Plain.YEAR && to.bits() >= SHORTEST_FOR_YEARS ? ValueLimits.NONE : null;
  }

  private static boolean within(Int from, Int to) {
    return from.unsigned() == to.unsigned()
        ? from.bits() <= to.bits()
        : from.unsigned() && from.bits() < to.bits();
  }

  private static @Nullable ValueLimits decimal(ValueType from, Decimal to, boolean unsigned) {
    boolean number =
        from instanceof Int
            || from instanceof Decimal
            || from == Plain.NUMBER
            || from == Plain.BOOLEAN;
    return number
        ? ValueLimits.decimal(to.precision(), to.scale())
            .and(unsigned ? ValueLimits.unsigned() : ValueLimits.NONE)
        : null;
  }

  /** With {@code double(9,2)} the server rounds what comes (MySQL manual, 13.1.4). */
  private static @Nullable ValueLimits real(Column source, Real to, String type) {
    if (type.contains("(") && !type.equals(source.type())) {
      return null;
    }
    ValueLimits sign = type.contains("unsigned") ? ValueLimits.unsigned() : ValueLimits.NONE;
    if (source.values() instanceof Int number) {
      return to.bits() > WHOLE_BITS_OF_DOUBLE && number.bits() <= WHOLE_BITS_OF_DOUBLE
          ? sign
          : null;
    }
    return source.values() instanceof Real from ? finite(to.bits() < from.bits()).and(sign) : null;
  }

  private static ValueLimits finite(boolean narrower) {
    return (bytes, offset, length) -> {
      byte last = bytes[offset + length - 1];
      if (last == 'N' || last == 'y') {
        return "the column cannot hold NaN or infinity";
      }
      if (narrower) {
        double value =
            Double.parseDouble(new String(bytes, offset, length, StandardCharsets.US_ASCII));
        return (float) value == value ? "" : "the column would round the number";
      }
      return "";
    };
  }

  /**
   * @param ownText whether the values may be what somebody wrote, and not only what a server made
   *     of it
   */
  private static ValueLimits json(boolean ownText) {
    ValueLimits numbers = JsonNumbers::problem;
    return ownText ? numbers.and(JsonKeys::problem) : numbers;
  }

  private static @Nullable ValueLimits bit(ValueType from, Bits to) {
    if (from == Plain.BOOLEAN) {
      return to.length() == 1 ? ValueLimits.truth() : null;
    }
    return from.equals(to) ? ValueLimits.NONE : null;
  }

  private static String date(byte[] bytes, int offset, int length) {
    return length == 10 && bytes[offset] != 'i' && bytes[offset] != '-'
        ? ""
        : "the column cannot hold infinity, years before 1 or after 9999";
  }

  private static ValueLimits timestamp(Timestamp from, Timestamp to, boolean since1970) {
    int expected = from.digits() == 0 ? DATE_AND_TIME : DATE_AND_TIME + 1 + from.digits();
    ValueLimits calendar =
        (bytes, offset, length) ->
            length == expected && bytes[offset] != 'i' && bytes[offset] != '-'
                ? ""
                : "the column cannot hold infinity, years before 1 or after 9999";
    ValueLimits limits = calendar.and(ValueLimits.fraction(from.digits(), to.digits()));
    return since1970 ? limits.and(Conversions::since1970) : limits;
  }

  /** A TIMESTAMP is of the years 1970 to 2038, and later ones and its zero are another's of it. */
  private static String since1970(byte[] bytes, int offset, int length) {
    String day = new String(bytes, offset, DATE_AND_TIME, StandardCharsets.US_ASCII);
    return day.compareTo("1970-01-01 00:00:01") < 0 || day.compareTo("2038-01-19 03:14:07") > 0
        ? "the column cannot hold moments before 1970 or after 2038-01-19 03:14:07 UTC"
        : "";
  }

  private static ValueLimits time(Time from, Time to) {
    ValueLimits hours =
        (bytes, offset, length) -> {
          String text = new String(bytes, offset, length, StandardCharsets.US_ASCII);
          String digits = text.startsWith("-") ? text.substring(1) : text;
          int colon = digits.indexOf(':');
          boolean more =
              colon > 3 || colon == 3 && digits.replaceAll("\\.0*$", "").compareTo("838:59:59") > 0;
          return more ? "the column cannot hold more than 838:59:59" : "";
        };
    return hours.and(ValueLimits.fraction(from.digits(), to.digits()));
  }

  private static ValueLimits text(MySqlColumn target, Text to) {
    ValueLimits length =
        target.dataType().endsWith("text") && target.charset().startsWith("utf8")
            ? ValueLimits.bytes(to.maxLength(), false)
            : ValueLimits.text(to.maxLength());
    return target.dataType().equals("char") ? ValueLimits.unpadded().and(length) : length;
  }

  private static ValueLimits label(ValueType from, Enumeration to) {
    return from.equals(to) ? ValueLimits.NONE : ValueLimits.label(to.labels());
  }

  private static ValueLimits binary(ValueType from, Binary to) {
    return from.equals(to) ? ValueLimits.NONE : ValueLimits.bytes(to.maxLength(), to.fixed());
  }
}
