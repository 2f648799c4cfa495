package io.tidemark.job;

import io.tidemark.schema.TableId;
import java.util.Optional;

/**
 * The name of one table as a job file writes it: {@code schema.table}, each part as the catalog
 * holds it (case counts); a part that has a dot or a quote in it stands in double quotes, with the
 * quotes inside doubled: {@code "sch.ema"."Ta""ble"}.
 */
final class TableName {

  private TableName() {}

  /** Empty if {@code text} is not a table's name. */
  static Optional<TableId> parse(String text) {
    int dot = endOfPart(text, 0);
    if (dot < 1 || dot >= text.length() || text.charAt(dot) != '.') {
      return Optional.empty();
    }
    int end = endOfPart(text, dot + 1);
    if (end <= dot + 1 || end != text.length()) {
      return Optional.empty();
    }
    String schema = part(text.substring(0, dot));
    String name = part(text.substring(dot + 1));
    return schema.isEmpty() || name.isEmpty()
        ? Optional.empty()
        : Optional.of(new TableId(schema, name));
  }

  /** Where the part that starts here ends; before its start if it is none. */
  private static int endOfPart(String text, int start) {
    int at = start;
    if (at < text.length() && text.charAt(at) == '"') {
      for (at++; at < text.length(); at++) {
        if (text.charAt(at) == '"') {
          if (at + 1 == text.length() || text.charAt(at + 1) != '"') {
            return at + 1;
          }
          at++;
        }
      }
      return -1;
    }
    while (at < text.length() && text.charAt(at) != '.' && text.charAt(at) != '"') {
      at++;
    }
    return at;
  }

  private static String part(String written) {
    return written.startsWith("\"")
        ? written.substring(1, written.length() - 1).replace("\"\"", "\"")
        : written;
  }
}
