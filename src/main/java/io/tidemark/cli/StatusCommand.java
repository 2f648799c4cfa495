package io.tidemark.cli;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.LedgerView;
import io.tidemark.database.LedgerView.Standing;
import io.tidemark.job.Databases;
import io.tidemark.job.JobDatabases;
import io.tidemark.job.JobFile;
import io.tidemark.job.TidemarkJob;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code tidemark status}: what the ledger and the source say, once. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description =
        "Says whether a stream's job runs, wherever, how far it is, and why it failed last.")
final class StatusCommand implements Callable<Integer> {

  @Parameters(paramLabel = "JOB", description = "The job file.")
  private Path file;

  @Override
  public Integer call() throws InterruptedException {
    TidemarkJob job = JobFile.read(file);
    CommandLog.ofStream("status", job.name());
    Terminal terminal = Terminal.ofProcess();
    JobDatabases databases = Databases.of(job);
    return databases.boundedly(() -> status(job, databases, terminal));
  }

  private static int status(TidemarkJob job, JobDatabases databases, Terminal terminal) {
    Optional<Standing> standing;
    try (LedgerView ledger = databases.target().ledgerView(job.name())) {
      standing = ledger.read();
    }
    if (standing.isEmpty()) {
      terminal.say("stream " + job.name() + " is not in the target's ledger: it has not started");
      return 1;
    }
    JobLife life = JobLife.of(databases, job.name(), standing.get());
    life.lines().forEach(terminal::say);
    if (!life.isAtWork()) {
      databases.refusal().ifPresent(refusal -> terminal.say("A run would be refused: " + refusal));
    }
    progress(databases, job.name(), life, terminal);
    return 0;
  }

  private static void progress(
      JobDatabases databases, String stream, JobLife life, Terminal terminal) {
    try (ProgressReader reader = new ProgressReader(databases, stream)) {
      ProgressScreen screen = new ProgressScreen(Integer.MAX_VALUE);
      reader
          .read()
          .ifPresent(
              progress -> {
                screen.add(progress);
                screen.status(progress, terminal.width(), life.isAtWork()).forEach(terminal::say);
              });
    } catch (DatabaseException e) {
      terminal.say("How far it is cannot be said: " + e.getMessage());
    }
  }
}
