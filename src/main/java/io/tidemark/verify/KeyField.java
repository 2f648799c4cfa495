package io.tidemark.verify;

import java.util.Arrays;

/**
 * How one column of a key is ordered, the same way by both databases and here.
 *
 * @param order by number or by the bytes of the text
 */
record KeyField(String column, Order order) {

  enum Order {
    /** An integer, in its own order. */
    NUMBER,
    /** A type whose own order is the order of its text (uuid). */
    OWN,
    /** Anything else, in the order of its UTF-8 text under the collation "C". */
    TEXT
  }

  /** What a database sorts by. */
  String sortExpression(String quotedColumn) {
    return order == Order.TEXT
        ? "(" + quotedColumn + ")::pg_catalog.text COLLATE pg_catalog.\"C\""
        : quotedColumn;
  }

  /** Compares two values of this column, given as unescaped text. */
  int compare(byte[] one, byte[] other) {
    return order == Order.NUMBER
        ? Long.compare(number(one), number(other))
        : Arrays.compareUnsigned(one, other);
  }

  private static long number(byte[] digits) {
    boolean negative = digits[0] == '-';
    long value = 0;
    for (int i = negative ? 1 : 0; i < digits.length; i++) {
      // Counted downwards, as the smallest number has no positive counterpart.
      value = value * 10 - (digits[i] - '0');
    }
    return negative ? value : -value;
  }
}
