package io.tidemark.job;

import io.tidemark.schema.TableId;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of one table as a job file writes it: {@code schema.table}, each part as the catalog
 * holds it (case counts); a part that has a dot or a quote in it stands in double quotes, with the
 * quotes inside doubled: {@code "sch.ema"."Ta""ble"}.
 */
final class TableName {

  private static final String PART = "(?:\"((?:[^\"]|\"\")+)\"|([^.\"]+))";
  private static final Pattern NAME = Pattern.compile(PART + "\\." + PART, Pattern.DOTALL);

  private TableName() {}

  /** Empty if {@code text} is not a table's name. */
  static Optional<TableId> parse(String text) {
    Matcher matcher = NAME.matcher(text);
    return matcher.matches()
        ? Optional.of(new TableId(part(matcher, 1), part(matcher, 3)))
        : Optional.empty();
  }

  private static String part(Matcher matcher, int group) {
    String quoted = matcher.group(group);
    return quoted == null ? matcher.group(group + 1) : quoted.replace("\"\"", "\"");
  }
}
