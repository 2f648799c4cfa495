package io.tidemark.database.mysql.write;

import io.tidemark.change.Row;
import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.session.ByteText;
import io.tidemark.database.mysql.session.Flavour;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.shared.ValueLimits;
import io.tidemark.schema.ValueType;
import java.nio.charset.StandardCharsets;

/**
 * How the values of one column, given in the portable encoding, are written in SQL and in the input
 * of LOAD DATA. Says first whether the column can hold a value: what the servers would round or cut
 * off without a word must not reach them.
 */
public final class FieldEncoding {

  private static final byte[] NULL = "NULL".getBytes(StandardCharsets.US_ASCII);

  /**
   * Without an exponent it would be a decimal literal, which has no such zero (MySQL manual,
   * 11.1.2).
   */
  private static final String ZERO_BELOW_ZERO = "-0e0";

  /** How a value is written. */
  private enum Form {
    /** As it is: digits, a point, an exponent. */
    NUMBER,
    /** A single-precision number, as the double that equals it: that parses to the same bits. */
    FLOAT,
    /** Binary digits, as the number that they are. */
    BITS,
    TEXT,
    RAW
  }

  private final MySqlColumn column;
  private final String name;
  private final Form form;
  private final ValueLimits limits;
  private final boolean isWhole;
  private final boolean isReal;

  /**
   * @param source what the values are
   * @param column of the target
   * @param limits what each value has to pass, see {@link Conversions}
   */
  FieldEncoding(ValueType source, MySqlColumn column, ValueLimits limits) {
    this.column = column;
    this.name = Identifiers.quote(column.name());
    this.form = form(source, column);
    this.limits = limits;
    this.isWhole = source instanceof ValueType.Int;
    this.isReal = source instanceof ValueType.Real;
  }

  MySqlColumn column() {
    return column;
  }

  /** Quoted. */
  String name() {
    return name;
  }

  private static Form form(ValueType source, MySqlColumn column) {
    if (source.isRaw()) {
      return Form.RAW;
    }
    // One digit, where it is a truth.
    if (column.dataType().equals("bit")) {
      return Form.BITS;
    }
    // Whatever may hold more than a number's characters goes between quotes.
    boolean number =
        source instanceof ValueType.Int
            || source instanceof ValueType.Decimal
            || source instanceof ValueType.Real
            || source == ValueType.Plain.NUMBER
            || source == ValueType.Plain.BOOLEAN;
    if (!number || !isNumber(column.dataType())) {
      return Form.TEXT;
    }
    return source instanceof ValueType.Real real && real.bits() == 32 ? Form.FLOAT : Form.NUMBER;
  }

  private static boolean isNumber(String dataType) {
    return switch (dataType) {
      case "tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double" ->
          true;
      default -> false;
    };
  }

  /**
   * Why the column cannot hold the value; empty if nothing is known against it. Only for a field
   * that is present and not null.
   */
  String problem(Row row, int field) {
    return limits == ValueLimits.NONE
        ? ""
        : limits.problem(row.array(), row.offset(field), row.length(field));
  }

  /** Whether the row's value is the empty text of an enumeration that has no such label. */
  boolean isNoLabel(Row row, int field) {
    return column.dataType().equals("enum")
        && row.isPresent(field)
        && !row.isNull(field)
        && row.length(field) == 0
        && column.column().values() instanceof ValueType.Enumeration type
        && !type.labels().contains("");
  }

  /** Writes the value as a literal. Only for a field that is present. */
  void literal(Row row, int field, ByteText sql) {
    if (row.isNull(field)) {
      sql.add(NULL, 0, NULL.length);
      return;
    }
    byte[] bytes = row.array();
    int offset = row.offset(field);
    int length = row.length(field);
    switch (form) {
      case NUMBER -> {
        if (isZeroBelowZero(bytes, offset, length)) {
          sql.add(ZERO_BELOW_ZERO);
        } else {
          sql.add(bytes, offset, length);
        }
      }
      case FLOAT -> {
        String number = asDouble(row.text(field));
        sql.add(number.equals("-0.0") ? ZERO_BELOW_ZERO : number);
      }
      case BITS -> sql.add(asNumber(row.text(field)));
      case TEXT -> sql.addQuoted(bytes, offset, length);
      case RAW -> sql.add("x'").addHex(bytes, offset, length).add('\'');
    }
  }

