package io.tidemark.database.postgres.value;

import io.tidemark.schema.ValueType;
import io.tidemark.schema.ValueType.Binary;
import io.tidemark.schema.ValueType.Real;
import io.tidemark.schema.ValueType.Text;
import io.tidemark.schema.ValueType.Time;
import io.tidemark.schema.ValueType.Timestamp;
import io.tidemark.schema.ValueType.Vector;
import java.nio.charset.StandardCharsets;

/**
 * Turns one type's values from PostgreSQL's text form, as both COPY and the log carry it under the
 * session settings of Tidemark, into the portable encoding. Stateless.
 */
public interface ToPortable {

  /** For values that are the same in both. */
  ToPortable AS_IS = (text, offset, length, out) -> out.add(text, offset, length);

  /**
   * Appends the value to {@code out}.
   *
   * @throws IllegalArgumentException if it is no value of this type; does not quote it
   */
  void encode(byte[] text, int offset, int length, Bytes out);

  /** The conversion for a type: {@link #AS_IS} where both forms are the same. */
  static ToPortable of(PostgresType type) {
    if (type instanceof PostgresType.Structure structure) {
      return (text, offset, length, out) -> JsonForm.write(structure, text, offset, length, out);
    }
    ValueType portable = type.portable();
    if (portable == ValueType.Plain.BOOLEAN) {
      return ToPortable::bool;
    }
    if (portable instanceof Real real) {
      return real.bits() == 32 ? ToPortable::single : ToPortable::twice;
    }
    if (portable instanceof Text text && text.padded()) {
      return ToPortable::withoutPadding;
    }
    if (portable instanceof Binary) {
      return ToPortable::bytes;
    }
    if (portable instanceof Time time) {
      return (text, offset, length, out) ->
          clock(text, offset, offset + length, time.digits(), false, out);
    }
    if (portable instanceof Timestamp timestamp) {
      return (text, offset, length, out) -> timestamp(timestamp, text, offset, length, out);
    }
    if (portable instanceof Vector) {
      return ToPortable::vector;
    }
    return AS_IS;
  }

  /** {@code t} and {@code f}; or {@code true} and {@code false}, as a cast to text has it. */
  private static void bool(byte[] text, int offset, int length, Bytes out) {
    out.add(
        switch (length > 5 ? "" : ascii(text, offset, length)) {
          case "t", "true" -> '1';
          case "f", "false" -> '0';
          default -> throw new IllegalArgumentException("not a boolean");
        });
  }

  private static void single(byte[] text, int offset, int length, Bytes out) {
    out.add(Float.toString(Float.parseFloat(ascii(text, offset, length))));
  }

  private static void twice(byte[] text, int offset, int length, Bytes out) {
    out.add(Double.toString(Double.parseDouble(ascii(text, offset, length))));
  }

  private static void withoutPadding(byte[] text, int offset, int length, Bytes out) {
    int end = offset + length;
    while (end > offset && text[end - 1] == ' ') {
      end--;
    }
    out.add(text, offset, end - offset);
  }

  /** {@code \x} and two digits for each byte (PostgreSQL manual, 8.4.1). */
  private static void bytes(byte[] text, int offset, int length, Bytes out) {
    if (length < 2 || length % 2 != 0 || text[offset] != '\\' || text[offset + 1] != 'x') {
      throw new IllegalArgumentException("not bytes in hexadecimal form");
    }
    for (int i = offset + 2; i < offset + length; i += 2) {
      int value = Character.digit(text[i], 16) << 4 | Character.digit(text[i + 1], 16);
      if (value < 0) {
        throw new IllegalArgumentException("not bytes in hexadecimal form");
      }
      out.add(value);
    }
  }

  private static void timestamp(Timestamp type, byte[] text, int offset, int length, Bytes out) {
    int end = offset + length;
    int space = offset;
    while (space < end && text[space] != ' ') {
      space++;
    }
    out.add(text, offset, space - offset);
    if (space < end) { // otherwise infinity or -infinity
      out.add(' ');
      clock(text, space + 1, end, type.digits(), type.instant(), out);
    }
  }

  /** {@code HH:MM:SS[.fraction][+00][ BC]}, with the fraction filled up and without the zone. */
  private static void clock(byte[] text, int start, int end, int digits, boolean zoned, Bytes out) {
    int at = start + 8;
    if (at > end) {
      throw new IllegalArgumentException("not a time of day");
    }
    for (int i = 0; i < 8; i++) {
      byte b = text[start + i];
      if (i % 3 == 2 ? b != ':' : b < '0' || b > '9') {
        throw new IllegalArgumentException("not a time of day");
      }
    }
    out.add(text, start, 8);
    int written = 0;
    if (digits > 0) {
      out.add('.');
    }
    if (at < end && text[at] == '.') {
      for (at++; at < end && text[at] >= '0' && text[at] <= '9'; at++) {
        if (++written > digits) {
          throw new IllegalArgumentException("a time with more digits than its type has");
        }
        out.add(text[at]);
      }
    }
    for (; written < digits; written++) {
      out.add('0');
    }
    if (zoned) {
      if (end - at < 3 || text[at] != '+' || text[at + 1] != '0' || text[at + 2] != '0') {
        throw new IllegalArgumentException("not a time in UTC");
      }
      at += 3;
    }
    if (end - at == 3 && text[at] == ' ' && text[at + 1] == 'B' && text[at + 2] == 'C') {
      out.add(text, at, 3);
    } else if (at != end) {
      throw new IllegalArgumentException("not a time in ISO form");
    }
  }

  /** {@code [1,2.5]}, as the extension pgvector prints it. */
  private static void vector(byte[] text, int offset, int length, Bytes out) {
    if (length < 2 || text[offset] != '[' || text[offset + length - 1] != ']') {
      throw new IllegalArgumentException("not a vector");
    }
    String inner = ascii(text, offset + 1, length - 2);
    for (String number : inner.isEmpty() ? new String[0] : inner.split(",", -1)) {
      int bits = Float.floatToRawIntBits(Float.parseFloat(number));
      for (int shift = 0; shift < 32; shift += 8) {
        out.add(bits >>> shift);
      }
    }
  }

  private static String ascii(byte[] text, int offset, int length) {
    return new String(text, offset, length, StandardCharsets.ISO_8859_1);
  }
}
