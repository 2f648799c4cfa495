package io.tidemark.database.postgres.check;

import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.QualifiedNames;
import io.tidemark.database.shared.Findings;
import io.tidemark.schema.TableId;
import io.tidemark.settings.ExistingRows;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The target's tables that hold rows before the copy, and the one statement that empties them: a
 * table to which foreign keys refer is emptied together with those that refer to it, also where
 * these hold nothing (PostgreSQL manual, TRUNCATE).
 */
final class FilledTables {

  private record Present(TableId id, boolean filled, List<String> referring) {}

  /** By their canonical names. */
  private final Map<String, Present> tables = new LinkedHashMap<>();

  /**
   * Adds a table that is there.
   *
   * @param referring the tables with foreign keys that refer to it, quoted
   */
  void add(TableId table, boolean filled, List<String> referring) {
    tables.put(
        QualifiedNames.canonical(Identifiers.quote(table)), new Present(table, filled, referring));
  }

  /**
   * Says what there is to say.
   *
   * @param ours the names of the job's tables at the target
   */
  void report(Set<String> ours, ExistingRows existing, Findings findings) {
    List<String> filled =
        tables.values().stream()
            .filter(Present::filled)
            .map(table -> table.id().toString())
            .toList();
    if (filled.isEmpty()) {
      return;
    }
    Set<String> statement = new TreeSet<>();
    Set<String> foreign = new TreeSet<>();
    close(ours, statement, foreign);
    String truncate = "TRUNCATE TABLE " + String.join(", ", statement);
    if (existing == ExistingRows.FAIL) {
      findings.error(
          Findings.TARGET,
          "tables at the target hold rows already: " + String.join(", ", filled),
          (foreign.isEmpty()
                  ? ""
                  : "drop the foreign keys of " + foreign + " that refer to them, then: ")
              + truncate
              + "; or let the job do so with target.existing: truncate");
      return;
    }
    findings.warning(
        Findings.TARGET,
        "tables at the target hold rows, which the job will remove: " + String.join(", ", filled),
        "target.existing: error, if that is not wanted");
    if (!foreign.isEmpty()) {
      findings.error(
          Findings.TARGET,
          "the tables cannot be emptied: foreign keys of " + foreign + " refer to them",
          "drop these foreign keys; then the job empties the tables");
    }
  }

  /** Follows the foreign keys that refer to what is to be emptied. */
  private void close(Set<String> ours, Set<String> statement, Set<String> foreign) {
    Deque<Present> open = new ArrayDeque<>();
    tables.values().stream().filter(Present::filled).forEach(open::add);
    while (!open.isEmpty()) {
      Present table = open.remove();
      if (statement.add(Identifiers.quote(table.id()))) {
        for (String referring : table.referring()) {
          String canonical = QualifiedNames.canonical(referring);
          Present other = tables.get(canonical);
          if (other != null) {
            open.add(other);
          } else if (!ours.contains(canonical)) {
            foreign.add(referring);
          }
        }
      }
    }
  }
}
