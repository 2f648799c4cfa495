package io.tidemark.database.mysql.catalog;

import io.tidemark.database.SourceMemory;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.schema.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The columns that the server computes. They do not travel, so that a table's description says
 * nothing of them; the target's computes its own by the expression that it was made with. Borrows
 * the connection.
 */
public final class ComputedColumns {

  private static final String COMPUTED =
      """
      SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, EXTRA, GENERATION_EXPRESSION
      FROM information_schema.COLUMNS
      WHERE coalesce(GENERATION_EXPRESSION, '') <> '' AND TABLE_SCHEMA
      """
              .stripTrailing()
          + MySqlCatalog.NOT_OURS
          + " ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION";

  private final MySqlQueries queries;

  public ComputedColumns(MySqlQueries queries) {
    this.queries = queries;
  }

  /** Those that these tables have now. */
  public SourceMemory of(List<Table> tables) {
    Map<String, StringBuilder> all = new HashMap<>();
    queries.list(
        "reading the columns that are computed",
        COMPUTED,
        row ->
            all.computeIfAbsent(
                    Identifiers.quote(row.getString(1)) + "." + Identifiers.quote(row.getString(2)),
                    table -> new StringBuilder())
                .append(row.getString(3))
                .append(' ')
                .append(row.getString(4))
                .append(' ')
                .append(row.getString(5))
                .append(' ')
                .append(row.getString(6))
                .append('\n'));
    Map<String, String> facts = new HashMap<>();
    for (Table table : tables) {
      String name = Identifiers.quote(table.id());
      StringBuilder columns = all.get(name);
      if (columns != null) {
        facts.put(name, columns.toString());
      }
    }
    return new SourceMemory(facts);
  }

  /** Which of these tables have others than they had, in words for a person. */
  public List<String> changesSince(SourceMemory former, List<Table> tables) {
    Map<String, String> now = of(tables).facts();
    List<String> changes = new ArrayList<>();
    for (Table table : tables) {
      String name = Identifiers.quote(table.id());
      if (!now.getOrDefault(name, "").equals(former.facts().getOrDefault(name, ""))) {
        changes.add("table " + table.id() + " was altered: its generated columns are not the same");
      }
    }
    return List.copyOf(changes);
  }
}
