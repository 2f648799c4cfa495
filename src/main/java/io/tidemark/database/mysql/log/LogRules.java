package io.tidemark.database.mysql.log;

import io.tidemark.database.mysql.catalog.UnloggedCascades;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.schema.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What of the server decides what a statement in its log means.
 *
 * @param anyCase whether letter case is passed over in the names of databases and tables
 * @param unloggedCascades why rows that a foreign key changes are not in the log; empty if they are
 * @param updateCascades the foreign keys of copied tables that change such rows
 */
record LogRules(boolean anyCase, Optional<String> unloggedCascades, UpdateCascades updateCascades) {

  /**
   * Asks the server, whose answers change when it is started again, or a foreign key is dropped.
   *
   * @param tables the copied ones
   */
  static LogRules read(MySqlQueries queries, List<Table> tables) {
    // Rows in the log name their table in lower case then.
    boolean anyCase = UnloggedCascades.anyCase(queries);
    Optional<String> reason = UnloggedCascades.reason(queries);
    List<UpdateCascades.Cascade> cascades = new ArrayList<>();
    if (reason.isPresent()) {
      for (Table table : tables) {
        UnloggedCascades.of(queries, table.id(), tables).stream()
            .filter(UnloggedCascades.Cascade::updates)
            .map(UnloggedCascades.Cascade::key)
            .forEach(
                key ->
                    cascades.add(
                        new UpdateCascades.Cascade(
                            table.id(),
                            key.name(),
                            key.referenced(),
                            key.referencedColumns(),
                            reason.get())));
      }
    }
    return new LogRules(anyCase, reason, new UpdateCascades(cascades));
  }
}
