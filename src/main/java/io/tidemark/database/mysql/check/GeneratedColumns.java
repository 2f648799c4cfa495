package io.tidemark.database.mysql.check;

import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.database.SchemaDescription;
import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.catalog.MySqlSchemaDescription;
import io.tidemark.database.mysql.catalog.MySqlSchemaDescription.TableDefinition;
import io.tidemark.database.mysql.session.ServerVersion;
import io.tidemark.database.mysql.session.SqlWords;
import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import io.tidemark.settings.Renaming;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Compares what a source of the same product computes with what the target does: generated columns
 * do not travel, and are the source's only where both compute them alike.
 */
final class GeneratedColumns {

  private static final Pattern CHARSETS =
      Pattern.compile("(?i)\\b_(?:utf8mb3|utf8mb4|utf8)(?=\\\\?')| charset utf8(?:mb3|mb4)?\\b");

  /** What the servers take in an expression although a setting decides it. */
  private static final Map<String, String> OF_THE_SESSION =
      Map.ofEntries(
          Map.entry("from_unixtime", "time_zone"),
          Map.entry("unix_timestamp", "time_zone"),
          Map.entry("week", "default_week_format"),
          Map.entry("date_format", "lc_time_names"),
          Map.entry("dayname", "lc_time_names"),
          Map.entry("monthname", "lc_time_names"),
          Map.entry("str_to_date", "sql_mode"),
          Map.entry("aes_encrypt", "block_encryption_mode"),
          Map.entry("aes_decrypt", "block_encryption_mode"),
          Map.entry("/", "div_precision_increment"));

  private final Map<TableId, TableDefinition> tables = new HashMap<>();

  private GeneratedColumns() {}

  static GeneratedColumns of(
      SchemaDescription description, ServerVersion server, Renaming renaming) {
    GeneratedColumns columns = new GeneratedColumns();
    if (description instanceof MySqlSchemaDescription source
        && source.server().flavour() == server.flavour()) {
      source
          .tables()
          .forEach(table -> columns.tables.put(renaming.targetOf(table.table().id()), table));
    }
    return columns;
  }

  /**
   * @param id of the table at the target
   * @param there its columns by name; one that it lacks is left out there
   */
  List<Finding> check(TableId id, Map<String, MySqlColumn> there) {
    List<Finding> findings = new ArrayList<>();
    TableDefinition table = tables.get(id);
    if (table == null) {
      return findings;
    }
    for (MySqlColumn column : table.columns()) {
      MySqlColumn target = there.get(column.name());
      if (column.generated()
          && target != null
          && !plain(target.expression()).equals(plain(column.expression()))) {
        // How letters beyond ASCII are printed differs between servers of one product.
        boolean isSure =
            !target.generated() || isAscii(target.expression()) && isAscii(column.expression());
        findings.add(
            new Finding(
                isSure ? Severity.ERROR : Severity.WARNING,
                id.toString(),
                "column "
                    + column.name()
                    + (target.generated()
                        ? " is generated as " + target.expression()
                        : " is not generated")
                    + " at the target, and as "
                    + column.expression()
                    + " at the source",
                "drop the stream with ./tidemark drop, if there is one, and the table at the target;"
                    + " start again: it is made anew, and copied again"));
      }
    }
    return findings;
  }

  /** Whose values depend on more than their rows, whether the target has the tables yet or not. */
  List<Finding> dependent() {
    List<Finding> findings = new ArrayList<>();
    new TreeMap<>(tables)
        .forEach(
            (id, table) ->
                table.columns().stream()
                    .filter(MySqlColumn::generated)
                    .forEach(
                        column ->
                            dependence(column, table.columns())
                                .ifPresent(
                                    reason -> findings.add(differently(id, column, reason)))));
    return findings;
  }

  private static Finding differently(TableId id, MySqlColumn column, String reason) {
    return new Finding(
        Severity.WARNING,
        id.toString(),
        "column "
            + column.name()
            + " is generated as "
            + column.expression()
            + ", which "
            + reason
            + ": the source computes it under the settings of whoever wrote the row (or reads it),"
            + " the target under those of Tidemark's sessions, whose time zone is UTC",
        "compare its values at the target with the source's before you rely on them; or make it an"
            + " ordinary column at the source, which is copied as it is");
  }

  /** What beside the row its value depends on, of what the servers let an expression depend on. */
  private static Optional<String> dependence(MySqlColumn column, List<MySqlColumn> all) {
    for (SqlWords.Word word : SqlWords.of(column.expression())) {
      String name = word.text().toLowerCase(Locale.ROOT);
      boolean isInstant =
          all.stream()
              .filter(other -> other.name().equalsIgnoreCase(word.text()))
              .map(other -> other.column().values())
              .anyMatch(type -> type instanceof ValueType.Timestamp time && time.instant());
      if (isInstant) {
        return Optional.of("reads " + word.text() + " in the session's time zone");
      }
      if (!word.quoted() && OF_THE_SESSION.containsKey(name)) {
        return Optional.of("depends on the session's " + OF_THE_SESSION.get(name));
      }
    }
    return Optional.empty();
  }

  /** Without the character sets that some versions print with literals and casts. */
  private static String plain(String expression) {
    return CHARSETS.matcher(expression).replaceAll("").replaceAll("\\s+", " ");
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(letter -> letter < 0x80);
  }
}
