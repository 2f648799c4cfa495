package io.tidemark.database.postgres.check;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.SchemaDescription;
import io.tidemark.database.SourceDatabase.SourceCheck;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.postgres.catalog.PostgresCatalog;
import io.tidemark.database.postgres.catalog.PostgresSchema;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription;
import io.tidemark.database.postgres.ddl.TranslatedSchema;
import io.tidemark.database.postgres.log.GivenPublication;
import io.tidemark.database.postgres.session.PostgresErrors;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.database.postgres.session.PostgresSessions;
import io.tidemark.database.postgres.session.StreamSource;
import io.tidemark.database.postgres.session.StreamTarget;
import io.tidemark.database.shared.Findings;
import io.tidemark.schema.TableId;
import io.tidemark.settings.CheckedJob;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.Selection;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Checks a PostgreSQL source or a PostgreSQL target. Everything happens in transactions that are
 * rolled back.
 */
public final class PostgresChecks {

  private PostgresChecks() {}

  /** Looks a source over. */
  public static SourceCheck source(StreamSource source, CheckedJob job) {
    Findings findings = new Findings();
    Optional<Connection> opened =
        connect(Findings.SOURCE, source.connection(), source.stream(), findings);
    try {
      Optional<PostgresSchemaDescription> description =
          opened.map(connection -> checkSource(source, job, connection, findings));
      description.ifPresent(
          found ->
              found
                  .notes()
                  .forEach(
                      note ->
                          findings.warning(
                              Findings.SOURCE, note, "nothing, if the target can do without it")));
      return new SourceCheck(findings.list(), description.map(SchemaDescription.class::cast));
    } finally {
      close(opened);
    }
  }

  private static PostgresSchemaDescription checkSource(
      StreamSource source, CheckedJob job, Connection connection, Findings findings) {
    try {
      SourceServerChecks.Role role =
          new SourceServerChecks(connection, source, job.streamKnown(), findings).check();
      Selection sound =
          new SelectionChecks(connection, source, role, job.wholeRows(), findings).check();
      new FilterChecks(connection, sound, findings).check();
      CollationChecks.check(
          connection, PostgresCatalog.entries(connection, sound), job.complete(), findings);
      if (source.isPublicationGiven()) {
        checkPublication(source, sound, connection, findings);
      }
      return PostgresSchema.describe(connection, sound);
    } catch (SQLException e) {
      throw PostgresErrors.classify("checking the source", e);
    }
  }

  private static void checkPublication(
      StreamSource source, Selection selection, Connection connection, Findings findings) {
    PostgresQueries queries = new PostgresQueries(connection);
    new GivenPublication(queries, source.publicationName(), SourceMemory.NONE)
        .problems(PostgresCatalog.entries(connection, selection))
        .forEach(problem -> findings.error(Findings.SOURCE, problem.text(), problem.remedy()));
  }

  /**
   * Looks a target over.
   *
   * @param source where the rows will come from, if that is a PostgreSQL that speaks its own form
   */
  public static List<Finding> target(
      StreamTarget target,
      CheckedJob job,
      Optional<StreamSource> source,
      Optional<SchemaDescription> description) {
    Findings findings = new Findings();
    Optional<Connection> opened =
        connect(Findings.TARGET, target.connection(), target.stream(), findings);
    try {
      if (opened.isPresent() && description.isPresent()) {
        if (description.get() instanceof PostgresSchemaDescription own) {
          checkTarget(target, own, job, job.copied(), opened.get(), findings);
          if (source.isPresent()) {
            checkPair(source.get(), target, own, job, opened.get(), findings);
          }
        } else {
          PostgresSchemaDescription translated =
              TranslatedSchema.of(
                  opened.get(), description.get().portable(), target.renaming(), Set.of());
          Set<TableId> copied =
              job.copied().stream().map(target.renaming()::targetOf).collect(Collectors.toSet());
          checkTarget(target.withTargetNames(), translated, job, copied, opened.get(), findings);
          Stream.concat(description.get().portable().notes().stream(), translated.notes().stream())
              .forEach(
                  note ->
                      findings.warning(
                          Findings.TARGET, note, "nothing, if the target can do without it"));
        }
      }
    } catch (SQLException e) {
      throw PostgresErrors.classify("checking the target", e);
    } finally {
      close(opened);
    }
    return findings.list();
  }

  private static void checkTarget(
      StreamTarget target,
      PostgresSchemaDescription description,
      CheckedJob job,
      Set<TableId> copied,
      Connection connection,
      Findings findings)
      throws SQLException {
    new TargetChecks(
            connection,
            target,
            description,
            job.existing(),
            job.streamKnown(),
            job.inDoubt(),
            copied,
            findings)
        .check();
  }

  private static void checkPair(
      StreamSource source,
      StreamTarget target,
      PostgresSchemaDescription description,
      CheckedJob job,
      Connection there,
      Findings findings)
      throws SQLException {
    Optional<Connection> here =
        connect(Findings.SOURCE, source.connection(), source.stream(), findings);
    try {
      if (here.isPresent()) {
        new PairChecks(target, description, job.parallelism(), findings).check(here.get(), there);
      }
    } finally {
      close(here);
    }
  }

  private static Optional<Connection> connect(
      String where, ConnectionSpec spec, String stream, Findings findings) {
    try {
      Connection connection = PostgresSessions.open(spec, "tidemark-check:" + stream);
      connection.setAutoCommit(false);
      return Optional.of(connection);
    } catch (DatabaseException e) {
      findings.error(
          where,
          e.getMessage(),
          "check url, user and password of the "
              + where
              + " in the job file, that the server runs, and that its pg_hba.conf lets this machine"
              + " in");
      return Optional.empty();
    } catch (SQLException e) {
      throw PostgresErrors.classify("preparing the check of the " + where, e);
    }
  }

  private static void close(Optional<Connection> connection) {
    if (connection.isPresent()) {
      try {
        connection.get().rollback();
        connection.get().close();
      } catch (SQLException e) {
        throw PostgresErrors.classify("ending the check", e);
      }
    }
  }
}
