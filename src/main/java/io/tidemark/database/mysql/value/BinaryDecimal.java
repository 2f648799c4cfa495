package io.tidemark.database.mysql.value;

import io.tidemark.database.mysql.session.EventBytes;
import io.tidemark.database.mysql.session.ValueBytes;

/**
 * The packed form of a decimal number (MySQL: decimal.cc, decimal2bin): nine digits in four bytes,
 * what is left over in as few as it needs, most significant first, the first bit inverted and all
 * of them for a negative number.
 *
 * @param precision digits in all, 1 to 65
 * @param scale digits after the point, at most 38
 */
public record BinaryDecimal(int precision, int scale) {

  private static final int DIGITS_PER_WORD = 9;
  private static final int WORD = 4;
  private static final int[] BYTES_FOR_DIGITS = {0, 1, 1, 2, 2, 3, 3, 4, 4, 4};

  /**
   * @throws IllegalArgumentException if there is no such type
   */
  public BinaryDecimal {
    if (precision < 1 || precision > 65 || scale < 0 || scale > 38 || scale > precision) {
      throw new IllegalArgumentException("not a type: decimal(" + precision + "," + scale + ")");
    }
  }

  /** How many bytes every value takes. */
  public int bytes() {
    return bytes(precision - scale) + bytes(scale);
  }

  private static int bytes(int digits) {
    return digits / DIGITS_PER_WORD * WORD + BYTES_FOR_DIGITS[digits % DIGITS_PER_WORD];
  }

  /** Writes the number as {@code ValueType.Decimal} has it. */
  public void write(byte[] packed, int offset, ValueBytes out) {
    byte[] value = java.util.Arrays.copyOfRange(packed, offset, offset + bytes());
    boolean negative = (value[0] & 0x80) == 0;
    value[0] ^= (byte) 0x80;
    if (negative) {
      for (int i = 0; i < value.length; i++) {
        value[i] = (byte) ~value[i];
      }
    }
    EventBytes in = new EventBytes(value, 0, value.length);
    StringBuilder whole = new StringBuilder();
    int whole0 = precision - scale;
    digits(in, whole0 % DIGITS_PER_WORD, whole);
    for (int i = 0; i < whole0 / DIGITS_PER_WORD; i++) {
      digits(in, DIGITS_PER_WORD, whole);
    }
    StringBuilder fraction = new StringBuilder();
    for (int i = 0; i < scale / DIGITS_PER_WORD; i++) {
      digits(in, DIGITS_PER_WORD, fraction);
    }
    digits(in, scale % DIGITS_PER_WORD, fraction);
    print(negative, whole, fraction, out);
  }

  private static void print(
      boolean negative, StringBuilder whole, StringBuilder fraction, ValueBytes out) {
    int zeros = 0;
    while (zeros < whole.length() && whole.charAt(zeros) == '0') {
      zeros++;
    }
    boolean isZero = zeros == whole.length() && fraction.chars().allMatch(digit -> digit == '0');
    if (negative && !isZero) {
      out.put('-');
    }
    out.ascii(zeros == whole.length() ? "0" : whole.substring(zeros));
    if (fraction.length() > 0) {
      out.put('.');
      out.ascii(fraction.toString());
    }
  }

  private static void digits(EventBytes in, int count, StringBuilder digits) {
    if (count == 0) {
      return;
    }
    String read = Long.toString(in.bigEndian(BYTES_FOR_DIGITS[count]));
    if (read.length() > count) {
      throw new IllegalArgumentException("a decimal number has more digits than its type");
    }
    digits.append("0".repeat(count - read.length())).append(read);
  }
}
