package io.tidemark.database.mysql.value;

import io.tidemark.database.mysql.session.ValueBytes;
import java.util.List;

/**
 * Writes values in the portable encoding ({@code ValueType}). A snapshot's values and the log's
 * both come through here where more than copying bytes is due, so that a value is the same bytes
 * from both. Stateless.
 */
public final class MySqlValues {

  private static final int MICROSECOND_DIGITS = 6;

  private MySqlValues() {}

  /** {@code Int}: a whole number. */
  public static void integer(long value, boolean unsigned, ValueBytes out) {
    out.ascii(unsigned ? Long.toUnsignedString(value) : Long.toString(value));
  }

  /** {@code Real} of 32 bits. */
  public static void real(float value, ValueBytes out) {
    out.ascii(Float.toString(value));
  }

  /** {@code Real} of 64 bits. */
  public static void real(double value, ValueBytes out) {
    out.ascii(Double.toString(value));
  }

  /**
   * {@code Bits} of fixed length.
   *
   * @param count how many there are, at most 64
   */
  public static void bits(long value, int count, ValueBytes out) {
    for (int bit = count - 1; bit >= 0; bit--) {
      out.put('0' + (int) (value >>> bit & 1));
    }
  }

  /** {@code Binary} of fixed length: zeros at the end are part of the value. */
  public static void fixedBinary(byte[] bytes, int offset, int length, int fixed, ValueBytes out) {
    out.put(bytes, offset, length);
    out.fill(0, Math.max(0, fixed - length));
  }

  static void date(int year, int month, int day, ValueBytes out) {
    out.padded(year, 4);
    out.put('-');
    out.padded(month, 2);
    out.put('-');
    out.padded(day, 2);
  }

  /**
   * {@code Time}, and the second half of {@code Timestamp}.
   *
   * @param digits of the fraction, none to six
   */
  static void time(
      boolean negative,
      int hours,
      int minutes,
      int seconds,
      int micros,
      int digits,
      ValueBytes out) {
    if (negative) {
      out.put('-');
    }
    out.padded(hours, 2);
    out.put(':');
    out.padded(minutes, 2);
    out.put(':');
    out.padded(seconds, 2);
    fraction(micros, digits, out);
  }

  private static void fraction(int micros, int digits, ValueBytes out) {
    if (digits > 0) {
      out.put('.');
      int unused = (int) Math.pow(10, MICROSECOND_DIGITS - digits);
      out.padded(micros / unused, digits);
    }
  }

  /** {@code LabelSet}. */
  public static void labels(long set, List<byte[]> labels, ValueBytes out) {
    boolean first = true;
    for (int i = 0; i < labels.size(); i++) {
      if ((set >>> i & 1) != 0) {
        if (!first) {
          out.put(',');
        }
        out.put(labels.get(i));
        first = false;
      }
    }
    if (labels.size() < Long.SIZE && set >>> labels.size() != 0) {
      throw new IllegalArgumentException("a set has a member that it has no label for");
    }
  }
}
