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
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which types of PostgreSQL hold values that another vendor's column may have. */
final class PortableTypes {

  /** From here on a declared length says less than it costs: MySQL's TEXT has 65535. */
  private static final long LONG_TEXT = 65_535;

  private static final int MOST_NUMERIC_DIGITS = 1000;

  private static final List<String> INTEGERS = List.of("smallint", "integer", "bigint");
  private static final List<String> TEXTS = List.of("text", "character varying", "character");

  /** Types that read a text as it is, and print it again with the same meaning. */
  private static final List<String> READ_AS_TEXT =
      List.of("uuid", "json", "jsonb", "xml", "inet", "cidr", "macaddr", "interval", "name");

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

  /**
   * Whether a column that is there already can take such values. A value that is too large for it
   * is an error when it comes.
   *
   * @param type as the server prints it, with modifiers
   */
  static boolean takes(ValueType values, String type) {
    String base = type.replaceAll("\\([^)]*\\)", "").replaceAll(" +", " ").trim();
    Set<String> taken = new HashSet<>(taken(values));
    String made = made(values).replaceAll("\\([^)]*\\)", "");
    taken.add(made);
    boolean text =
        values instanceof Text || values instanceof Enumeration || values instanceof LabelSet;
    return taken.contains(base) || text && base.contains(".") && !base.endsWith("[]");
  }

  private static List<String> taken(ValueType values) {
    if (values instanceof Text || values instanceof Enumeration || values instanceof LabelSet) {
      return join(TEXTS, READ_AS_TEXT);
    }
    if (values instanceof Int || values == Plain.YEAR) {
      return join(INTEGERS, List.of("numeric", "boolean", "oid"), TEXTS);
    }
    if (values == Plain.BOOLEAN) {
      return join(List.of("boolean"), INTEGERS, TEXTS);
    }
    if (values instanceof Decimal decimal && decimal.scale() == 0) {
      return join(INTEGERS, List.of("numeric"), TEXTS);
    }
    if (values instanceof Real) {
      return join(List.of("double precision", "numeric"), TEXTS);
    }
    if (values == Plain.JSON) {
      return join(List.of("json", "jsonb"), TEXTS);
    }
    if (values instanceof Timestamp) {
      return join(List.of("timestamp without time zone", "timestamp with time zone"), TEXTS);
    }
    if (values instanceof Time) {
      return join(List.of("time without time zone", "interval"), TEXTS);
    }
    if (values instanceof Bits bits) {
      return join(
          List.of("bit", "bit varying"),
          bits.length() == 1 ? List.of("boolean") : List.of(),
          TEXTS);
    }
    if (values instanceof Binary binary) {
      return binary.fixed() && binary.maxLength() == 16 ? List.of("bytea", "uuid") : List.of();
    }
    if (values instanceof ValueType.Vector) {
      return List.of("double precision[]", "numeric[]");
    }
    return values == Plain.GEOMETRY ? List.of() : TEXTS;
  }

  @SafeVarargs
  private static List<String> join(List<String>... lists) {
    return java.util.Arrays.stream(lists).flatMap(List::stream).toList();
  }
}