  /** Whether its values are whole numbers. */
  boolean isInteger() {
    return form == Form.NUMBER && isWhole;
  }

  /** Whether its values are bytes. */
  boolean isRaw() {
    return form == Form.RAW;
  }

  /**
   * Writes the value as a field of a derived table, so that the column's type there does not depend
   * on what other rows have. Only for a field that is present.
   *
   * @param isKey whether it is compared with a column rather than assigned to one
   */
  void joined(Row row, int field, boolean isKey, ByteText sql) {
    if (row.isNull(field)) {
      sql.add(NULL, 0, NULL.length);
    } else if (form == Form.NUMBER && !isKey) {
      sql.addQuoted(row.array(), row.offset(field), row.length(field));
    } else if (form == Form.FLOAT) {
      sql.add('\'').add(asDouble(row.text(field))).add('\'');
    } else {
      literal(row, field, sql);
    }
  }

  /**
   * Whether LOAD DATA cannot take the field as it is, so that {@link #loaded} has to convert it.
   */
  boolean isLoadedThroughVariable() {
    return form == Form.RAW || form == Form.BITS;
  }

  /** What the column is set to, given the variable that took the field. */
  String loaded(String variable) {
    return form == Form.RAW ? "UNHEX(" + variable + ")" : "CAST(" + variable + " AS UNSIGNED)";
  }

  /** Writes the value as a field of LOAD DATA. Only for a field that is present and not null. */
  void field(Row row, int field, ByteText line) {
    byte[] bytes = row.array();
    int offset = row.offset(field);
    int length = row.length(field);
    switch (form) {
      case NUMBER -> line.add(bytes, offset, length);
      case FLOAT -> line.add(asDouble(row.text(field)));
      case BITS -> line.add(asNumber(row.text(field)));
      case TEXT -> line.addField(bytes, offset, length);
      case RAW -> line.addHex(bytes, offset, length);
    }
  }

  private boolean isZeroBelowZero(byte[] bytes, int offset, int length) {
    return isReal
        && length == 4
        && bytes[offset] == '-'
        && bytes[offset + 1] == '0'
        && bytes[offset + 3] == '0';
  }

  private static String asDouble(String text) {
    return Double.toString(Float.parseFloat(text));
  }

  private static String asNumber(String digits) {
    return Long.toUnsignedString(Long.parseUnsignedLong(digits, 2));
  }

  /**
   * The condition that the column has exactly the row's value, null included. Text is compared
   * character by character, whatever the column's own collation takes for equal.
   *
   * @param flavour whose functions are used
   */
  void equality(Row row, int field, Flavour flavour, ByteText sql) {
    switch (column.dataType()) {
      case "char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set" ->
          sql.add("CONVERT(" + name + " USING utf8mb4) COLLATE " + exactCollation(flavour));
      case "json" -> sql.add(flavour == Flavour.MYSQL ? "CAST(" + name + " AS JSON)" : name);
      default -> sql.add(column.column().values().isRaw() ? "HEX(" + name + ")" : name);
    }
    sql.add(" <=> ");
    if (row.isNull(field)) {
      sql.add(NULL, 0, NULL.length);
    } else if (form == Form.RAW) {
      ByteText hex = new ByteText();
      hex.addHex(row.array(), row.offset(field), row.length(field));
      sql.add("UPPER('").add(hex).add("')");
    } else if (column.dataType().equals("json") && flavour == Flavour.MYSQL) {
      sql.add("CAST(");
      literal(row, field, sql);
      sql.add(" AS JSON)");
    } else {
      literal(row, field, sql);
    }
  }

  /** The one that tells any two texts apart, trailing spaces included. */
  public static String exactCollation(Flavour flavour) {
    return flavour == Flavour.MYSQL ? "utf8mb4_0900_bin" : "utf8mb4_nopad_bin";
  }
}
