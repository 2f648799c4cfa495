package io.tidemark.cli;

import io.tidemark.database.Preflight.Finding;
import io.tidemark.job.Databases;
import io.tidemark.job.FindingsTable;
import io.tidemark.job.JobFile;
import io.tidemark.job.TidemarkJob;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code tidemark check}: the preflight alone. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = "Looks for everything that would fail later. Touches nothing.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:the job can be run (there may be warnings)", "1:it cannot", "2:misuse"})
final class CheckCommand implements Callable<Integer> {

  @Parameters(paramLabel = "JOB", description = "The job file.")
  private Path file;

  @Override
  public Integer call() {
    TidemarkJob job = JobFile.read(file);
    CommandLog.ofStream("check", job.name());
    Terminal terminal = Terminal.ofProcess();
    terminal.say(job.toString());
    List<Finding> findings = Databases.of(job).check();
    FindingsTable.lines(findings).forEach(terminal::say);
    return FindingsTable.forbidStart(findings) ? 1 : 0;
  }
}
