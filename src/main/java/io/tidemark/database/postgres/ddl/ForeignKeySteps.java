package io.tidemark.database.postgres.ddl;

import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.CheckConstraint;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.ForeignKey;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.TableDefinition;
import io.tidemark.database.postgres.ddl.FinishCatalog.CopiedTable;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PatientStatements;
import io.tidemark.database.postgres.session.QualifiedNames;
import io.tidemark.schema.TableId;
import java.sql.SQLException;
import java.util.Optional;

/** Adds a table's foreign keys, and the checks that the source does not vouch for. */
final class ForeignKeySteps {

  private static final String NOT_VALID = " NOT VALID";

  private final TargetNames names;
  private final FinishCatalog catalog;
  private final PatientStatements statements;

  ForeignKeySteps(TargetNames names, FinishCatalog catalog, PatientStatements statements) {
    this.names = names;
    this.catalog = catalog;
    this.statements = statements;
  }

  /** Adds what is missing; nothing where the target lacks one of the tables. */
  void build(TableDefinition table) throws InterruptedException {
    TableId id = names.of(table.id());
    for (ForeignKey key : table.foreignKeys()) {
      statements.untilDone(
          "adding foreign key " + key.name() + " of " + id, () -> foreignKey(id, key));
    }
    for (CheckConstraint check : table.checks()) {
      if (!check.validated()) {
        statements.untilDone("adding check " + check.name() + " of " + id, () -> check(id, check));
      }
    }
  }

  private void foreignKey(TableId id, ForeignKey key) throws SQLException, InterruptedException {
    Optional<CopiedTable> there = catalog.table(id);
    if (there.isEmpty() || catalog.table(names.of(key.referenced())).isEmpty()) {
      return;
    }
    if (!there.get().partitioned()) {
      add(there.get(), key);
      return;
    }
    if (find(there.get(), "f", key.definition()).isPresent()) {
      return;
    }
    // A partitioned table's foreign key cannot be added as NOT VALID; but it takes in those of its
    // partitions, and looks at no row then.
    for (CopiedTable leaf : catalog.leaves(there.get())) {
      add(leaf, key);
    }
    statements.brieflyLocking(statement(id, key.name(), names.sql(key.definition())));
  }

  private void add(CopiedTable table, ForeignKey key) throws SQLException, InterruptedException {
    Optional<FinishCatalog.Constraint> found = find(table, "f", key.definition());
    if (found.isEmpty()) {
      statements.brieflyLocking(
          statement(
              table.id(),
              catalog.freeConstraintName(table, key.name()),
              names.sql(key.definition()) + NOT_VALID));
      found = find(table, "f", key.definition());
    }
    if (key.validated() && found.isPresent() && !found.get().validated()) {
      // Blocks no writer (manual, ALTER TABLE: SHARE UPDATE EXCLUSIVE).
      statements.execute(
          "ALTER TABLE "
              + Identifiers.quote(table.id())
              + " VALIDATE CONSTRAINT "
              + Identifiers.quote(found.get().name()));
    }
  }

  private void check(TableId id, CheckConstraint check) throws SQLException, InterruptedException {
    Optional<CopiedTable> there = catalog.table(id);
    if (there.isEmpty() || find(there.get(), "c", check.definition()).isPresent()) {
      return;
    }
    statements.brieflyLocking(
        statement(
            id,
            catalog.freeConstraintName(there.get(), check.name()),
            names.sql(check.definition()) + NOT_VALID));
  }

  private Optional<FinishCatalog.Constraint> find(CopiedTable table, String type, String definition)
      throws SQLException {
    String wanted = names.sql(definition);
    return catalog.constraints(table).stream()
        .filter(other -> other.type().equals(type))
        .filter(
            other ->
                QualifiedNames.canonical(other.definition().replaceFirst(NOT_VALID + "$", ""))
                    .equals(wanted))
        .findFirst();
  }

  private static String statement(TableId table, String name, String definition) {
    return "ALTER TABLE "
        + Identifiers.quote(table)
        + " ADD CONSTRAINT "
        + Identifiers.quote(name)
        + " "
        + definition;
  }
}
