package io.tidemark.database.mysql.value;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Prints a double inside a JSON document as the server does: the shortest decimal number that reads
 * back as the same double (MySQL: dtoa.cc, my_gcvt), and with a point where it would look like a
 * whole number (json_dom.cc).
 */
final class JsonDouble {

  /**
   * Exponents beyond this are written as such, but for a number that has digits behind its point
   * (dtoa.cc, MAX_DECPT_FOR_F_FORMAT).
   */
  private static final int PLAIN_DIGITS = 15;

  private JsonDouble() {}

  static String print(double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("a JSON document has a number that is none");
    }
    if (value == 0) {
      return Double.doubleToRawLongBits(value) == 0 ? "0.0" : "-0.0";
    }
    BigDecimal shortest = shortest(Math.abs(value)).stripTrailingZeros();
    String digits = shortest.unscaledValue().toString();
    // The place of the point behind the first digit is 1.
    int point = digits.length() - shortest.scale();
    String sign = value < 0 ? "-" : "";
    boolean plainIsShort = point <= PLAIN_DIGITS || digits.length() > point;
    if (point < -PLAIN_DIGITS + 1 || !plainIsShort) {
      String mantissa =
          digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
      return sign + mantissa + "e" + (point - 1);
    }
    String plain = shortest.toPlainString();
    return sign + (plain.indexOf('.') < 0 ? plain + ".0" : plain);
  }

  /**
   * The nearest of the decimal numbers with the fewest digits that read back as {@code value}. The
   * one above is tried too: below a power of two the next double is nearer than above it.
   */
  private static BigDecimal shortest(double value) {
    BigDecimal exact = new BigDecimal(value);
    BigDecimal best = new BigDecimal(Double.toString(value));
    for (int digits = best.stripTrailingZeros().precision() - 1; digits > 0; digits--) {
      BigDecimal nearest = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
      BigDecimal above = exact.round(new MathContext(digits, RoundingMode.CEILING));
      if (nearest.doubleValue() == value) {
        best = nearest;
      } else if (above.doubleValue() == value) {
        best = above;
      } else {
        break;
      }
    }
    return closest(exact, best, value);
  }

  /** Of those with as many digits, the one nearest to the double. */
  private static BigDecimal closest(BigDecimal exact, BigDecimal found, double value) {
    int digits = found.stripTrailingZeros().precision();
    BigDecimal nearest = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
    return nearest.doubleValue() == value ? nearest : found;
  }
}
