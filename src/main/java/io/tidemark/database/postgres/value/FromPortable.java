package io.tidemark.database.postgres.value;

import io.tidemark.schema.ValueType;
import io.tidemark.schema.ValueType.Timestamp;
import io.tidemark.schema.ValueType.Vector;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Turns one column's values from the portable encoding into a text that PostgreSQL reads as the
 * column's type. Stateless.
 */
public interface FromPortable {

  /** For values that PostgreSQL reads as they are, and has a counterpart for each of. */
  FromPortable AS_IS = (value, offset, length, out) -> out.add(value, offset, length);

  /**
   * Appends the text to {@code out}.
   *
   * @throws BadValueException if the column cannot hold the value
   */
  void decode(byte[] value, int offset, int length, Bytes out);

  /**
   * @param column the name of the column's type in {@code pg_type}; of the base type for a domain
   */
  static FromPortable of(ValueType type, String column) {
    if (type instanceof Vector) {
      return column.equals("vector")
          ? (value, offset, length, out) -> vector(value, offset, length, '[', ']', out)
          : (value, offset, length, out) -> vector(value, offset, length, '{', '}', out);
    }
    if (type.isRaw()) {
      return column.equals("uuid") ? FromPortable::hex : FromPortable::bytes;
    }
    if (column.equals("bool")) {
      return FromPortable::truth;
    }
    if (type == ValueType.Plain.DATE) {
      return (value, offset, length, out) -> {
        requireDate(value, offset, offset + length);
        out.add(value, offset, length);
      };
    }
    if (type instanceof Timestamp) {
      return FromPortable::timestamp;
    }
    if (type instanceof ValueType.Time) {
      return column.equals("interval") ? AS_IS : FromPortable::time;
    }
    if (type == ValueType.Plain.JSON && column.equals("jsonb")) {
      return FromPortable::jsonb;
    }
    boolean text =
        type instanceof ValueType.Text
            || type == ValueType.Plain.JSON
            || type instanceof ValueType.Enumeration
            || type instanceof ValueType.LabelSet;
    return text ? FromPortable::text : AS_IS;
  }

  /** A number other than these two would be an error of the server, or true to some people. */
  private static void truth(byte[] value, int offset, int length, Bytes out) {
    if (length != 1 || value[offset] != '0' && value[offset] != '1') {
      throw new BadValueException("has a value that is neither 0 nor 1, and so no boolean");
    }
    out.add(value, offset, length);
  }

  private static void text(byte[] value, int offset, int length, Bytes out) {
    for (int i = offset; i < offset + length; i++) {
      if (value[i] == 0) {
        throw new BadValueException(
            "has a text with the character U+0000, which PostgreSQL's text cannot hold");
      }
    }
    out.add(value, offset, length);
  }

  /** PostgreSQL manual, 8.14: jsonb keeps strings decoded, and cannot hold this character. */
  private static void jsonb(byte[] value, int offset, int length, Bytes out) {
    for (int i = offset; i + 5 < offset + length; i++) {
      if (value[i] == '\\') {
        if (value[i + 1] == 'u'
            && value[i + 2] == '0'
            && value[i + 3] == '0'
            && value[i + 4] == '0'
            && value[i + 5] == '0') {
          throw new BadValueException(
              "has JSON with the character U+0000, which jsonb cannot hold; the type json can");
        }
        i++;
      }
    }
    out.add(value, offset, length);
  }

  private static void bytes(byte[] value, int offset, int length, Bytes out) {
    out.add('\\');
    out.add('x');
    hex(value, offset, length, out);
  }

  private static void hex(byte[] value, int offset, int length, Bytes out) {
    for (int i = offset; i < offset + length; i++) {
      out.add(Character.forDigit(value[i] >> 4 & 0xf, 16));
      out.add(Character.forDigit(value[i] & 0xf, 16));
    }
  }

  /** Up to 24 hours, that included (PostgreSQL manual, 8.5.1). */
  private static void time(byte[] value, int offset, int length, Bytes out) {
    boolean day = length >= 8 && value[offset + 2] == ':';
    int hours = day ? number(value, offset, offset + 2) : -1;
    boolean more = false;
    for (int i = offset + 3; i < offset + length; i++) {
      more |= value[i] >= '1' && value[i] <= '9';
    }
    if (hours < 0 || hours > 24 || hours == 24 && more) {
      throw new BadValueException(
          "has a span of time that is no time of day; make the column of type interval at the"
              + " target before the copy, which holds it");
    }
    out.add(value, offset, length);
  }

  private static void timestamp(byte[] value, int offset, int length, Bytes out) {
    int end = offset;
    while (end < offset + length && value[end] != ' ') {
      end++;
    }
    requireDate(value, offset, end);
    out.add(value, offset, length);
  }

  /** MySQL has dates with a month or day of zero, and with MODE ALLOW_INVALID_DATES 31 February. */
  private static void requireDate(byte[] value, int from, int end) {
    if (end > from && value[end - 1] == 'y') {
      return; // infinity, -infinity
    }
    int to = end;
    boolean beforeChrist = to - from > 3 && value[to - 1] == 'C';
    if (beforeChrist) {
      to -= 3;
    }
    int year = to - from >= 10 ? number(value, from, to - 6) : -1;
    int month = year < 0 ? -1 : number(value, to - 5, to - 3);
    int day = year < 0 ? -1 : number(value, to - 2, to);
    if (year < 0 || value[to - 3] != '-' || value[to - 6] != '-') {
      throw new BadValueException("has a date that is none");
    }
    if (year == 0 || month == 0 || day == 0) {
      throw new BadValueException(
          "has a date with a zero for its year, month or day, which PostgreSQL's calendar lacks");
    }
    if (month > 12 || day > days(beforeChrist ? year - 1 : year, month)) {
      throw new BadValueException("has a date that is in no calendar");
    }
  }

  /**
   * @param year counted from the one before the year 1, or backwards from there
   */
  private static int days(int year, int month) {
    if (month == 2) {
      return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
    }
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
  }

  /** The number that the digits say; -1 if one is no digit, or there are too many. */
  private static int number(byte[] value, int from, int to) {
    if (to - from > 8) {
      return -1;
    }
    int number = 0;
    for (int i = from; i < to; i++) {
      if (value[i] < '0' || value[i] > '9') {
        return -1;
      }
      number = number * 10 + value[i] - '0';
    }
    return number;
  }

  private static void vector(
      byte[] value, int offset, int length, char open, char close, Bytes out) {
    if (length % 4 != 0) {
      throw new BadValueException("has a vector that ends within a number");
    }
    out.add(open);
    for (int i = offset; i + 3 < offset + length; i += 4) {
      int bits =
          value[i] & 0xff
              | (value[i + 1] & 0xff) << 8
              | (value[i + 2] & 0xff) << 16
              | (value[i + 3] & 0xff) << 24;
      if (i > offset) {
        out.add(',');
      }
      out.add(Float.toString(Float.intBitsToFloat(bits)));
    }
    out.add(close);
  }

  /** A key's value as keys hold it, as PostgreSQL reads it; see {@code Key}. */
  public static String ofKey(ValueType type, String column, String value) {
    byte[] bytes =
        type.isRaw()
            ? java.util.HexFormat.of().parseHex(value)
            : value.getBytes(StandardCharsets.UTF_8);
    Bytes out = new Bytes();
    of(type, column).decode(bytes, 0, bytes.length, out);
    return new String(Arrays.copyOf(out.array(), out.size()), StandardCharsets.UTF_8);
  }
}
