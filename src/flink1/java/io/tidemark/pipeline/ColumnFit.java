package io.tidemark.pipeline;

import io.tidemark.schema.ValueType;
import io.tidemark.schema.ValueType.Binary;
import io.tidemark.schema.ValueType.Decimal;
import io.tidemark.schema.ValueType.Int;
import io.tidemark.schema.ValueType.Plain;
import io.tidemark.schema.ValueType.Real;
import io.tidemark.schema.ValueType.Text;
import io.tidemark.schema.ValueType.Time;
import io.tidemark.schema.ValueType.Timestamp;

/** What a column makes of values that were not meant for it: what it keeps, and what it refuses. */
final class ColumnFit {

  /** As many characters or bytes as no value that travels in an event has. */
  private static final long LONGEST = 1L << 28;

  private ColumnFit() {}

  private static boolean isLongEnough(long column, long values) {
    return column >= Math.min(values, LONGEST);
  }

  /**
   * Whether a column keeps each value as it is, or is an error. What the server would round or cut
   * off without a word does not fit.
   *
   * @param values those of the rows
   * @param column those of the column at the target
   * @param isPostgres whether the target is PostgreSQL, which has a type of its own for moments,
   *     and keeps the numbers of a document as they are
   */
  static boolean fits(ValueType values, ValueType column, boolean isPostgres) {
    if (values instanceof Int number) {
      return column instanceof Int
          || column instanceof Decimal
          || column == Plain.NUMBER
          || column == Plain.BOOLEAN && number.bits() == 8;
    }
    if (values instanceof Decimal number) {
      return column == Plain.NUMBER
          || column instanceof Decimal other && other.scale() >= number.scale()
          || column instanceof Int && number.scale() == 0;
    }
    if (values instanceof Real number) {
      return column instanceof Real other && other.bits() >= number.bits();
    }
    if (values instanceof Text text) {
      return column instanceof Text other
              && !other.padded()
              && isLongEnough(other.maxLength(), text.maxLength())
          || column instanceof ValueType.Enumeration
          || column == Plain.JSON && isPostgres
          || column == Plain.UUID;
    }
    if (values instanceof Binary bytes) {
      return column instanceof Binary other
          && !other.fixed()
          && isLongEnough(other.maxLength(), bytes.maxLength());
    }
    if (values instanceof Time time) {
      return column instanceof Time other && other.digits() >= time.digits();
    }
    if (values instanceof Timestamp moment) {
      return column instanceof Timestamp other
          && other.digits() >= moment.digits()
          && (other.instant() == moment.instant() || moment.instant() && !isPostgres);
    }
    return values == Plain.BOOLEAN && column instanceof Int || values == column;
  }

  /**
   * Whether a server that changes a column's type gives its rows what the source's rows have, or
   * refuses to: so that no value is rounded by one and cut off by the other.
   */
  static boolean converts(ValueType from, ValueType to) {
    return fits(from, to, true)
        || from instanceof Text && to instanceof Text
        || from instanceof Binary && to instanceof Binary
        || from instanceof Int && to instanceof Text
        || from == Plain.DATE && to instanceof Timestamp moment && !moment.instant();
  }
}
