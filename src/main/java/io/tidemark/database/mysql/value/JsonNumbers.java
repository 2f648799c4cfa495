package io.tidemark.database.mysql.value;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

/**
 * Finds numbers in JSON text that MySQL's {@code json} would change: it keeps whole numbers of 64
 * bits, signed or not, and makes doubles of all others (MySQL manual, 13.5).
 */
public final class JsonNumbers {

  /** So many digits, whole or not, are kept in any case. */
  private static final int SAFE_DIGITS = 15;

  private static final BigDecimal LEAST = BigDecimal.valueOf(Long.MIN_VALUE);
  private static final BigDecimal MOST = new BigDecimal("18446744073709551615");

  private JsonNumbers() {}

  /**
   * @param bytes well-formed JSON text
   * @return why the type cannot hold it; empty if it can
   */
  public static String problem(byte[] bytes, int offset, int length) {
    int end = offset + length;
    int at = offset;
    while (at < end) {
      byte b = bytes[at];
      if (b == '"') {
        at = afterText(bytes, at + 1, end);
      } else if (b == '-' || (b >= '0' && b <= '9')) {
        int from = at;
        while (at < end && isNumeric(bytes[at])) {
          at++;
        }
        if (at - from > SAFE_DIGITS
            && !isKept(new String(bytes, from, at - from, StandardCharsets.US_ASCII))) {
          return "a number in it has more digits than the column's type keeps";
        }
      } else {
        at++;
      }
    }
    return "";
  }

  private static int afterText(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end && bytes[at] != '"') {
      at += bytes[at] == '\\' ? 2 : 1;
    }
    return at + 1;
  }

  private static boolean isNumeric(byte b) {
    return (b >= '0' && b <= '9') || b == '.' || b == '-' || b == '+' || b == 'e' || b == 'E';
  }

  private static boolean isKept(String text) {
    BigDecimal number = new BigDecimal(text);
    boolean whole = text.chars().allMatch(c -> c == '-' || (c >= '0' && c <= '9'));
    if (whole && number.compareTo(LEAST) >= 0 && number.compareTo(MOST) <= 0) {
      return true;
    }
    double nearest = number.doubleValue();
    return Double.isFinite(nearest)
        && new BigDecimal(Double.toString(nearest)).compareTo(number) == 0;
  }
}
