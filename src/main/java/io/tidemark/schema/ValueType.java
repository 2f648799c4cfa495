package io.tidemark.schema;

import java.io.Serializable;
import java.util.List;

/**
 * What the values of a column are, and how a {@code Row} and a portable chunk hold them, whichever
 * database they come from: the <em>portable encoding</em>. A value has one encoding only, so that a
 * value read by a snapshot and the same value read from the log are the same bytes.
 *
 * <p>Everything is UTF-8 text but for the types that say raw bytes ({@link #isRaw}). What a type
 * describes may be more than a target can hold; then the target says so.
 */
public sealed interface ValueType extends Serializable {

  /**
   * Whether the encoding is bytes that are not text. Keys show such bytes as hexadecimal digits.
   */
  default boolean isRaw() {
    return false;
  }

  /** Types without parameters. */
  enum Plain implements ValueType {
    /** In the source's own text form, which only a target of the same vendor understands. */
    OWN,
    /**
     * {@code 0} or {@code 1}. MySQL's {@code tinyint(1)}, where it is taken for this, may have
     * other numbers, which a target then cannot hold.
     */
    BOOLEAN,
    /**
     * A decimal number of any size: digits with a point and without an exponent, as many after the
     * point as were stored, or {@code NaN}, {@code Infinity}, {@code -Infinity}.
     */
    NUMBER,
    /**
     * {@code YYYY-MM-DD}; with more digits for later years, with {@code " BC"} behind; {@code
     * infinity}, {@code -infinity}; parts may be zero ({@code 0000-00-00}) where a source has that.
     */
    DATE,
    /** Four digits. */
    YEAR,
    /** 36 characters, lower case. */
    UUID,
    /** JSON text. Equal values may be printed differently by two databases. */
    JSON,
    /** Raw: the SRID as four bytes, least significant first, and the well-known binary form. */
    GEOMETRY {
      @Override
      public boolean isRaw() {
        return true;
      }
    }
  }

  /**
   * A whole number: decimal digits.
   *
   * @param bits 8, 16, 24, 32 or 64
   */
  record Int(int bits, boolean unsigned) implements ValueType {}

  /**
   * A decimal number with exactly {@code scale} digits after the point (and no point if that is 0),
   * a digit before it and no further leading zeros; {@code NaN} where a source has that.
   */
  record Decimal(int precision, int scale) implements ValueType {}

  /**
   * A binary floating-point number, as Java prints it ({@code Float.toString}, {@code
   * Double.toString}): that names every bit.
   *
   * @param bits 32 or 64
   */
  record Real(int bits) implements ValueType {}

  /**
   * Characters.
   *
   * @param maxLength in characters
   * @param padded whether trailing spaces mean nothing; they are left out then
   */
  record Text(long maxLength, boolean padded) implements ValueType {}

  /**
   * Raw bytes.
   *
   * @param fixed whether every value has {@code maxLength} bytes
   */
  record Binary(long maxLength, boolean fixed) implements ValueType {
    @Override
    public boolean isRaw() {
      return true;
    }
  }

  /**
   * A bit string: digits {@code 0} and {@code 1}.
   *
   * @param varying whether a value may be shorter than {@code length}
   */
  record Bits(int length, boolean varying) implements ValueType {}

  /**
   * A time of day, or a span of hours: {@code [-]HH:MM:SS} with two or more digits for the hours,
   * and exactly {@code digits} digits of a second behind a point.
   */
  record Time(int digits) implements ValueType {}

  /**
   * {@code YYYY-MM-DD HH:MM:SS} with exactly {@code digits} digits of a second behind a point;
   * dates as in {@link Plain#DATE}.
   *
   * @param instant whether it is a moment (then it is given in UTC) or what a calendar and a clock
   *     show somewhere
   */
  record Timestamp(int digits, boolean instant) implements ValueType {}

  /** One of the labels; or the empty text, where a source has that for what was none. */
  record Enumeration(List<String> labels) implements ValueType {
    public Enumeration {
      labels = List.copyOf(labels);
    }
  }

  /** Some of the labels, in their order, with commas between. */
  record LabelSet(List<String> labels) implements ValueType {
    public LabelSet {
      labels = List.copyOf(labels);
    }
  }

  /** Raw: single-precision numbers of four bytes each, least significant first. */
  record Vector(int maxDimensions) implements ValueType {
    @Override
    public boolean isRaw() {
      return true;
    }
  }
}
