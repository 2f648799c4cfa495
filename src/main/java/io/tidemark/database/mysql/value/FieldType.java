package io.tidemark.database.mysql.value;

/** What a column or a scalar is in the log and in JSON (MySQL: {@code enum_field_types}). */
public final class FieldType {

  /** TINYINT: one byte. */
  public static final int TINY = 1;

  /** SMALLINT: two bytes. */
  public static final int SHORT = 2;

  /** INT: four bytes. */
  public static final int LONG = 3;

  /** FLOAT: four bytes, IEEE 754. */
  public static final int FLOAT = 4;

  /** DOUBLE: eight bytes, IEEE 754. */
  public static final int DOUBLE = 5;

  /** In JSON a moment; in the log TIMESTAMP of MariaDB in its old form, whole seconds. */
  public static final int TIMESTAMP = 7;

  /** BIGINT: eight bytes. */
  public static final int LONGLONG = 8;

  /** MEDIUMINT: three bytes. */
  public static final int INT24 = 9;

  /** DATE: three bytes. */
  public static final int DATE = 10;

  /** In JSON a time; in the log TIME of MariaDB in its old form, whole seconds. */
  public static final int TIME = 11;

  /** In JSON date and time; in the log DATETIME of MariaDB in its old form, whole seconds. */
  public static final int DATETIME = 12;

  /** YEAR: one byte. */
  public static final int YEAR = 13;

  /** VARCHAR and VARBINARY. */
  public static final int VARCHAR = 15;

  /** BIT, in as many bytes as it needs. */
  public static final int BIT = 16;

  /** TIMESTAMP with a fraction of none to six digits. */
  public static final int TIMESTAMP2 = 17;

  /** DATETIME with a fraction of none to six digits. */
  public static final int DATETIME2 = 18;

  /** TIME with a fraction of none to six digits. */
  public static final int TIME2 = 19;

  /** VECTOR of MySQL: floats of four bytes. */
  public static final int VECTOR = 242;

  /** JSON, in MySQL's binary form. */
  public static final int JSON = 245;

  /** DECIMAL, packed as in {@link BinaryDecimal}. */
  public static final int DECIMAL = 246;

  /** ENUM: its label's number. */
  public static final int ENUM = 247;

  /** SET: a bit for each label. */
  public static final int SET = 248;

  /** BLOB and TEXT of every size. */
  public static final int BLOB = 252;

  /** CHAR and BINARY. */
  public static final int STRING = 254;

  /** Spatial types: the SRID and the well-known binary form. */
  public static final int GEOMETRY = 255;

  private FieldType() {}
}
