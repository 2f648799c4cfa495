package io.tidemark.endtoend;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The columns of a table, with what is written to each and how it is printed at the target. */
record GoldenColumns(List<Golden> columns) {

  /**
   * One column.
   *
   * @param sql its values by row; a row beyond them has null
   * @param printed the same
   */
  record Golden(String type, List<String> sql, List<String> printed) {}

  static GoldenColumns of(Golden... columns) {
    return new GoldenColumns(List.of(columns));
  }

  /** A column, with the SQL of each value followed by how it is printed. */
  static Golden golden(String type, String... sqlAndPrinted) {
    List<String> sql = new ArrayList<>();
    List<String> printed = new ArrayList<>();
    for (int i = 0; i < sqlAndPrinted.length; i += 2) {
      sql.add(sqlAndPrinted[i]);
      printed.add(sqlAndPrinted[i + 1]);
    }
    return new Golden(type, sql, printed);
  }

  /** The pattern once for each column, with its number and type, separated by commas. */
  String each(String pattern) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      all.add(pattern.formatted(i, columns.get(i).type()));
    }
    return String.join(", ", all);
  }

  /** The values of a row as SQL, each behind a comma. */
  String sql(int row) {
    return columns.stream()
        .map(column -> row < column.sql().size() ? ", " + column.sql().get(row) : ", NULL")
        .collect(Collectors.joining());
  }

  /** The values of a row as they are printed. */
  List<String> printed(int row) {
    List<String> printed = new ArrayList<>();
    for (Golden column : columns) {
      printed.add(row < column.printed().size() ? column.printed().get(row) : null);
    }
    return printed;
  }
}
