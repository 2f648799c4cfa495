package io.tidemark.database.mysql.rows;

import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.rows.TableMap.LoggedColumn;
import io.tidemark.database.mysql.value.FieldType;
import io.tidemark.schema.ValueType;
import java.util.Map;
import java.util.Optional;

/** Whether a column of the log is the column that the catalog knows. */
final class ColumnCheck {

  private final Map<Integer, String> charsets;

  /**
   * @param charsets the character set of each collation by the collation's number
   */
  ColumnCheck(Map<Integer, String> charsets) {
    this.charsets = Map.copyOf(charsets);
  }

  /** What is wrong with it, if anything; as the end of a sentence about the column. */
  Optional<String> difference(MySqlColumn column, TableMap map, int place) {
    LoggedColumn logged = map.columns().get(place);
    if (!fits(column, logged)) {
      return Optional.of("has type " + logged.type() + "/" + logged.meta() + " in the log");
    }
    boolean unsigned = column.column().type().contains("unsigned");
    if (map.isUnsigned(place).filter(said -> said != unsigned).isPresent()) {
      return Optional.of(unsigned ? "has a sign in the log" : "has no sign in the log");
    }
    String charset = column.charset().isEmpty() ? "binary" : column.charset();
    Optional<String> said =
        map.collation(place).map(number -> charsets.getOrDefault(number, "number " + number));
    boolean characters = !column.charset().isEmpty();
    return said.filter(name -> characters && !name.equals(charset))
        .map(name -> "has character set " + name + " in the log");
  }

  private static boolean fits(MySqlColumn column, LoggedColumn logged) {
    ValueType values = column.column().values();
    int type = logged.type();
    int meta = logged.meta();
    return switch (column.dataType()) {
      case "tinyint" -> type == FieldType.TINY;
      case "smallint" -> type == FieldType.SHORT;
      case "mediumint" -> type == FieldType.INT24;
      case "int" -> type == FieldType.LONG;
      case "bigint" -> type == FieldType.LONGLONG;
      case "float" -> type == FieldType.FLOAT && meta == 4;
      case "double" -> type == FieldType.DOUBLE && meta == 8;
      case "decimal" ->
          type == FieldType.DECIMAL
              && (!(values instanceof ValueType.Decimal decimal)
                  || meta == (decimal.precision() << 8 | decimal.scale()));
      case "bit" ->
          type == FieldType.BIT
              && (!(values instanceof ValueType.Bits bits)
                  || bits.length() == (meta >> 8) * 8 + (meta & 0xff));
      case "date" -> type == FieldType.DATE;
      case "year" -> type == FieldType.YEAR;
      case "time" -> moment(type, FieldType.TIME2, FieldType.TIME, meta, digits(values));
      case "datetime" ->
          moment(type, FieldType.DATETIME2, FieldType.DATETIME, meta, digits(values));
      case "timestamp" ->
          moment(type, FieldType.TIMESTAMP2, FieldType.TIMESTAMP, meta, digits(values));
      case "char", "binary" -> type == FieldType.STRING;
      case "uuid", "inet6" -> type == FieldType.STRING && meta == 16;
      case "inet4" -> type == FieldType.STRING && meta == 4;
      case "varchar", "varbinary" -> type == FieldType.VARCHAR;
      case "tinytext", "tinyblob" -> type == FieldType.BLOB && meta == 1;
      case "text", "blob" -> type == FieldType.BLOB && meta == 2;
      case "mediumtext", "mediumblob" -> type == FieldType.BLOB && meta == 3;
      case "longtext", "longblob" -> type == FieldType.BLOB && meta == 4;
      case "enum" -> type == FieldType.ENUM;
      case "set" -> type == FieldType.SET;
      case "json" -> type == FieldType.JSON && meta == 4;
      case "vector" -> type == FieldType.VECTOR;
      // Columns that do not travel may be of any type; the ones left that do are spatial.
      default -> values == ValueType.Plain.OWN || type == FieldType.GEOMETRY;
    };
  }

  private static int digits(ValueType values) {
    if (values instanceof ValueType.Time time) {
      return time.digits();
    }
    return values instanceof ValueType.Timestamp timestamp ? timestamp.digits() : 0;
  }

  /** MariaDB has columns in the form from before fractions (mysql56_temporal_format). */
  private static boolean moment(int type, int now, int before, int meta, int digits) {
    return type == now ? meta == digits : type == before && digits == 0;
  }
}
