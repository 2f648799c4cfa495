package io.tidemark.database.shared;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What a column of the target can hold, as far as the values that come, in the portable encoding,
 * may be more than that. What the servers would round, cut or take for something else without a
 * word must be found here. The answers are reasons for people and never quote the value. Stateless.
 */
public interface ValueLimits {

  /** Every value that can come is one that the column has. */
  ValueLimits NONE = (bytes, offset, length) -> "";

  /**
   * Looks at one value that is not null.
   *
   * @return why the column cannot hold the value; empty if nothing is known against it
   */
  String problem(byte[] bytes, int offset, int length);

  /** Both these limits and those; what these say comes first. */
  default ValueLimits and(ValueLimits others) {
    if (this == NONE || others == NONE) {
      return this == NONE ? others : this;
    }
    return (bytes, offset, length) -> {
      String problem = problem(bytes, offset, length);
      return problem.isEmpty() ? others.problem(bytes, offset, length) : problem;
    };
  }

  /** Zero and one, for what may have other numbers too. */
  static ValueLimits truth() {
    return (bytes, offset, length) ->
        length == 1 && (bytes[offset] == '0' || bytes[offset] == '1')
            ? ""
            : "it is neither 0 nor 1";
  }

  /** Whole numbers of so many bits, for digits without a point. */
  static ValueLimits whole(int bits, boolean unsigned) {
    BigInteger above = BigInteger.ONE.shiftLeft(unsigned ? bits : bits - 1);
    BigInteger least = unsigned ? BigInteger.ZERO : above.negate();
    return (bytes, offset, length) -> {
      byte last = bytes[offset + length - 1];
      if (last < '0' || last > '9') {
        return "the column cannot hold NaN or infinity";
      }
      BigInteger value =
          new BigInteger(new String(bytes, offset, length, StandardCharsets.US_ASCII));
      return value.compareTo(least) < 0 || value.compareTo(above) >= 0
          ? "the number is out of the column's range"
          : "";
    };
  }

  /** So many digits, of which so many are behind the point. */
  static ValueLimits decimal(int precision, int scale) {
    int whole = precision - scale;
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
      for (int i = point + 1 + scale; i < end; i++) {
        if (bytes[i] != '0') {
          return "the number has more digits after the point than the column takes";
        }
      }
      return "";
    };
  }

  /** Numbers that are not below zero. */
  static ValueLimits unsigned() {
    return (bytes, offset, length) ->
        bytes[offset] == '-' ? "the column cannot hold numbers below zero" : "";
  }

  /** Texts of so many characters. */
  static ValueLimits text(long maxLength) {
    return (bytes, offset, length) -> {
      if (length <= maxLength) {
        return "";
      }
      long characters = 0;
      for (int i = offset; i < offset + length; i++) {
        characters += (bytes[i] & 0xc0) == 0x80 ? 0 : 1;
      }
      return characters <= maxLength ? "" : "the text is longer than the column takes";
    };
  }

  /** Texts that do not end in a space, which a padded column gives back without. */
  static ValueLimits unpadded() {
    return (bytes, offset, length) ->
        length > 0 && bytes[offset + length - 1] == ' '
            ? "the column does not keep the spaces at the text's end"
            : "";
  }

  /**
   * So many bytes.
   *
   * @param fixed whether the column would fill up shorter values
   */
  static ValueLimits bytes(long maxLength, boolean fixed) {
    return (bytes, offset, length) ->
        length > maxLength || (fixed && length != maxLength)
            ? "it has another length than the column takes"
            : "";
  }

  /**
   * Digits of a second.
   *
   * @param from how many every value has
   * @param to how many the column has
   */
  static ValueLimits fraction(int from, int to) {
    if (to >= from) {
      return NONE;
    }
    return (bytes, offset, length) -> {
      int end = offset + length;
      int point = offset;
      while (point < end && bytes[point] != '.') {
        point++;
      }
      for (int i = point + 1 + to; i < end && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
        if (bytes[i] != '0') {
          return "the column takes fewer digits of a second";
        }
      }
      return "";
    };
  }

  /** One of the labels, to the letter, or the empty text. */
  static ValueLimits label(List<String> labels) {
    return (bytes, offset, length) ->
        length == 0 || labels.contains(new String(bytes, offset, length, StandardCharsets.UTF_8))
            ? ""
            : "it is none of the column's labels";
  }

  /** Some of the labels, to the letter and in their order, with commas between. */
  static ValueLimits labels(List<String> labels) {
    return (bytes, offset, length) -> {
      int before = -1;
      String text = new String(bytes, offset, length, StandardCharsets.UTF_8);
      for (String label : text.isEmpty() ? new String[0] : text.split(",", -1)) {
        int place = labels.indexOf(label);
        if (place < 0) {
          return "it has a label that the column lacks";
        }
        if (place <= before) {
          return "its labels have another order in the column";
        }
        before = place;
      }
      return "";
    };
  }
}
