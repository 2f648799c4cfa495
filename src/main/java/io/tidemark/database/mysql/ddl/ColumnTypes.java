package io.tidemark.database.mysql.ddl;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.ServerVersion;
import io.tidemark.database.mysql.write.FieldEncoding;
import io.tidemark.schema.ValueType;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Which type a column gets that is made for values of another vendor; {@code docs/types.md} shows
 * the same as a table.
 *
 * @param server that gets the columns
 * @param moments the type for moments in UTC: {@code timestamp} where the source's is that, else
 *     {@code datetime}, which reaches beyond the years 1970 to 2038
 */
record ColumnTypes(ServerVersion server, String moments) {

  /** The longest index of InnoDB, in bytes (MySQL manual, 17.1.1; same for MariaDB). */
  static final int MAX_INDEX_BYTES = 3072;

  static final int BYTES_PER_CHARACTER = 4;

  /** Longer ones lie outside the row, whose columns together may have 65,535 bytes. */
  private static final int LONGEST_IN_ROW = 255;

  private static final int MAX_LABELS = 65_535;
  private static final int MAX_SET = 64;

  /**
   * The type of a column.
   *
   * @param indexBytes how much of an index the column may take; empty if it is in none that has to
   *     hold it whole
   * @throws DatabaseException fatal, if there is no type for such values
   */
  String of(String column, ValueType values, Optional<Integer> indexBytes) {
    if (values instanceof ValueType.Int number) {
      return integer(number);
    }
    if (values instanceof ValueType.Decimal number) {
      int scale = Math.max(0, Math.min(30, number.scale()));
      return "decimal(" + Math.min(65, Math.max(number.precision(), scale)) + "," + scale + ")";
    }
    if (values instanceof ValueType.Real number) {
      return number.bits() == 32 ? "float" : "double";
    }
    if (values instanceof ValueType.Text text) {
      return text(text.maxLength(), indexBytes);
    }
    if (values instanceof ValueType.Binary binary) {
      return binary(binary, indexBytes);
    }
    if (values instanceof ValueType.Bits bits) {
      boolean fits = !bits.varying() && bits.length() >= 1 && bits.length() <= 64;
      return fits
          ? "bit(" + bits.length() + ")"
          : text(bits.length() <= 0 ? Long.MAX_VALUE : bits.length(), indexBytes);
    }
    if (values instanceof ValueType.Time time) {
      return fraction("time", time.digits());
    }
    if (values instanceof ValueType.Timestamp stamp) {
      return fraction(stamp.instant() ? moments : "datetime", stamp.digits());
    }
    if (values instanceof ValueType.Enumeration type) {
      return type.labels().isEmpty() || type.labels().size() > MAX_LABELS
          ? text(LONGEST_IN_ROW, indexBytes)
          : "enum(" + labels(type.labels()) + ")" + collate();
    }
    if (values instanceof ValueType.LabelSet type) {
      return type.labels().isEmpty() || type.labels().size() > MAX_SET
          ? text(Long.MAX_VALUE, indexBytes)
          : "set(" + labels(type.labels()) + ")" + collate();
    }
    if (values instanceof ValueType.Vector vector) {
      boolean known = !server.isMariaDb() && server.isAtLeast(9, 0);
      return known
          ? "vector(" + vector.maxDimensions() + ")"
          : "varbinary(" + 4 * vector.maxDimensions() + ")";
    }
    return plain(column, (ValueType.Plain) values);
  }

  private static String plain(String column, ValueType.Plain values) {
    return switch (values) {
      case BOOLEAN -> "tinyint(1)";
      case NUMBER -> "decimal(65,30)";
      case DATE -> "date";
      case YEAR -> "year";
      // Compared as the text that it is; MariaDB's own type has another order.
      case UUID -> "char(36) CHARACTER SET ascii COLLATE ascii_bin";
      case JSON -> "json";
      case GEOMETRY -> "geometry";
      case OWN ->
          throw new DatabaseException(
              Kind.FATAL,
              "column "
                  + column
                  + " has values that only a target of the source's vendor understands; leave it"
                  + " out with source.columns");
    };
  }

  private static String integer(ValueType.Int number) {
    String type =
        switch (number.bits()) {
          case 8 -> "tinyint";
          case 16 -> "smallint";
          case 24 -> "mediumint";
          case 32 -> "int";
          default -> "bigint";
        };
    return number.unsigned() ? type + " unsigned" : type;
  }

  private static String fraction(String type, int digits) {
    return digits <= 0 ? type : type + "(" + Math.min(6, digits) + ")";
  }

  /** Never CHAR: that one does not give back trailing spaces. */
  private String text(long maxLength, Optional<Integer> indexBytes) {
    if (indexBytes.isPresent()) {
      long most = indexBytes.get() / BYTES_PER_CHARACTER;
      return "varchar(" + Math.max(1, Math.min(most, maxLength)) + ")" + collate();
    }
    if (maxLength <= LONGEST_IN_ROW) {
      return "varchar(" + Math.max(1, maxLength) + ")" + collate();
    }
    String type =
        maxLength <= 65_535 / BYTES_PER_CHARACTER
            ? "text"
            : maxLength <= (1 << 24) / BYTES_PER_CHARACTER - 1 ? "mediumtext" : "longtext";
    return type + collate();
  }

  private static String binary(ValueType.Binary type, Optional<Integer> indexBytes) {
    long length = type.maxLength();
    if (type.fixed() && length >= 1 && length <= LONGEST_IN_ROW) {
      return "binary(" + length + ")";
    }
    if (indexBytes.isPresent()) {
      return "varbinary(" + Math.max(1, Math.min(indexBytes.get(), length)) + ")";
    }
    if (length <= LONGEST_IN_ROW) {
      return "varbinary(" + Math.max(1, length) + ")";
    }
    return length <= 65_535 ? "blob" : length < 1 << 24 ? "mediumblob" : "longblob";
  }

  private static String labels(List<String> labels) {
    return labels.stream().map(Identifiers::literal).collect(Collectors.joining(","));
  }

  private String collate() {
    return " CHARACTER SET utf8mb4 COLLATE " + FieldEncoding.exactCollation(server.flavour());
  }
}
