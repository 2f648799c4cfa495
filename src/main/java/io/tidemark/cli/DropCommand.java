package io.tidemark.cli;

import io.tidemark.database.LedgerView;
import io.tidemark.database.StreamRemains;
import io.tidemark.job.Databases;
import io.tidemark.job.JobDatabases;
import io.tidemark.job.JobFile;
import io.tidemark.job.TidemarkJob;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tidemark drop}: ends a stream for good. */
@Command(
    name = "drop",
    mixinStandardHelpOptions = true,
    description = {
      "Removes a stream: its slot and publication at the source, its rows in the target's ledger.",
      "The copied tables stay as they are."
    })
final class DropCommand implements Callable<Integer> {

  /** A server notices that a job is gone when it next sends it something, a second later. */
  private static final Duration GOES_WITHIN = Duration.ofSeconds(4);

  private static final Duration ASKED_EVERY = Duration.ofMillis(200);

  @Parameters(paramLabel = "JOB", description = "The job file.")
  private Path file;

  @Option(names = "--yes", description = "Do not ask.")
  private boolean yes;

  @Option(names = "--force", description = "Also while a job is at work: its sessions are ended.")
  private boolean force;

  /** Those that are there and do not go by themselves. */
  private static List<String> staying(JobDatabases databases, StreamRemains remains)
      throws InterruptedException {
    long end = System.nanoTime() + GOES_WITHIN.toNanos();
    List<String> sessions = databases.boundedly(remains::sessions);
    while (!sessions.isEmpty() && System.nanoTime() < end) {
      Thread.sleep(ASKED_EVERY.toMillis());
      sessions = databases.boundedly(remains::sessions);
    }
    return sessions;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    TidemarkJob job = JobFile.read(file);
    CommandLog.ofStream("drop", job.name());
    Terminal terminal = Terminal.ofProcess();
    JobDatabases databases = Databases.of(job);
    Optional<String> foreign = databases.boundedly(databases::otherSource);
    if (foreign.isPresent()) {
      terminal.say("nothing was removed. " + foreign.get());
      return 1;
    }
    StreamRemains remains = databases.remains();
    List<String> sessions =
        force ? databases.boundedly(remains::sessions) : staying(databases, remains);
    if (!sessions.isEmpty() && !force) {
      terminal.say("stream " + job.name() + " is at work; at the source there are");
      sessions.forEach(session -> terminal.say("  " + session));
      terminal.say("Stop its job first, or say --force to end these sessions.");
      return 1;
    }
    List<String> parts = databases.boundedly(() -> parts(job, databases, remains));
    if (parts.isEmpty()) {
      terminal.say("there is nothing of stream " + job.name() + " to remove");
      return 0;
    }
    terminal.say("This removes for good:");
    parts.forEach(part -> terminal.say("  " + part));
    sessions.forEach(session -> terminal.say("  and ends the session " + session));
    terminal.say("The copied tables stay as they are. A later run starts the copy anew.");
    if (!yes && !confirmed(terminal)) {
      terminal.say("nothing was removed");
      return 1;
    }
    // The ledger first: a job that still runs is fenced by it, and cannot find its slot gone while
    // the ledger says that it is there.
    databases.boundedly(
        () -> {
          databases.target().removeLedger(job.name());
          remains.remove();
          return true;
        });
    terminal.say("stream " + job.name() + " was removed");
    return 0;
  }

  private static List<String> parts(
      TidemarkJob job, JobDatabases databases, StreamRemains remains) {
    List<String> parts = new ArrayList<>();
    for (String part : remains.parts()) {
      parts.add("at " + job.source().displayUrl() + ": " + part);
    }
    try (LedgerView ledger = databases.target().ledgerView(job.name())) {
      if (ledger.read().isPresent()) {
        parts.add(
            "at "
                + job.target().displayUrl()
                + ": the ledger of stream "
                + job.name()
                + " (its rows in schema tidemark, and the schema with the last stream)");
      }
    }
    return parts;
  }

  private static boolean confirmed(Terminal terminal) throws IOException {
    terminal.say("Go on? [y/N]");
    String answer =
        new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())).readLine();
    return answer != null && (answer.equals("y") || answer.equals("Y") || answer.equals("yes"));
  }
}
