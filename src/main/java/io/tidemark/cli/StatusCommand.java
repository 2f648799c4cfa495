package io.tidemark.cli;

import io.tidemark.job.Databases;
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
    description = "Says how far a stream is, wherever its job runs.")
final class StatusCommand implements Callable<Integer> {

  @Parameters(paramLabel = "JOB", description = "The job file.")
  private Path file;

  @Override
  public Integer call() {
    TidemarkJob job = JobFile.read(file);
    Terminal terminal = Terminal.ofProcess();
    try (ProgressReader reader = new ProgressReader(Databases.of(job), job.name())) {
      Optional<StreamProgress> progress = reader.read();
      if (progress.isEmpty()) {
        terminal.say("stream " + job.name() + " is not in the target's ledger: it has not started");
        return 1;
      }
      ProgressScreen screen = new ProgressScreen(Integer.MAX_VALUE);
      screen.add(progress.get());
      screen.status(progress.get(), terminal.width()).forEach(terminal::say);
      return 0;
    }
  }
}
