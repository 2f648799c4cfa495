package io.tidemark.database.postgres.catalog;

import io.tidemark.database.postgres.value.BadValueException;
import io.tidemark.database.postgres.value.FromPortable;
import io.tidemark.database.shared.ValueLimits;
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
import io.tidemark.schema.ValueType.Vector;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which values of another vendor may go into which columns of PostgreSQL: the pairs that are known
 * to keep every value, or whose values that would not be kept are found before the server sees
 * them. It is a list of what is allowed, as an assignment rounds numbers and times, cuts {@code
 * name}, and leaves out spaces without a word (PostgreSQL manual, 8.1.2, 8.5, 8.3).
 */
public final class Conversions {

  private static final int DOMAIN_OF_OID = 32;

  private Conversions() {}

  /**
   * How the values become texts that the column reads.
   *
   * @return empty if such values may not go into such a column
   */
  public static Optional<FromPortable> of(ValueType from, ReceivingColumn to) {
    return Optional.ofNullable(to.builtIn() ? find(from, to) : foreign(from, to));
  }

  /**
   * Whether such values may be part of a key in such a column: numbers, times and bytes that are
   * stored as such, and texts in a column that tells any two of them apart.
   */
  public static boolean keepsKeysApart(ValueType from, ReceivingColumn to) {
    if (!Set.of("text", "varchar", "bpchar", "citext").contains(to.type())) {
      return true;
    }
    boolean text =
        from instanceof Text
            || from instanceof Enumeration
            || from instanceof LabelSet
            || from instanceof Bits
            || from == Plain.UUID;
    return text && to.tellsApart() && !to.type().equals("citext");
  }

  /** Types that are not the server's own: they take texts, and keep them or refuse them. */
  private static @Nullable FromPortable foreign(ValueType from, ReceivingColumn to) {
    boolean text = from instanceof Text || from instanceof Enumeration || from instanceof LabelSet;
    boolean takes = to.kind().equals("e") || to.type().equals("citext");
    return text && takes ? FromPortable.of(from, to.type()) : null;
  }

  private static @Nullable FromPortable find(ValueType from, ReceivingColumn to) {
    return switch (to.type()) {
      case "bool" -> truth(from, to);
      case "int2", "int4", "int8" -> whole(from, to, (Int) to.values());
      case "oid" ->
          from instanceof Int number && number.unsigned()
              ? limited(from, to, range(number, new Int(DOMAIN_OF_OID, true)))
              : null;
      case "numeric" -> numeric(from, to);
      case "float4" -> from.equals(new Real(32)) ? limited(from, to, ValueLimits.NONE) : null;
      case "float8" -> twice(from, to);
      case "text", "varchar", "bpchar" -> text(from, to);
      case "bytea" ->
          from instanceof Binary || from == Plain.GEOMETRY
              ? limited(from, to, ValueLimits.NONE)
              : null;
      case "bit", "varbit" -> bits(from, to, (Bits) to.values());
      case "date" -> from == Plain.DATE ? limited(from, to, ValueLimits.NONE) : null;
      case "time" ->
          from instanceof Time time
              ? limited(
                  from, to, ValueLimits.fraction(time.digits(), ((Time) to.values()).digits()))
              : null;
      case "interval" ->
          from instanceof Time && to.modifier() < 0 ? limited(from, to, ValueLimits.NONE) : null;
      case "timestamp", "timestamptz" ->
          from instanceof Timestamp stamp
              ? limited(
                  from,
                  to,
                  ValueLimits.fraction(stamp.digits(), ((Timestamp) to.values()).digits()))
              : null;
      case "uuid" -> uuid(from, to);
      case "json" ->
          from == Plain.JSON || from instanceof Text ? limited(from, to, ValueLimits.NONE) : null;
      case "jsonb" -> from == Plain.JSON ? limited(from, to, ValueLimits.NONE) : null;
      case "_float4" -> from instanceof Vector ? limited(from, to, ValueLimits.NONE) : null;
      default -> null;
    };
  }

  private static @Nullable FromPortable truth(ValueType from, ReceivingColumn to) {
    boolean digit = from instanceof Bits bits && bits.length() == 1 && !bits.varying();
    return from == Plain.BOOLEAN || from instanceof Int || digit
        ? limited(from, to, ValueLimits.NONE)
        : null;
  }

