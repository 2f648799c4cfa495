package io.tidemark.database.postgres;

import io.tidemark.database.ConnectionSpec;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.ExistingRows;
import io.tidemark.database.Preflight;
import io.tidemark.database.Selection;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * Checks a PostgreSQL source and a PostgreSQL target. Everything happens in transactions that are
 * rolled back.
 */
public final class PostgresPreflight implements Preflight {

  private final PostgresSource source;
  private final PostgresTarget target;
  private final int parallelism;
  private final ExistingRows existing;
  private final boolean streamKnown;

  /**
   * @param parallelism how many chunks are copied at a time
   * @param streamKnown whether the target's ledger has the stream, so that rows at the target and a
   *     slot at the source are expected
   */
  public PostgresPreflight(
      PostgresSource source,
      PostgresTarget target,
      int parallelism,
      ExistingRows existing,
      boolean streamKnown) {
    this.source = source;
    this.target = target;
    this.parallelism = parallelism;
    this.existing = existing;
    this.streamKnown = streamKnown;
  }

  @Override
  public List<Finding> check() {
    Findings findings = new Findings();
    Optional<Connection> here = connect(Findings.SOURCE, source.connection(), findings);
    try {
      Optional<Connection> there = connect(Findings.TARGET, target.connection(), findings);
      try {
        check(here, there, findings);
      } finally {
        close(there);
      }
    } finally {
      close(here);
    }
    return findings.list();
  }

  private void check(Optional<Connection> here, Optional<Connection> there, Findings findings) {
    Optional<PostgresSchemaDescription> description =
        here.flatMap(connection -> checkSource(connection, findings));
    if (there.isPresent() && description.isPresent()) {
      try {
        new TargetChecks(
                there.get(),
                target,
                description.get(),
                existing,
                streamKnown,
                parallelism == 1,
                findings)
            .check();
        new PairChecks(target, description.get(), parallelism, findings)
            .check(here.orElseThrow(), there.get());
      } catch (SQLException e) {
        throw PostgresErrors.classify("checking the target", e);
      }
    }
    description.ifPresent(
        found ->
            found
                .notes()
                .forEach(
                    note ->
                        findings.warning(
                            Findings.SOURCE, note, "nothing, if the target can do without it")));
  }

  private Optional<PostgresSchemaDescription> checkSource(
      Connection connection, Findings findings) {
    try {
      SourceServerChecks.Role role =
          new SourceServerChecks(connection, source.stream(), streamKnown, findings).check();
      Selection sound = new SelectionChecks(connection, source.selection(), role, findings).check();
      new FilterChecks(connection, sound, findings).check();
      return Optional.of(PostgresSchema.describe(connection, sound));
    } catch (SQLException e) {
      throw PostgresErrors.classify("checking the source", e);
    }
  }

  private Optional<Connection> connect(String where, ConnectionSpec spec, Findings findings) {
    try {
      Connection connection = PostgresSessions.open(spec, "tidemark-check:" + source.stream());
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
