package io.tidemark.database.postgres.catalog;

import io.tidemark.database.postgres.value.PostgresType;
import io.tidemark.schema.ValueType;
import io.tidemark.schema.ValueType.Binary;
import io.tidemark.schema.ValueType.Bits;
import io.tidemark.schema.ValueType.Decimal;
import io.tidemark.schema.ValueType.Int;
import io.tidemark.schema.ValueType.Plain;
import io.tidemark.schema.ValueType.Real;
import io.tidemark.schema.ValueType.Text;
import io.tidemark.schema.ValueType.Time;
import io.tidemark.schema.ValueType.Timestamp;
import io.tidemark.schema.ValueType.Vector;

/**
 * What PostgreSQL's types are in portable terms. A type that nobody else has is a text, in the form
 * in which PostgreSQL prints it.
 */
final class ScalarTypes {

  /** The longest value of any type, in bytes (PostgreSQL manual, 8.3). */
  static final long LONGEST = 1L << 30;

  private static final int LONGEST_BITS = 83_886_080;
  private static final int MICROSECONDS = 6;
  private static final int MOST_DIMENSIONS = 16_000;

  static final PostgresType ANY_TEXT = new PostgresType.Scalar(new Text(LONGEST, false));

  private ScalarTypes() {}

  /**
   * @param oid fixed for built-in types (src/include/catalog/pg_type.dat)
   * @param modifier -1 for none
   */
  static PostgresType of(long oid, String name, int modifier) {
    return switch ((int) oid) {
      case 16 -> scalar(Plain.BOOLEAN);
      case 17 -> scalar(new Binary(LONGEST, false));
      case 18 -> scalar(new Text(4, false)); // "char", whose upper half prints as \ooo
      case 19 -> scalar(new Text(63, false)); // name
      case 20 -> scalar(new Int(64, false));
      case 21 -> scalar(new Int(16, false));
      case 23 -> scalar(new Int(32, false));
      case 26 -> scalar(new Int(32, true)); // oid
      case 114, 3802 -> scalar(Plain.JSON);
      case 700 -> scalar(new Real(32));
      case 701 -> scalar(new Real(64));
      case 1042 -> scalar(new Text(modifier < 0 ? LONGEST : modifier - 4, true)); // char(n)
      case 1043 -> scalar(new Text(modifier < 0 ? LONGEST : modifier - 4, false));
      case 1082 -> scalar(Plain.DATE);
      case 1083 -> scalar(new Time(digits(modifier)));
      case 1114 -> scalar(new Timestamp(digits(modifier), false));
      case 1184 -> scalar(new Timestamp(digits(modifier), true));
      case 1560 -> scalar(new Bits(modifier < 0 ? 1 : modifier, false));
      case 1562 -> scalar(new Bits(modifier < 0 ? LONGEST_BITS : modifier, true));
      case 1700 -> scalar(numeric(modifier));
      case 2950 -> scalar(Plain.UUID);
      default ->
          switch (name) {
            case "hstore" -> new PostgresType.Hstore();
            case "vector" -> scalar(new Vector(modifier < 0 ? MOST_DIMENSIONS : modifier));
            default -> ANY_TEXT;
          };
    };
  }

  private static PostgresType scalar(ValueType type) {
    return new PostgresType.Scalar(type);
  }

  private static int digits(int modifier) {
    return modifier < 0 ? MICROSECONDS : modifier;
  }

  /**
   * Precision and scale are packed into the modifier (src/backend/utils/adt/numeric.c). The scale
   * may be larger than the precision, or negative: {@code numeric(2, -3)} holds up to 99000.
   */
  private static ValueType numeric(int modifier) {
    if (modifier < 0) {
      return Plain.NUMBER;
    }
    int precision = (modifier - 4) >> 16 & 0xffff;
    int scale = scale(modifier);
    return new Decimal(
        scale < 0 ? precision - scale : Math.max(precision, scale), Math.max(0, scale));
  }

  private static int scale(int modifier) {
    return (((modifier - 4) & 0x7ff) ^ 1024) - 1024;
  }

  /** Whether a {@code numeric} with this modifier rounds to tens or more. */
  static boolean roundsWholes(int modifier) {
    return modifier >= 0 && scale(modifier) < 0;
  }
}
