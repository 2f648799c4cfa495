package io.tidemark.database.mysql.write;

import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.value.JsonNumbers;
import io.tidemark.schema.ValueType;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What a column of the target can hold, as far as the values that come may be more than that. The
 * answers are reasons for people and never quote the value.
 */
interface ValueLimits {

  /** Every value that can come is one that the column has. */
  ValueLimits NONE = (bytes, offset, length) -> "";

  /**
   * @return why the column cannot hold the value; empty if nothing is known against it
   */
  String problem(byte[] bytes, int offset, int length);

  /**
   * @param source what values come
   * @param column of the target
   */
  static ValueLimits of(ValueType source, MySqlColumn column) {
    ValueType target = column.column().values();
    if (source.equals(target)
        && !(source instanceof ValueType.Real)
        && !(source instanceof ValueType.Decimal)
        && !(source instanceof ValueType.Timestamp)
        && source != ValueType.Plain.DATE
        && source != ValueType.Plain.JSON) {
      return NONE;
    }
    if (target == ValueType.Plain.JSON) {
      return JsonNumbers::problem;
    }
    if (source instanceof ValueType.Int || source == ValueType.Plain.BOOLEAN) {
      return integer(source, target);
    }
    if (source instanceof ValueType.Decimal || source == ValueType.Plain.NUMBER) {
      return decimal(target);
    }
    if (source instanceof ValueType.Real real) {
      return real(real, target);
    }
    if (source == ValueType.Plain.DATE) {
      return target == ValueType.Plain.DATE ? ValueLimits::date : text(target);
    }
    if (source instanceof ValueType.Timestamp stamp) {
      return target instanceof ValueType.Timestamp to
          ? timestamp(stamp, to, column.dataType().equals("timestamp"))
          : text(target);
    }
    if (source instanceof ValueType.Time time) {
      return target instanceof ValueType.Time to ? time(time.digits(), to.digits()) : text(target);
    }
    return source.isRaw() ? binary(target) : text(target);
  }

  private static ValueLimits integer(ValueType source, ValueType target) {
    if (!(target instanceof ValueType.Int to)) {
      return target instanceof ValueType.Decimal ? decimal(target) : text(target);
    }
    if (source instanceof ValueType.Int from
        && from.unsigned() == to.unsigned()
        && from.bits() <= to.bits()) {
      return NONE;
    }
    int bits = to.unsigned() ? to.bits() : to.bits() - 1;
    BigInteger above = BigInteger.ONE.shiftLeft(bits);
    BigInteger least = to.unsigned() ? BigInteger.ZERO : above.negate();
    return (bytes, offset, length) -> {
      BigInteger value =
          new BigInteger(new String(bytes, offset, length, StandardCharsets.US_ASCII));
      return value.compareTo(least) < 0 || value.compareTo(above) >= 0
          ? "the number is out of the column's range"
          : "";
    };
  }

  private static ValueLimits decimal(ValueType target) {
    if (!(target instanceof ValueType.Decimal to)) {
      if (target instanceof ValueType.Int || target instanceof ValueType.Real) {
        return (bytes, offset, length) -> "the column is of a type that would round the number";
      }
      return text(target);
    }
    int whole = to.precision() - to.scale();
    return (bytes, offset, length) -> {
      int at = offset;
      int end = offset + length;
      if (at < end && bytes[at] == '-') {
        at++;
      }
      if (at < end && (bytes[at] == 'N' || bytes[at] == 'I')) {
        return "the column cannot hold NaN or infinity";
      }
      int point = at;
      while (point < end && bytes[point] != '.') {
        point++;
      }
      while (at < point && bytes[at] == '0') {
        at++;
      }
      if (point - at > whole) {
        return "the number has more digits than the column takes";
      }
      for (int i = point + 1 + to.scale(); i < end; i++) {
        if (bytes[i] != '0') {
          return "the number has more digits after the point than the column takes";
        }
      }
      return "";
    };
  }

  private static ValueLimits real(ValueType.Real source, ValueType target) {
    if (!(target instanceof ValueType.Real to)) {
      return text(target);
    }
    boolean narrower = to.bits() < source.bits();
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

  private static String date(byte[] bytes, int offset, int length) {
    return length == 10 && bytes[offset] != 'i' && bytes[offset] != '-'
        ? ""
        : "the column cannot hold infinity, years before 1 or after 9999";
  }

  private static ValueLimits timestamp(
      ValueType.Timestamp source, ValueType.Timestamp target, boolean since1970) {
    int expected = source.digits() == 0 ? 19 : 20 + source.digits();
    int kept = target.digits() == 0 ? 19 : 20 + target.digits();
    return (bytes, offset, length) -> {
      if (length != expected || bytes[offset] == 'i' || bytes[offset] == '-') {
        return "the column cannot hold infinity, years before 1 or after 9999";
      }
      for (int i = kept; i < length; i++) {
        if (bytes[offset + i] != '0' && bytes[offset + i] != '.') {
          return "the column takes fewer digits of a second";
        }
      }
      if (since1970 && !source.equals(target)) {
        // A TIMESTAMP is of the years 1970 to 2038; its zero is of another source's only.
        String day = new String(bytes, offset, 19, StandardCharsets.US_ASCII);
        if (day.compareTo("1970-01-01 00:00:01") < 0 || day.compareTo("2038-01-19 03:14:07") > 0) {
          return "the column cannot hold moments before 1970 or after 2038-01-19 03:14:07 UTC";
        }
      }
      return "";
    };
  }

  private static ValueLimits time(int from, int to) {
    return (bytes, offset, length) -> {
      int end = offset + length;
      int point = from == 0 ? end : end - from - 1;
      int hours = point - 6 - offset - (bytes[offset] == '-' ? 1 : 0);
      String text = new String(bytes, offset, length, StandardCharsets.US_ASCII);
      String digits = text.startsWith("-") ? text.substring(1) : text;
      if (hours > 3
          || (hours == 3 && digits.compareTo("838:59:59") > 0 && !digits.startsWith("838:59:59"))) {
        return "the column cannot hold more than 838:59:59";
      }
      for (int i = point + 1 + to; i < end; i++) {
        if (bytes[i] != '0') {
          return "the column takes fewer digits of a second";
        }
      }
      return "";
    };
  }

  private static ValueLimits text(ValueType target) {
    if (target instanceof ValueType.Enumeration type) {
      List<String> labels = type.labels();
      return (bytes, offset, length) ->
          length == 0 || labels.contains(new String(bytes, offset, length, StandardCharsets.UTF_8))
              ? ""
              : "it is none of the column's labels";
    }
    if (!(target instanceof ValueType.Text to)) {
      return NONE;
    }
    return (bytes, offset, length) -> {
      if (length <= to.maxLength()) {
        return "";
      }
      long characters = 0;
      for (int i = offset; i < offset + length; i++) {
        characters += (bytes[i] & 0xc0) == 0x80 ? 0 : 1;
      }
      return characters <= to.maxLength() ? "" : "the text is longer than the column takes";
    };
  }

  private static ValueLimits binary(ValueType target) {
    return target instanceof ValueType.Binary to
        ? (bytes, offset, length) ->
            length > to.maxLength() || (to.fixed() && length != to.maxLength())
                ? "it has another length than the column takes"
                : ""
        : NONE;
  }
}
