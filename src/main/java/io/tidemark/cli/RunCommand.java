package io.tidemark.cli;

import io.tidemark.database.DatabaseException;
import io.tidemark.job.JobFile;
import io.tidemark.job.PreparedJob;
import io.tidemark.job.TidemarkJob;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tidemark run}: a job in an embedded Flink, with its progress on the terminal. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = "Runs a job in this process: copies, then streams until stopped with Ctrl-C.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark run jobs/postgres-to-postgres.yaml",
      "  tidemark run JOB --until-consistent    a one-off copy",
      "  TIDEMARK_OPTS=-Xmx2g tidemark run JOB  with more memory (512 MB suffice)"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:the preflight found errors, or the job failed", "2:misuse"})
final class RunCommand implements Callable<Integer> {

  private static final Duration REFRESH = Duration.ofSeconds(1);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);
  private static final int MAX_TABLES = 15;

  @Parameters(paramLabel = "JOB", description = "The job file.")
  private Path file;

  @Option(
      names = "--until-consistent",
      description = "End once the copy is complete, its indexes are built and it has caught up.")
  private boolean untilConsistent;

  @Option(
      names = "--restore",
      paramLabel = "PATH",
      description = "Start from this checkpoint or savepoint. The ledger suffices without one.")
  private @Nullable String restore;

  @Option(
      names = "--dashboard-port",
      paramLabel = "N",
      defaultValue = "0",
      description = "Where Flink's dashboard listens on 127.0.0.1 (default: any free port).")
  private int dashboardPort;

  private final Terminal terminal = Terminal.ofProcess();
  private final ProgressScreen screen = new ProgressScreen(MAX_TABLES);
  private final AtomicBoolean interrupted = new AtomicBoolean();
  private volatile boolean saidConsistent;
  private boolean saidFinished;
  private List<String> saidWaits = List.of();
  private boolean silent;

  @Override
  public Integer call() throws InterruptedException {
    TidemarkJob job = JobFile.read(file);
    CommandLog.ofStream("run", job.name());
    terminal.say(job.toString());
    Optional<PreparedJob> prepared = PreparedJob.prepare(job, terminal::say);
    if (prepared.isEmpty()) {
      return 1;
    }
    try (JobRun run =
        JobRun.start(
            prepared.get(), Optional.ofNullable(restore).map(RunCommand::uri), dashboardPort)) {
      Thread hook = new Thread(() -> stopAtExit(run), "tidemark-stop");
      Runtime.getRuntime().addShutdownHook(hook);
      terminal.say("Flink's dashboard: " + run.dashboard());
      terminal.say("The log: " + CommandLog.file());
      int exitCode = follow(run);
      if (!interrupted.get()) {
        Runtime.getRuntime().removeShutdownHook(hook);
      }
      return exitCode;
    }
  }

  private int follow(JobRun run) throws InterruptedException {
    while (!run.awaitEnd(REFRESH)) {
      run.newFailure()
          .ifPresent(
              cause -> terminal.say("warning: the job starts again after: " + firstLine(cause)));
      Optional<StreamProgress> progress = read(run);
      progress.ifPresent(this::show);
      if (untilConsistent
          && progress.filter(StreamProgress::finished).isPresent()
          && caughtUp(run)) {
        return end(run);
      }
    }
    if (interrupted.get()) {
      return 130;
    }
    terminal.say(
        "the job failed: "
            + run.fatalFailure().map(RootCause::of).orElse("it was cancelled from outside"));
    terminal.say("The log has more: " + CommandLog.file());
    return 1;
  }

  /** A server that does not answer the screen is said once; the job has its own view of it. */
  private Optional<StreamProgress> read(JobRun run) {
    try {
      Optional<StreamProgress> progress = run.progress();
      silent = false;
      return progress;
    } catch (DatabaseException e) {
      sayOnce(e);
      return Optional.empty();
    }
  }

  private boolean caughtUp(JobRun run) {
    try {
      return run.hasCaughtUp();
    } catch (DatabaseException e) {
      sayOnce(e);
      return false;
    }
  }

  private void sayOnce(DatabaseException failure) {
    if (!silent) {
      terminal.say("warning: the progress is not known: " + failure.getMessage());
    }
    silent = true;
  }

  private void show(StreamProgress progress) {
    if (progress.consistent() && !saidConsistent) {
      saidConsistent = true;
      terminal.say(
          "The target is consistent: every commit there is now a state that the source had.");
    }
    if (progress.finished() && !saidFinished) {
      saidFinished = true;
      terminal.say("Indexes and constraints are built.");
    }
    if (!progress.waits().equals(saidWaits)) {
      saidWaits = progress.waits();
      terminal.say(
          saidWaits.isEmpty()
              ? "The job does not wait for anybody any more."
              : "The job waits: " + String.join("; ", saidWaits));
    }
    terminal.show(progress, screen);
  }

  private int end(JobRun run) throws InterruptedException {
    boolean ended = run.stop(STOP_TIMEOUT);
    run.transferSequences();
    terminal.keep();
    terminal.say(
        "The copy is complete and has caught up"
            + (ended ? "." : "; the job did not end in time and is cut off, which loses nothing."));
    sayHowToGoOn(run);
    return 0;
  }

  /** Runs at Ctrl-C; the process ends when it returns. */
  private void stopAtExit(JobRun run) {
    interrupted.set(true);
    terminal.keep();
    terminal.say("");
    terminal.say("Stopping …");
    try {
      boolean ended = run.stop(STOP_TIMEOUT);
      transferSequences(run);
      terminal.say(
          ended
              ? "The job has ended; the ledger knows where."
              : "The job did not end in time and is cut off; the ledger knows where.");
      sayHowToGoOn(run);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A consistent target may be taken into use from where it is stopped. */
  private void transferSequences(JobRun run) {
    if (saidConsistent) {
      try {
        run.transferSequences();
      } catch (DatabaseException e) {
        terminal.say("warning: the target's sequences were not set again: " + e.getMessage());
      }
    }
  }

  private void sayHowToGoOn(JobRun run) {
    terminal.say(run.staying());
    terminal.say("  ./tidemark run " + file + "    goes on from here");
    terminal.say("  ./tidemark drop " + file + "   removes all that is kept of the stream");
  }

  private static String firstLine(Throwable cause) {
    return RootCause.of(cause).lines().findFirst().orElse("an error without a message");
  }

  /** Flink wants a URI; people write paths. */
  private static String uri(String path) {
    return path.matches("[a-z][a-z0-9+.-]*:.*")
        ? path
        : Path.of(path).toAbsolutePath().normalize().toUri().toString();
  }
}
