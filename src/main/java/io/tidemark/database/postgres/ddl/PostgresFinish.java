package io.tidemark.database.postgres.ddl;

import io.tidemark.database.TargetFinish;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.TableDefinition;
import io.tidemark.database.postgres.session.CatalogQuery;
import io.tidemark.database.postgres.session.PatientStatements;
import io.tidemark.database.postgres.session.PostgresErrors;
import io.tidemark.database.postgres.session.PostgresSessions;
import io.tidemark.database.postgres.session.StreamTarget;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Builds what the copy did without: secondary indexes, unique and exclusion constraints, foreign
 * keys and checks that old rows may break.
 *
 * <p>Indexes are built concurrently, foreign keys are added without looking at rows and validated
 * after (PostgreSQL manual, ALTER TABLE, Notes), so that the stream's writers go on. What cannot be
 * built that way (deferrable unique constraints, exclusion constraints) makes the writers of that
 * one table wait while it is built.
 *
 * <p>Before each step it looks whether the step is still to be done, so that it may be called again
 * after a crash at any point, and by several processes: they take turns.
 */
public final class PostgresFinish implements TargetFinish {

  private static final long serialVersionUID = 1L;

  private final StreamTarget target;
  private final PostgresSchemaDescription description;

  /**
   * Opens no connection yet.
   *
   * @param description of the source's tables; what they have beyond the copy's needs is built
   */
  public PostgresFinish(StreamTarget target, PostgresSchemaDescription description) {
    this.target = target;
    this.description = description;
  }

  @Override
  public void finish(String session) throws InterruptedException {
    try (Connection connection = PostgresSessions.openPatient(target.connection(), session);
        PatientStatements statements = new PatientStatements(connection)) {
      takeTurn(connection, statements);
      TargetNames names =
          new TargetNames(
              target.renaming(), description, TargetCatalog.extensionSchemas(connection));
      FinishCatalog catalog = new FinishCatalog(connection);
      // An index of a partitioned table takes in those that its partitions have already.
      List<TableDefinition> partitionsFirst = new ArrayList<>(description.tables());
      Collections.reverse(partitionsFirst);
      IndexSteps indexes = new IndexSteps(names, catalog, statements);
      for (TableDefinition table : partitionsFirst) {
        indexes.build(table);
      }
      ForeignKeySteps foreignKeys = new ForeignKeySteps(names, catalog, statements);
      for (TableDefinition table : partitionsFirst) {
        foreignKeys.build(table);
      }
    } catch (SQLException e) {
      throw PostgresErrors.classify("building indexes and constraints of the target", e);
    }
  }

  /**
   * Waits until no other run is at work. Asked again and again instead of waited for: a session
   * that waits inside a statement has a snapshot, and the other run's concurrent index waits for
   * that. The lock ends with the session.
   */
  private void takeTurn(Connection connection, PatientStatements statements)
      throws InterruptedException {
    statements.untilDone(
        "waiting for another run that builds indexes and constraints",
        () -> {
          boolean mine =
              CatalogQuery.first(
                      connection,
                      "SELECT pg_catalog.pg_try_advisory_lock("
                          + "pg_catalog.hashtextextended('tidemark finish ' || ?, 0))",
                      row -> row.getBoolean(1),
                      target.stream())
                  .orElseThrow();
          if (!mine) {
            throw new SQLException("another run is at work", "55P03");
          }
        });
  }
}
