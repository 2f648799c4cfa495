package io.tidemark.database.postgres.ddl;

import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.ExclusionConstraint;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.IndexDefinition;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.KeyConstraint;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.TableDefinition;
import io.tidemark.database.postgres.catalog.TableRows;
import io.tidemark.database.postgres.ddl.FinishCatalog.CopiedTable;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PatientStatements;
import io.tidemark.database.postgres.session.QualifiedNames;
import io.tidemark.schema.TableId;
import java.sql.SQLException;
import java.util.Optional;

/** Builds a table's indexes and the constraints that rest on them. */
final class IndexSteps {

  private final TargetNames names;
  private final FinishCatalog catalog;
  private final PatientStatements statements;

  IndexSteps(TargetNames names, FinishCatalog catalog, PatientStatements statements) {
    this.names = names;
    this.catalog = catalog;
    this.statements = statements;
  }

  /** Builds what is missing; nothing where the target lacks the table. */
  void build(TableDefinition table) throws InterruptedException {
    for (IndexDefinition index : table.indexes()) {
      step(
          table,
          "building index " + index.name(),
          there -> plainIndex(table, there, index.name(), index.unique(), index.body()));
    }
    for (KeyConstraint key : table.keys()) {
      step(table, "adding constraint " + key.name(), there -> key(table, there, key));
    }
    for (ExclusionConstraint exclusion : table.exclusions()) {
      step(
          table,
          "adding constraint " + exclusion.name(),
          there -> constraint(table, there, exclusion.name(), exclusion.definition()));
    }
  }

  private interface TableStep {
    void run(CopiedTable there) throws SQLException, InterruptedException;
  }

  private void step(TableDefinition table, String what, TableStep step)
      throws InterruptedException {
    TableId id = names.of(table.id());
    statements.untilDone(
        what + " of " + id,
        () -> {
          Optional<CopiedTable> there = catalog.table(id);
          if (there.isPresent()) {
            step.run(there.get());
          }
        });
  }

  private void plainIndex(
      TableDefinition table, CopiedTable there, String name, boolean unique, String body)
      throws SQLException, InterruptedException {
    if (builtIndex(there, unique, body).isPresent()) {
      return;
    }
    build(there, names.index(table.id(), name), unique, body);
  }

  /** The name of a valid index that is the same; what a crash left unfinished is dropped. */
  private Optional<String> builtIndex(CopiedTable there, boolean unique, String body)
      throws SQLException, InterruptedException {
    String wanted = names.sql(body);
    Optional<String> built = Optional.empty();
    for (TableRows.IndexRow index : catalog.indexes(there)) {
      boolean same =
          index.unique() == unique && QualifiedNames.canonical(index.body()).equals(wanted);
      if (same && index.valid()) {
        built = Optional.of(index.name());
      } else if (same && !index.constrained() && !there.partitioned()) {
        statements.execute(
            "DROP INDEX CONCURRENTLY IF EXISTS "
                + Identifiers.quote(new TableId(there.id().schema(), index.name())));
      }
    }
    return built;
  }

  private String build(CopiedTable there, String wantedName, boolean unique, String body)
      throws SQLException, InterruptedException {
    String name = catalog.freeName(there.id(), wantedName);
    String sql =
        "CREATE "
            + (unique ? "UNIQUE " : "")
            + "INDEX "
            + (there.partitioned() ? "" : "CONCURRENTLY ")
            + Identifiers.quote(name)
            + " ON "
            + Identifiers.quote(there.id())
            + " "
            + names.sql(body);
    if (there.partitioned()) {
      // Its partitions have theirs: they are taken in, nothing is built under the lock.
      statements.brieflyLocking(sql);
    } else {
      statements.execute(sql);
    }
    return name;
  }

  private void key(TableDefinition table, CopiedTable there, KeyConstraint key)
      throws SQLException, InterruptedException {
    boolean hasPrimary =
        key.primary() && catalog.constraints(there).stream().anyMatch(c -> c.type().equals("p"));
    if (hasPrimary || hasConstraint(there, "u", key.definition())) {
      return;
    }
    if (there.partitioned() || key.deferrable()) {
      // While a unique index stands that is not deferrable yet, a transaction of the source that
      // passes through a duplicate would fail at the target. So it comes with its constraint.
      constraint(table, there, key.name(), key.definition());
      return;
    }
    Optional<String> built = unconstrainedIndex(there, key.indexBody());
    String index =
        built.isPresent()
            ? built.get()
            : build(there, names.index(table.id(), key.name()), true, key.indexBody());
    statements.brieflyLocking(
        "ALTER TABLE "
            + Identifiers.quote(there.id())
            + " ADD CONSTRAINT "
            + Identifiers.quote(index)
            + (key.primary() ? " PRIMARY KEY" : " UNIQUE")
            + " USING INDEX "
            + Identifiers.quote(index));
  }

  private Optional<String> unconstrainedIndex(CopiedTable there, String body)
      throws SQLException, InterruptedException {
    Optional<String> built = builtIndex(there, true, body);
    return built.isPresent()
            && catalog.indexes(there).stream()
                .anyMatch(index -> index.name().equals(built.get()) && !index.constrained())
        ? built
        : Optional.empty();
  }

  private void constraint(TableDefinition table, CopiedTable there, String name, String definition)
      throws SQLException, InterruptedException {
    if (hasConstraint(there, "x", definition)) {
      return;
    }
    statements.brieflyLocking(
        "ALTER TABLE "
            + Identifiers.quote(there.id())
            + " ADD CONSTRAINT "
            + Identifiers.quote(catalog.freeName(there.id(), names.index(table.id(), name)))
            + " "
            + names.sql(definition));
  }

  private boolean hasConstraint(CopiedTable there, String type, String definition)
      throws SQLException {
    String wanted = names.sql(definition);
    return catalog.constraints(there).stream()
        .anyMatch(
            other ->
                other.type().equals(type)
                    && QualifiedNames.canonical(other.definition()).equals(wanted));
  }
}