  private static @Nullable FromPortable whole(ValueType from, ReceivingColumn to, Int range) {
    if (from instanceof Int number) {
      return limited(from, to, range(number, range));
    }
    boolean whole =
        from == Plain.BOOLEAN
            || from == Plain.YEAR
            || from instanceof Decimal decimal && decimal.scale() == 0;
    return whole ? limited(from, to, ValueLimits.whole(range.bits(), range.unsigned())) : null;
  }

  private static ValueLimits range(Int from, Int to) {
    int extra = from.unsigned() && !to.unsigned() ? 1 : 0;
    return from.bits() + extra <= to.bits() && (from.unsigned() || !to.unsigned())
        ? ValueLimits.NONE
        : ValueLimits.whole(to.bits(), to.unsigned());
  }

  private static @Nullable FromPortable numeric(ValueType from, ReceivingColumn to) {
    boolean exact =
        from instanceof Int
            || from instanceof Decimal
            || from == Plain.YEAR
            || from == Plain.NUMBER;
    if (!exact) {
      // A floating-point number's digits name it, but for the zero below zero.
      return from instanceof Real && to.modifier() < 0
          ? limited(from, to, Conversions::notBelowZero)
          : null;
    }
    if (to.modifier() < 0) {
      return limited(from, to, ValueLimits.NONE);
    }
    if (ScalarTypes.roundsWholes(to.modifier())) {
      return null;
    }
    Decimal digits = (Decimal) to.values();
    return limited(from, to, ValueLimits.decimal(digits.precision(), digits.scale()));
  }

  private static String notBelowZero(byte[] bytes, int offset, int length) {
    return length == 4
            && bytes[offset] == '-'
            && bytes[offset + 1] == '0'
            && bytes[offset + 3] == '0'
        ? "the column has no zero below zero"
        : "";
  }

  /** The number that a single-precision one is, and not the nearest one to its shortest digits. */
  private static @Nullable FromPortable twice(ValueType from, ReceivingColumn to) {
    if (!(from instanceof Real real)) {
      return null;
    }
    return real.bits() == 64
        ? limited(from, to, ValueLimits.NONE)
        : (value, offset, length, out) ->
            out.add(
                Double.toString(
                    Float.parseFloat(
                        new String(value, offset, length, StandardCharsets.US_ASCII))));
  }

  private static @Nullable FromPortable text(ValueType from, ReceivingColumn to) {
    if (from.isRaw() || from == Plain.OWN) {
      return null;
    }
    ValueLimits length =
        to.modifier() < 0 ? ValueLimits.NONE : ValueLimits.text(((Text) to.values()).maxLength());
    // As the text that it is: no calendar or clock stands in the way of it.
    return limited(
        new Text(ScalarTypes.LONGEST, false),
        to,
        to.type().equals("bpchar") ? ValueLimits.unpadded().and(length) : length);
  }

  private static @Nullable FromPortable bits(ValueType from, ReceivingColumn to, Bits length) {
    if (!(from instanceof Bits bits)) {
      return null;
    }
    return length.varying()
        ? limited(from, to, ValueLimits.text(length.length()))
        : from.equals(length) ? limited(from, to, ValueLimits.NONE) : null;
  }

  private static @Nullable FromPortable uuid(ValueType from, ReceivingColumn to) {
    if (from instanceof Text) {
      return limited(from, to, Conversions::canonicalUuid);
    }
    return from == Plain.UUID || from.equals(new Binary(16, true))
        ? limited(from, to, ValueLimits.NONE)
        : null;
  }

  private static final Set<Integer> HYPHENS = Set.of(8, 13, 18, 23);

  /** PostgreSQL takes other forms too, and gives back this one. */
  private static String canonicalUuid(byte[] bytes, int offset, int length) {
    boolean canonical = length == 36;
    for (int i = 0; canonical && i < length; i++) {
      byte b = bytes[offset + i];
      canonical = HYPHENS.contains(i) ? b == '-' : b >= '0' && b <= '9' || b >= 'a' && b <= 'f';
    }
    return canonical ? "" : "it is no UUID of 32 lower-case digits and four hyphens";
  }

  private static FromPortable limited(ValueType from, ReceivingColumn to, ValueLimits limits) {
    FromPortable conversion = FromPortable.of(from, to.type());
    if (limits == ValueLimits.NONE) {
      return conversion;
    }
    return (value, offset, length, out) -> {
      String problem = limits.problem(value, offset, length);
      if (!problem.isEmpty()) {
        throw new BadValueException("has a value that does not fit: " + problem);
      }
      conversion.decode(value, offset, length, out);
    };
  }
}
