package io.tidemark.database.mysql.catalog;

import io.tidemark.schema.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the values of MySQL's and MariaDB's types are (MySQL manual, chapter 13). */
public final class MySqlTypes {

  private static final Pattern PARAMETER = Pattern.compile("\\w+\\((\\d+)\\).*", Pattern.DOTALL);

  private MySqlTypes() {}

  /**
   * The figures that {@code information_schema.columns} has beside a type; 0 where it has none.
   *
   * @param length in characters, or in bytes where there are no characters
   * @param fraction digits of a second
   */
  record Figures(long length, int precision, int scale, int fraction) {}

  /**
   * @param dataType the bare type: {@code enum}
   * @param columnType with everything: {@code enum('a','b')}
   * @return empty if Tidemark does not copy such values
   */
  static Optional<ValueType> valuesOf(String dataType, String columnType, Figures figures) {
    boolean unsigned = columnType.contains("unsigned");
    return Optional.ofNullable(
        switch (dataType) {
          case "tinyint" -> new ValueType.Int(8, unsigned);
          case "smallint" -> new ValueType.Int(16, unsigned);
          case "mediumint" -> new ValueType.Int(24, unsigned);
          case "int" -> new ValueType.Int(32, unsigned);
          case "bigint" -> new ValueType.Int(64, unsigned);
          case "decimal" -> new ValueType.Decimal(figures.precision(), figures.scale());
          case "float" -> new ValueType.Real(32);
          case "double" -> new ValueType.Real(64);
          case "bit" -> new ValueType.Bits(figures.precision(), false);
          case "date" -> ValueType.Plain.DATE;
          case "year" -> ValueType.Plain.YEAR;
          case "time" -> new ValueType.Time(figures.fraction());
          case "datetime" -> new ValueType.Timestamp(figures.fraction(), false);
          case "timestamp" -> new ValueType.Timestamp(figures.fraction(), true);
          case "char" -> new ValueType.Text(figures.length(), true);
          case "varchar", "tinytext", "text", "mediumtext", "longtext" ->
              new ValueType.Text(figures.length(), false);
          case "binary" -> new ValueType.Binary(figures.length(), true);
          case "varbinary", "tinyblob", "blob", "mediumblob", "longblob" ->
              new ValueType.Binary(figures.length(), false);
          case "enum" -> new ValueType.Enumeration(labels(columnType));
          case "set" -> new ValueType.LabelSet(labels(columnType));
          case "json" -> ValueType.Plain.JSON;
          case "geometry",
              "point",
              "linestring",
              "polygon",
              "multipoint",
              "multilinestring",
              "multipolygon",
              "geomcollection",
              "geometrycollection" ->
              ValueType.Plain.GEOMETRY;
          case "vector" -> new ValueType.Vector(parameter(columnType));
          // MariaDB's.
          case "uuid" -> ValueType.Plain.UUID;
          case "inet6" -> new ValueType.Text(39, false);
          case "inet4" -> new ValueType.Text(15, false);
          default -> null;
        });
  }

  private static int parameter(String columnType) {
    Matcher matcher = PARAMETER.matcher(columnType);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("type " + columnType + " has no parameter");
    }
    return Integer.parseInt(matcher.group(1));
  }

  /**
   * The labels of {@code enum('a','it''s')}. The server doubles quotes, and escapes backslashes,
   * line ends and the character U+0000 with a backslash.
   */
  public static List<String> labels(String columnType) {
    List<String> labels = new ArrayList<>();
    StringBuilder label = new StringBuilder();
    boolean inside = false;
    for (int i = columnType.indexOf('(') + 1; i < columnType.length(); i++) {
      char c = columnType.charAt(i);
      char next = i + 1 < columnType.length() ? columnType.charAt(i + 1) : ' ';
      if (!inside) {
        inside = c == '\'';
      } else if (c == '\\') {
        label.append(unescaped(next));
        i++;
      } else if (c == '\'' && next == '\'') {
        label.append(c);
        i++;
      } else if (c == '\'') {
        labels.add(label.toString());
        label.setLength(0);
        inside = false;
      } else {
        label.append(c);
      }
    }
    return labels;
  }

  private static char unescaped(char escaped) {
    return switch (escaped) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case '0' -> '\0';
      default -> escaped;
    };
  }
}
