package io.tidemark.database.mysql.check;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.SchemaDescription;
import io.tidemark.database.SourceDatabase.SourceCheck;
import io.tidemark.database.mysql.catalog.SchemaReader;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.StreamLocks;
import io.tidemark.database.mysql.session.StreamSource;
import io.tidemark.database.mysql.session.StreamSource.Role;
import io.tidemark.database.shared.Findings;
import io.tidemark.settings.CheckedJob;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks a MySQL or MariaDB source over. Reads only. */
public final class SourceChecks {

  private static final Logger LOG = LoggerFactory.getLogger(SourceChecks.class);

  private SourceChecks() {}

  /**
   * Looks over what the stream would read, on a connection of its own. A source that does not
   * answer, or hides something from the account, is a finding and no exception.
   */
  public static SourceCheck check(StreamSource source, CheckedJob job) {
    Findings findings = new Findings();
    try (MySqlQueries queries = source.open(0, Role.CHECK)) {
      Optional<SchemaDescription> description = check(source, job, queries, findings);
      return new SourceCheck(findings.list(), description);
    } catch (DatabaseException e) {
      LOG.warn("the source could not be looked over", e);
      findings.error(
          Findings.SOURCE,
          e.getMessage(),
          "check url, user and password of the source in the job file, that the server runs, and"
              + " that the account may connect from this machine");
      return new SourceCheck(findings.list(), Optional.empty());
    }
  }

  private static Optional<SchemaDescription> check(
      StreamSource source, CheckedJob job, MySqlQueries queries, Findings findings) {
    SourceServerChecks.Facts server =
        new SourceServerChecks(queries, findings, source.settings(), job.logNeeded()).check();
    others(source, job, queries, findings);
    if (!new SourceTableChecks(queries, source.selection(), server, job.wholeRows(), findings)
        .check()) {
      return Optional.empty();
    }
    return Optional.of(SchemaReader.read(queries, source.selection()));
  }

  private static void others(
      StreamSource source, CheckedJob job, MySqlQueries queries, Findings findings) {
    for (StreamLocks.Holder other : new StreamLocks(queries, source.stream(), 0).othersThatStay()) {
      String problem = other.inWords() + " is open for a stream of this name";
      if (job.streamKnown()) {
        findings.warning(
            Findings.SOURCE,
            problem + ": a job is running and will be replaced",
            "stop the other one if that is not wanted");
      } else {
        findings.error(
            Findings.SOURCE,
            problem + ", and the target knows nothing of it",
            "stop the job of the same name that copies to another target, or give this one another"
                + " name");
      }
      return;
    }
  }
}
