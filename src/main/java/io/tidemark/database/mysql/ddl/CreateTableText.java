package io.tidemark.database.mysql.ddl;

import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.catalog.MySqlSchemaDescription.TableDefinition;
import io.tidemark.database.mysql.ddl.TablePlan.Addition;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Plans a table from what SHOW CREATE TABLE says of it, which has one definition per line (line
 * ends inside texts are escaped). Secondary indexes and foreign keys are left for after the copy,
 * but for those that the table cannot be without: the one that numbering needs, and the one that
 * names rows where there is no primary key.
 */
final class CreateTableText {

  private static final Pattern NAMED_INDEX =
      Pattern.compile("(UNIQUE |FULLTEXT |SPATIAL )?KEY `((?:[^`]|``)+)` \\((.*)");
  private static final Pattern ENGINE = Pattern.compile("ENGINE=\\w+");

  private final TableDefinition definition;

  CreateTableText(TableDefinition definition) {
    this.definition = definition;
  }

  TablePlan plan(TableId id, List<Addition> foreignKeys) {
    String[] lines = definition.createStatement().split("\n", -1);
    List<String> kept = new ArrayList<>();
    List<Addition> indexes = new ArrayList<>();
    int end = 1;
    for (; end < lines.length && !lines[end].startsWith(")"); end++) {
      String line = lines[end].strip();
      String clause = line.endsWith(",") ? line.substring(0, line.length() - 1) : line;
      Matcher index = NAMED_INDEX.matcher(clause);
      boolean foreignKey = clause.startsWith("CONSTRAINT ") && clause.contains(" FOREIGN KEY (");
      if (index.matches() && !isNeeded(index)) {
        indexes.add(new Addition(index.group(2).replace("``", "`"), "ADD " + clause));
      } else if (!foreignKey) {
        kept.add("  " + clause);
      }
    }
    StringBuilder rest = new StringBuilder();
    for (int i = end; i < lines.length; i++) {
      rest.append(i == end ? "" : "\n").append(lines[i]);
    }
    // Another engine would not undo a transaction that fails.
    String options = ENGINE.matcher(rest).replaceFirst("ENGINE=InnoDB");
    return new TablePlan(
        id,
        "CREATE TABLE IF NOT EXISTS "
            + Identifiers.quote(id)
            + " (\n"
            + String.join(",\n", kept)
            + "\n"
            + options,
        columns(),
        indexes,
        foreignKeys);
  }

  private boolean isNeeded(Matcher index) {
    String parts = index.group(3);
    Optional<String> automatic =
        definition.columns().stream()
            .filter(MySqlColumn::automatic)
            .map(MySqlColumn::name)
            .findFirst();
    if (automatic.isPresent()
        && parts.startsWith(Identifiers.quote(automatic.get()))
        && !definition.portable().primaryKey().stream().findFirst().equals(automatic)) {
      return true;
    }
    return "UNIQUE ".equals(index.group(1))
        && definition.portable().primaryKey().isEmpty()
        && definition
            .table()
            .key()
            .map(PrimaryKey::columns)
            .filter(key -> parts.startsWith(quoted(key) + ")"))
            .isPresent();
  }

  private static String quoted(List<String> columns) {
    return columns.stream().map(Identifiers::quote).collect(Collectors.joining(","));
  }

  private Set<String> columns() {
    return definition.table().columns().stream().map(Column::name).collect(Collectors.toSet());
  }
}
