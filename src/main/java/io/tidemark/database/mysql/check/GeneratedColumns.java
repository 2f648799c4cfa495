package io.tidemark.database.mysql.check;

import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.database.SchemaDescription;
import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.catalog.MySqlSchemaDescription;
import io.tidemark.database.mysql.catalog.MySqlSchemaDescription.TableDefinition;
import io.tidemark.database.mysql.session.ServerVersion;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Renaming;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Compares what a source of the same product computes with what the target does: generated columns
 * do not travel, and are the source's only where both compute them alike.
 */
final class GeneratedColumns {

  private static final Pattern CHARSETS =
      Pattern.compile("(?i)\\b_(?:utf8mb3|utf8mb4|utf8)(?=\\\\?')| charset utf8(?:mb3|mb4)?\\b");

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

  /** Without the character sets that some versions print with literals and casts. */
  private static String plain(String expression) {
    return CHARSETS.matcher(expression).replaceAll("").replaceAll("\\s+", " ");
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(letter -> letter < 0x80);
  }
}
