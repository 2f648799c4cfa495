package io.tidemark.cli;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.LedgerView.About;
import io.tidemark.database.LedgerView.LogStanding;
import io.tidemark.database.LedgerView.Report;
import io.tidemark.database.LedgerView.Standing;
import io.tidemark.job.JobDatabases;
import io.tidemark.settings.StreamNames;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether a job is at work for a stream, since when, and what it has left in the ledger. A job is
 * at work if sessions of the ledger's epoch are open at the source or at the target.
 *
 * @param atSource how many there are at the source; empty if it does not answer
 */
record JobLife(Standing standing, Optional<Integer> atSource, int atTarget, Instant now) {

  /** Asks both servers; one that does not answer has no sessions to tell of. */
  static JobLife of(JobDatabases databases, String stream, Standing standing) {
    Optional<Integer> atSource;
    try {
      atSource = Optional.of(databases.remains().sessionsOf(standing.epoch()).size());
    } catch (DatabaseException e) {
      atSource = Optional.empty();
    }
    int atTarget = databases.target().sessions(StreamNames.session(stream, standing.epoch(), ""));
    return new JobLife(standing, atSource, atTarget, Instant.now());
  }

  /** Whether there are sessions of the ledger's epoch. */
  boolean isAtWork() {
    return atTarget + atSource.orElse(0) > 0;
  }

  /** All of it, for a person. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(isAtWork() ? working() : resting());
    report(About.FAILURE).map(this::failure).ifPresent(lines::add);
    for (About about : List.of(About.SOURCE_WAIT, About.TARGET_WAIT)) {
      report(about)
          .filter(wait -> isAtWork() && wait.epoch() == standing.epoch())
          .map(wait -> "It waits, as was found at " + at(wait.at()) + ": " + wait.words())
          .ifPresent(lines::add);
    }
    return lines;
  }

  private String working() {
    Instant submitted = standing.claims().submitted();
    Instant latest = standing.claims().latest();
    return "A job runs since "
        + at(submitted)
        + (latest.isAfter(submitted) ? ", from the ledger again since " + at(latest) : "")
        + ": "
        + atSource.map(count -> count + " sessions at the source").orElse("the source is silent")
        + ", "
        + atTarget
        + " at the target; "
        + lastWrite();
  }

  private String resting() {
    return "No job runs: there is no session of epoch "
        + standing.epoch()
        + atSource
            .map(count -> " at source or target")
            .orElse(" at the target, the source is silent")
        + "; the last one began at "
        + at(standing.claims().submitted())
        + " and "
        + lastWrite();
  }

  private String lastWrite() {
    return standing
        .progress()
        .map(LogStanding::updatedAt)
        .map(
            written ->
                "wrote to the ledger last at "
                    + at(written)
                    + ", "
                    + Units.duration(notNegative(Duration.between(written, now)))
                    + " ago")
        .orElse("has written no progress to the ledger yet");
  }

  private String failure(Report failure) {
    String what = " failed at " + at(failure.at()) + ": " + failure.words();
    if (failure.epoch() != standing.epoch()) {
      return "An earlier attempt, after which a job has begun again," + what;
    }
    return (isAtWork() ? "It is ending or beginning again, as it" : "It") + what;
  }

  private Optional<Report> report(About about) {
    return standing.reports().stream().filter(report -> report.about() == about).findFirst();
  }

  private static Duration notNegative(Duration time) {
    return time.isNegative() ? Duration.ZERO : time;
  }

  private static String at(Instant moment) {
    return moment.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
