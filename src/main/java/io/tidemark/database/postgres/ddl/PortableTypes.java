package io.tidemark.database.postgres.ddl;

import io.tidemark.schema.ValueType;
import io.tidemark.schema.ValueType.Binary;
import io.tidemark.schema.ValueType.Bits;
import io.tidemark.schema.ValueType.Decimal;
import io.tidemark.schema.ValueType.Enumeration;
import io.tidemark.schema.ValueType.Int;
import io.tidemark.schema.ValueType.LabelSet;
import io.tidemark.schema.ValueType.Plain;
import io.tidemark.schema.ValueType.Real;
import io.tidemark.schema.ValueType.Text;
import io.tidemark.schema.ValueType.Time;
import io.tidemark.schema.ValueType.Timestamp;

/** Which types of PostgreSQL are made for values that another vendor's column may have. */
final class PortableTypes {

  /** From here on a declared length says less than it costs: MySQL's TEXT has 65535. */
  private static final long LONG_TEXT = 65_535;

  private static final int MOST_NUMERIC_DIGITS = 1000;

  private PortableTypes() {}

  /**
   * The type of a column that is made for such values.
   *
   * <p>Unsigned integers take the next larger type, and those of 64 bits {@code numeric(20)}.
   * Padded texts are {@code varchar}: the padding that {@code char(n)} would show is not part of
   * the value. JSON is {@code json} and not {@code jsonb}, which does not keep the text.
   */
  static String made(ValueType type) {
    if (type instanceof Plain plain) {
      return switch (plain) {
        case BOOLEAN -> "boolean";
        case NUMBER -> "numeric";
        case DATE -> "date";
        case YEAR -> "smallint";
        case UUID -> "uuid";
        case JSON -> "json";
        case GEOMETRY -> "bytea";
        case OWN -> throw new IllegalArgumentException("these values are not portable");
      };
    }
    if (type instanceof Int integer) {
      int bits = integer.unsigned() ? integer.bits() + 1 : integer.bits();
      return bits <= 16
          ? "smallint"
          : bits <= 32 ? "integer" : bits <= 64 ? "bigint" : "numeric(20,0)";
    }
    if (type instanceof Decimal decimal) {
      return decimal.precision() > MOST_NUMERIC_DIGITS
          ? "numeric"
          : "numeric(" + decimal.precision() + "," + decimal.scale() + ")";
    }
    if (type instanceof Real real) {
      return real.bits() == 32 ? "real" : "double precision";
    }
    if (type instanceof Text text) {
      return text.maxLength() >= LONG_TEXT
          ? "text"
          : "character varying(" + Math.max(1, text.maxLength()) + ")";
    }
    if (type instanceof Bits bits) {
      return (bits.varying() ? "bit varying(" : "bit(") + bits.length() + ")";
    }
    if (type instanceof Time time) {
      return "time(" + time.digits() + ") without time zone";
    }
    if (type instanceof Timestamp timestamp) {
      return "timestamp("
          + timestamp.digits()
          + (timestamp.instant() ? ") with time zone" : ") without time zone");
    }
    if (type instanceof Enumeration || type instanceof LabelSet) {
      return "text";
    }
    return type instanceof Binary ? "bytea" : "real[]";
  }
}
