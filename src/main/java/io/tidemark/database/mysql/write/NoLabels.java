package io.tidemark.database.mysql.write;

import io.tidemark.change.Row;
import java.sql.SQLWarning;
import java.util.ArrayList;
import java.util.List;

/**
 * An enumeration may hold, beside its labels, an error value with the text '' (MySQL manual,
 * 13.3.5, Index Values for Enumeration Literals). Strict mode takes it from nobody, also not from a
 * copy, so that rows which have it go through statements with IGNORE, one by one; and what these
 * would otherwise ignore is told by their warnings.
 */
final class NoLabels {

  /** {@code WARN_DATA_TRUNCATED}, which the error value always causes. */
  private static final int TRUNCATED = 1265;

  private NoLabels() {}

  /** Refuses every warning but that of the row's own error values. */
  static void refuseOtherWarnings(TargetTable target, Row row, TargetStatements.Result result) {
    List<String> expected = new ArrayList<>();
    for (int field = 0; field < row.size(); field++) {
      FieldEncoding encoding = target.fields().get(field);
      if (encoding.isNoLabel(row, field)) {
        expected.add("column '" + encoding.column().name() + "'");
      }
    }
    for (SQLWarning warning = result.warning().orElse(null);
        warning != null;
        warning = warning.getNextWarning()) {
      String message = String.valueOf(warning.getMessage());
      if (warning.getErrorCode() != TRUNCATED || expected.stream().noneMatch(message::contains)) {
        throw TargetFailure.warned(
            "applying a change to table " + target.id() + ", key " + target.key(row), warning);
      }
    }
  }
}
