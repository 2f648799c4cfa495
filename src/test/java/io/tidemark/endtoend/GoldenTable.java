package io.tidemark.endtoend;

import io.tidemark.testing.GoldenValues;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A table with a column of every type, what is written to it before and after its copy, and how
 * that is printed at the target. Its key is {@code id}.
 *
 * @param name at the source, as SQL
 * @param others what the columns between the key and these have, as SQL behind a comma
 */
record GoldenTable(String name, String others, List<Golden> columns) {

  /** One column. */
  record Golden(String type, GoldenValues values) {}

  static GoldenTable of(String name, String others, Golden... columns) {
    return new GoldenTable(name, others, List.of(columns));
  }

  /** A column, with the SQL of each value followed by how it is printed. */
  static Golden golden(String type, String... sqlAndPrinted) {
    return new Golden(type, GoldenValues.of(sqlAndPrinted));
  }

  /** The pattern once for each column, with its number and type, separated by commas. */
  String each(String pattern) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      all.add(pattern.formatted(i, columns.get(i).type()));
    }
    return String.join(", ", all);
  }

  /** Statements that make the table and fill it with what is copied. */
  String[] copied(String... creating) {
    return Stream.of(Stream.of(creating), inserts(0)).flatMap(all -> all).toArray(String[]::new);
  }

  /**
   * Statements whose changes are streamed.
   *
   * @param update that gives row 20 the values of row 1
   */
  String[] streamed(String update) {
    Stream<String> changes =
        Stream.of(
            "INSERT INTO " + name + " (id) VALUES (20)",
            update,
            "DELETE FROM " + name + " WHERE id = 2");
    return Stream.of(inserts(10), changes).flatMap(all -> all).toArray(String[]::new);
  }

  private Stream<String> inserts(int first) {
    return IntStream.range(0, 3)
        .mapToObj(
            row -> "INSERT INTO " + name + " VALUES (" + (first + row) + others + sql(row) + ")");
  }

  private String sql(int row) {
    return columns.stream()
        .map(column -> ", " + column.values().sql(row))
        .collect(Collectors.joining());
  }

  /** How the rows are printed when all has arrived: 0, 1, 10, 11, 12 and 20. */
  List<List<String>> arrived() {
    return Stream.of(0, 1, 0, 1, 2, 1).map(this::printed).toList();
  }

  private List<String> printed(int row) {
    List<String> printed = new ArrayList<>();
    for (Golden column : columns) {
      printed.add(column.values().found(row).orElse(null));
    }
    return printed;
  }
}
