package io.tidemark.attack;

import io.tidemark.settings.SchemaChanges;
import java.util.List;
import java.util.Map;

/**
 * What a seed's job file says.
 *
 * @param patterns of the selection, with {@code {db}} for the database
 * @param columns those that travel, by table, where not all of the table's do
 * @param filters what rows must meet, by table
 * @param renamed names at the target, by table, where they are others
 * @param lockless whether nothing is locked at the source ({@code copy.lock: none})
 */
record Terms(
    List<String> patterns,
    Map<String, List<String>> columns,
    Map<String, String> filters,
    Map<String, String> renamed,
    boolean lockless,
    SchemaChanges schemaChanges) {

  Terms {
    patterns = List.copyOf(patterns);
    columns = Map.copyOf(columns);
    filters = Map.copyOf(filters);
    renamed = Map.copyOf(renamed);
  }

  /** Nothing but which tables are copied. */
  static Terms of(List<String> patterns) {
    return new Terms(patterns, Map.of(), Map.of(), Map.of(), false, SchemaChanges.STOP);
  }

  /** The name of a table at the target. */
  String targetOf(String table) {
    return renamed.getOrDefault(table, table);
  }

  /** As a line of a script. */
  String print() {
    return "tables: %s, columns: %s, where: %s, rename: %s, lock: %s, schema-changes: %s"
        .formatted(
            patterns, columns, filters, renamed, lockless ? "none" : "tables", schemaChanges);
  }
}
