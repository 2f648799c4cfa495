package io.tidemark.database.mysql.check;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.mysql.catalog.MySqlCatalog.Entry;
import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.log.MySqlRowFilters;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.shared.Findings;
import io.tidemark.schema.Column;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Selection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Whether the job's conditions are ones that a row's own columns decide, and decide alike in the
 * snapshot and in the log. The words are looked at first, and then the server, which is asked in
 * both ways.
 */
final class FilterChecks {

  private static final String REMEDY =
      "write a condition on the table's copied columns in source.where, with operators and functions"
          + " of these values alone (no subquery, no variable, no clock, no function of a user's)";

  private final MySqlQueries queries;
  private final Selection selection;
  private final Findings findings;

  FilterChecks(MySqlQueries queries, Selection selection, Findings findings) {
    this.queries = queries;
    this.selection = selection;
    this.findings = findings;
  }

  void check(Entry entry) {
    TableId id = entry.table().id();
    Optional<String> filter = selection.filterOf(id);
    if (filter.isEmpty()) {
      return;
    }
    Set<String> names =
        entry.table().columns().stream().map(Column::name).collect(Collectors.toSet());
    List<MySqlColumn> copied =
        entry.columns().stream().filter(column -> names.contains(column.name())).toList();
    Optional<String> problem =
        new RowCondition(filter.get(), id.name(), copied, queries.version().isMariaDb()).problem();
    if (problem.isEmpty()) {
      problem = refused(entry);
    }
    problem.ifPresent(
        text ->
            findings.error(
                id.toString(),
                "the filter (" + filter.get() + ") cannot be used: " + text,
                REMEDY));
  }

  private Optional<String> refused(Entry entry) {
    TableId id = entry.table().id();
    try {
      queries.list(
          "trying it on the table",
          "SELECT 1 FROM "
              + Identifiers.quote(id)
              + " WHERE "
              + selection.termOf(id).orElseThrow()
              + " LIMIT 0",
          row -> row.getInt(1));
      MySqlRowFilters.require(queries, selection, entry.table());
      return Optional.empty();
    } catch (DatabaseException e) {
      if (e.kind() != DatabaseException.Kind.FATAL) {
        throw e;
      }
      return Optional.of(e.getMessage());
    }
  }
}
