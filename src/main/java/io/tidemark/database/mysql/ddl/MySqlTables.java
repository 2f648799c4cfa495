package io.tidemark.database.mysql.ddl;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.session.DefinitionSettings;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.write.TargetTable;
import io.tidemark.schema.TableId;
import io.tidemark.settings.ExistingRows;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Makes the target's tables ready for the copy. */
public final class MySqlTables {

  private static final String TABLES =
      "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?";

  private final MySqlQueries queries;
  private final ExistingRows existing;

  /**
   * @param queries on a connection in auto-commit mode
   */
  public MySqlTables(MySqlQueries queries, ExistingRows existing) {
    this.queries = queries;
    this.existing = existing;
  }

  /**
   * Makes databases and tables that are missing, and takes those that are there as they are. Each
   * step commits; what was made by a run that failed half-way is found by the next one.
   *
   * @throws DatabaseException fatal, if a table lacks a column, or holds rows that may not be
   *     removed
   */
  public void create(List<TablePlan> plans) {
    List<TablePlan> present = new ArrayList<>();
    List<TablePlan> missing = new ArrayList<>();
    for (TablePlan plan : plans) {
      (exists(plan.id()) ? present : missing).add(plan);
    }
    requireColumns(present);
    clear(present);
    queries.execute("preparing to make tables", "SET SESSION foreign_key_checks = 0");
    DefinitionSettings.apply(queries);
    for (String database : TablePlans.databases(missing)) {
      queries.execute(
          "making database " + database + " at the target",
          "CREATE DATABASE IF NOT EXISTS "
              + Identifiers.quote(database)
              + " CHARACTER SET utf8mb4");
    }
    for (TablePlan plan : missing) {
      queries.execute(
          "making table " + plan.id() + " at the target with \"" + plan.create() + "\"",
          plan.create());
    }
  }

  private boolean exists(TableId id) {
    return queries
        .first(
            "looking for table " + id + " at the target",
            TABLES,
            row -> row.getString(1),
            id.schema(),
            id.name())
        .isPresent();
  }

  private void requireColumns(List<TablePlan> present) {
    List<String> problems = new ArrayList<>();
    for (TablePlan plan : present) {
      Set<String> lacking = new TreeSet<>(plan.columns());
      TargetTable.columns(queries, plan.id()).stream()
          .filter(column -> !column.generated())
          .map(MySqlColumn::name)
          .forEach(lacking::remove);
      if (!lacking.isEmpty()) {
        problems.add("table " + plan.id() + " at the target lacks the columns " + lacking);
      }
    }
    if (!problems.isEmpty()) {
      throw new DatabaseException(
          Kind.FATAL,
          String.join("\n", problems)
              + "\nAdd them, drop the table (it is made anew), or rename it on the way.");
    }
  }

  private void clear(List<TablePlan> present) {
    List<TableId> filled =
        present.stream()
            .map(TablePlan::id)
            .filter(
                id ->
                    queries
                        .first(
                            "looking for rows in table " + id + " at the target",
                            "SELECT 1 FROM " + Identifiers.quote(id) + " LIMIT 1",
                            row -> row.getInt(1))
                        .isPresent())
            .toList();
    if (filled.isEmpty()) {
      return;
    }
    if (existing == ExistingRows.FAIL) {
      throw new DatabaseException(
          Kind.FATAL,
          "tables of the target hold rows already: "
              + filled.stream().map(TableId::toString).collect(Collectors.joining(", "))
              + ". Empty them, or let the job do so with target.existing: truncate.");
    }
    queries.execute("preparing to empty tables", "SET SESSION foreign_key_checks = 0");
    for (TableId id : filled) {
      queries.execute(
          "emptying table " + id + " at the target", "TRUNCATE TABLE " + Identifiers.quote(id));
    }
  }
}
