package io.tidemark.database.mysql.check;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.mysql.catalog.MySqlCatalog;
import io.tidemark.database.mysql.catalog.MySqlCatalog.Entry;
import io.tidemark.database.mysql.catalog.SchemaReader;
import io.tidemark.database.mysql.catalog.UnloggedCascades;
import io.tidemark.database.mysql.catalog.UnloggedCascades.Cascade;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlErrors;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.shared.Findings;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Selection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Whether the selected tables can be copied as they are. */
final class SourceTableChecks {

  private final MySqlQueries queries;
  private final Selection selection;
  private final SourceServerChecks.Facts server;
  private final Optional<String> wholeRows;
  private final Findings findings;

  /**
   * @param wholeRows what else can be done where the log does not have whole rows; empty if it need
   *     not
   */
  SourceTableChecks(
      MySqlQueries queries,
      Selection selection,
      SourceServerChecks.Facts server,
      Optional<String> wholeRows,
      Findings findings) {
    this.wholeRows = wholeRows;
    this.queries = queries;
    this.selection = selection;
    this.server = server;
    this.findings = findings;
  }

  /** Returns whether the tables are known well enough to be looked at further. */
  boolean check() {
    List<MySqlCatalog.UnknownType> unknown;
    List<Entry> entries;
    try {
      unknown = MySqlCatalog.unknownTypes(queries, selection);
      unknown.forEach(
          column ->
              findings.error(
                  column.table().toString(),
                  "column "
                      + column.column()
                      + " has type "
                      + column.type()
                      + ", which Tidemark does not copy",
                  "leave it out: list the other columns under source.columns"));
      if (!unknown.isEmpty()) {
        return false;
      }
      entries = MySqlCatalog.entries(queries, selection);
    } catch (DatabaseException e) {
      if (e.getCause() != null) {
        throw e;
      }
      findings.error(Findings.SOURCE, e.getMessage(), "correct source.tables or source.columns");
      return false;
    }
    patterns(entries);
    named(entries);
    boolean readable = true;
    FilterChecks filters = new FilterChecks(queries, selection, findings);
    List<Table> copied = entries.stream().map(Entry::table).toList();
    for (Entry entry : entries) {
      TableId id = entry.table().id();
      boolean granted = readable(id);
      readable &= granted;
      if (granted && server.unloggedCascades().isPresent()) {
        String reason = server.unloggedCascades().get();
        UnloggedCascades.of(queries, id, copied).forEach(cascade -> cascade(id, cascade, reason));
      }
      kind(entry);
      key(entry);
      if (granted) {
        filters.check(entry);
      }
    }
    if (!server.version().isMariaDb() && server.locks()) {
      entries.stream().map(entry -> entry.table().id().schema()).distinct().forEach(this::mayLock);
    }
    return readable;
  }

  private void patterns(List<Entry> entries) {
    for (String pattern : selection.patterns()) {
      boolean takesAway = pattern.startsWith("!");
      Selection alone =
          new Selection(List.of(pattern.substring(takesAway ? 1 : 0)), Map.of(), Map.of());
      if (!takesAway && entries.stream().noneMatch(entry -> alone.selects(entry.table().id()))) {
        findings.error(
            Findings.SOURCE,
            "pattern " + pattern + " matches no table that the account sees",
            "correct it in source.tables (database.table; names are matched exactly, case"
                + " included), or: GRANT SELECT ON … TO "
                + server.account());
      }
    }
  }

  private void named(List<Entry> entries) {
    Set<TableId> selected =
        entries.stream().map(entry -> entry.table().id()).collect(Collectors.toSet());
    Set<TableId> named = new TreeSet<>(selection.columns().keySet());
    named.addAll(selection.filters().keySet());
    named.removeAll(selected);
    for (TableId id : named) {
      findings.error(
          id.toString(),
          "the job has columns or a filter for a table that it does not select",
          "add it to source.tables, or correct its name");
    }
  }

