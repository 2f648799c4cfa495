package io.tidemark.table;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceDatabase;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.CheckedJob;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.StreamNames;
import io.tidemark.table.TableScan.DeclaredColumn;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.flink.table.api.ValidationException;

/**
 * Compares what a DDL declares with what the database has, before anything runs.
 *
 * @param path what the table is called in Flink
 * @param columns those that the database is to have
 * @param key the declared primary key; empty if none is
 * @param changelog what its rows are changes of
 * @param readsLog whether there will be changes
 */
record DeclaredTable(
    String path,
    List<DeclaredColumn> columns,
    List<String> key,
    ChangelogForm changelog,
    boolean readsLog) {

  /**
   * Finds the tables that are meant, and everything in which one is not as it was declared.
   *
   * @param selected which of the tables are meant
   * @throws ValidationException with all that is wrong at once
   */
  Set<TableId> requireIn(SourceDatabase source, Predicate<TableId> selected) {
    List<String> wrong = new ArrayList<>();
    Set<TableId> found = new HashSet<>();
    try (SourceControl control = source.openControl(StreamNames.OBSERVER_EPOCH)) {
      for (Table table : control.tables()) {
        if (selected.test(table.id())) {
          found.add(table.id());
          compare(table, wrong);
        }
      }
    } catch (DatabaseException e) {
      throw new ValidationException("table " + path + " cannot be read: " + e.getMessage(), e);
    }
    if (found.isEmpty()) {
      wrong.add(
          "no table of the database has this name, or the user may not see it. Names are compared"
              + " exactly, or as regular expressions");
    } else {
      source.narrowedTo(found).check(checked()).findings().stream()
          .filter(finding -> finding.severity() == Severity.ERROR)
          .forEach(
              finding ->
                  wrong.add(finding.where() + ": " + finding.problem() + ". " + finding.remedy()));
    }
    requireNone(path, wrong);
    return found;
  }

  /** A key says enough of a row that goes only where rows take the place of what has their key. */
  private CheckedJob checked() {
    CheckedJob checked = new CheckedJob(1, ExistingRows.FAIL, false);
    return changelog == ChangelogForm.UPSERT || !readsLog
        ? checked
        : checked.withWholeRows(
            "give the table 'changelog-mode' = 'upsert', with which a row that goes is known by its"
                + " key");
  }

  /**
   * Says everything that is wrong with a declaration at once.
   *
   * @throws ValidationException if anything is
   */
  static void requireNone(String path, List<String> wrong) {
    if (!wrong.isEmpty()) {
      throw new ValidationException(
          "table " + path + " cannot be read as it is declared:\n- " + String.join("\n- ", wrong));
    }
  }

  private void compare(Table table, List<String> wrong) {
    Map<String, Column> there =
        table.columns().stream().collect(Collectors.toMap(Column::name, Function.identity()));
    for (DeclaredColumn declared : columns) {
      Column column = there.get(declared.name());
      String where = table.id() + ", column " + declared.name() + ": ";
      if (column == null) {
        wrong.add(where + "the database does not have it");
        continue;
      }
      if (ValueConverter.of(column.values(), declared.type()).isEmpty()) {
        wrong.add(
            where
                + column.type()
                + " cannot be declared as "
                + declared.type().copy(true).asSummaryString()
                + "; see docs/sql.md for what can");
      }
      if (column.nullable() && !declared.type().isNullable()) {
        wrong.add(where + "is declared NOT NULL and may be null in the database");
      }
    }
    List<String> keyThere = table.key().map(PrimaryKey::columns).orElse(List.of());
    if (!key.isEmpty() && !Set.copyOf(key).equals(Set.copyOf(keyThere))) {
      wrong.add(
          table.id()
              + ": PRIMARY KEY "
              + key
              + " is declared, and the database has "
              + Optional.of(keyThere)
                  .filter(columns -> !columns.isEmpty())
                  .map(Object::toString)
                  .orElse("none"));
    }
    if (key.isEmpty() && changelog == ChangelogForm.UPSERT) {
      wrong.add(
          table.id()
              + ": changelog-mode upsert needs a declared PRIMARY KEY ("
              + String.join(", ", keyThere)
              + ") NOT ENFORCED");
    }
  }
}