  private boolean readable(TableId id) {
    try {
      queries.list(
          "reading table " + id,
          "SELECT 1 FROM " + Identifiers.quote(id) + " LIMIT 0",
          row -> row.getInt(1));
      // Not for an account with privileges on columns alone, which may select them by name.
      SchemaReader.createStatement(queries, id);
      return true;
    } catch (DatabaseException e) {
      if (!MySqlErrors.isAccessDenied(e)) {
        throw e;
      }
      findings.error(
          id.toString(),
          "account " + server.account() + " may not read the table",
          "GRANT SELECT ON " + Identifiers.quote(id) + " TO " + server.account());
      return false;
    }
  }

  private void kind(Entry entry) {
    String where = entry.table().id().toString();
    String name = Identifiers.quote(entry.table().id());
    if (!entry.engine().equalsIgnoreCase("InnoDB")) {
      findings.error(
          where,
          "its storage engine is " + entry.engine() + ", which has no snapshots",
          "ALTER TABLE " + name + " ENGINE = InnoDB; or exclude it: \"!" + where + "\"");
    }
    if (entry.versioned()) {
      findings.error(
          where,
          "it is system-versioned: its history would not be copied",
          "ALTER TABLE " + name + " DROP SYSTEM VERSIONING; or exclude it: \"!" + where + "\"");
    }
  }

  private void key(Entry entry) {
    String where = entry.table().id().toString();
    if (entry.table().key().isEmpty() && !server.locks() && !server.version().isMariaDb()) {
      findings.error(
          where,
          "copy.lock is none, and it has no primary key: a change that may have come with the copy"
              + " would be there twice",
          "add a primary key, exclude it: \"!"
              + where
              + "\", or copy with locks (copy.lock: tables)");
    }
    if (server.fullRowImages()) {
      return;
    }
    if (entry.table().key().isEmpty()) {
      findings.error(
          where,
          "it has no primary key, and binlog_row_image is not FULL: the log does not tell which row"
              + " was changed",
          "add a primary key, or: SET GLOBAL binlog_row_image = 'FULL'");
    } else if (selection.filterOf(entry.table().id()).isPresent()) {
      findings.error(
          where,
          "it has a filter, and binlog_row_image is not FULL: whether the old row was selected"
              + " cannot be told",
          "SET GLOBAL binlog_row_image = 'FULL'");
    } else if (wholeRows.isPresent()) {
      findings.error(
          where,
          "binlog_row_image is not FULL: the log has only the key of a row that was changed or"
              + " deleted, and not the row as it was",
          "SET GLOBAL binlog_row_image = 'FULL'; or " + wholeRows.get());
    }
  }

  private void cascade(TableId table, Cascade cascade, String reason) {
    String problem = cascade.problem() + ": " + reason;
    if (cascade.isSilent()) {
      findings.error(table.toString(), problem, cascade.remedy(table));
    } else {
      findings.warning(
          table.toString(),
          problem,
          "nothing, as long as no key that it references is updated: if one is, the stream ends");
    }
  }

  /** Asked of a table that is not there: privileges are looked at first, and nothing is locked. */
  private void mayLock(String database) {
    try {
      queries.execute(
          "trying the account's privileges",
          "LOCK TABLES " + Identifiers.quote(database) + ".`tidemark no such table` READ");
    } catch (DatabaseException e) {
      boolean granted =
          server.grants().contains("LOCK TABLES") || server.grants().contains("ALL PRIVILEGES");
      if (MySqlErrors.isAccessDenied(e) && !granted) {
        findings.error(
            Findings.SOURCE,
            "account "
                + server.account()
                + " may not lock tables of database "
                + database
                + " for the milliseconds in which a snapshot is taken",
            "GRANT LOCK TABLES ON "
                + Identifiers.quote(database)
                + ".* TO "
                + server.account()
                + "; or copy without locks: copy.lock: none");
      }
    }
  }
}
