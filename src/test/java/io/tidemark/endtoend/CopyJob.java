package io.tidemark.endtoend;

import io.tidemark.cli.JobRun;
import io.tidemark.job.PreparedJob;
import io.tidemark.job.TidemarkJob;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/** The whole job, in a Flink of its own in this process. */
final class CopyJob implements AutoCloseable {

  /** Time for what takes seconds on an idle machine; this one may be busy. */
  static final Duration LONG = Duration.ofSeconds(120);

  private final StreamWatch watch;
  private final JobRun run;

  private CopyJob(StreamWatch watch, JobRun run) {
    this.watch = watch;
    this.run = run;
  }

  /** Starts the job with nothing to go on from but the ledger. */
  static CopyJob start(JobSettings settings) throws InterruptedException {
    return start(settings, Optional.empty());
  }

  /**
   * Looks both databases over, makes the tables and starts the job.
   *
   * @param restore the checkpoint to start from, if any
   * @throws AssertionError if the preflight finds an error
   */
  static CopyJob start(JobSettings settings, Optional<String> restore) throws InterruptedException {
    return start(settings.pair(), settings.job(), restore);
  }

  /** Starts a job that {@link JobSettings} cannot say. */
  static CopyJob start(TwoServers.Pair pair, TidemarkJob job) throws InterruptedException {
    return start(pair, job, Optional.empty());
  }

  private static CopyJob start(TwoServers.Pair pair, TidemarkJob job, Optional<String> restore)
      throws InterruptedException {
    List<String> findings = new ArrayList<>();
    PreparedJob prepared =
        PreparedJob.prepare(job, findings::add)
            .orElseThrow(() -> new AssertionError("preflight: " + String.join("\n", findings)));
    return new CopyJob(new StreamWatch(pair), JobRun.start(prepared, restore, 0));
  }

  /** Where to look at the stream from outside. */
  StreamWatch watch() {
    return watch;
  }

  JobRun run() {
    return run;
  }

  CopyJob awaitConsistent() throws Exception {
    await("consistent", LONG, watch::consistent);
    return this;
  }

  /** Waits until the target has indexes and constraints too. */
  CopyJob awaitFinished() throws Exception {
    await("finished", LONG, watch::finished);
    return this;
  }

  /** Waits until the target has everything that the source has written so far. */
  CopyJob awaitCaughtUp() throws Exception {
    String end = watch.logEnd();
    await("caught up to " + end, LONG, () -> watch.reached(end));
    return this;
  }

  /**
   * Waits for something that the job does.
   *
   * @throws AssertionError if it does not happen in time, or the job ends before
   */
  void await(String what, Duration timeout, Callable<Boolean> condition) throws Exception {
    Await.until(
        what,
        timeout,
        () -> {
          if (condition.call()) {
            return true;
          }
          if (run.awaitEnd(Duration.ZERO)) {
            throw new AssertionError("the job ended before it was " + what + "; " + describe());
          }
          return false;
        },
        this::describe);
  }

  /** Waits for the job to fail for good, and returns why. */
  Throwable awaitFailure(Duration timeout) throws Exception {
    if (!run.awaitEnd(timeout)) {
      throw new AssertionError("the job has not failed; " + describe());
    }
    return run.fatalFailure()
        .orElseThrow(() -> new AssertionError("the job ended without a failure"));
  }

  /** Cancels the job; it can be started again from the ledger. */
  void stop() throws InterruptedException {
    if (!run.stop(Duration.ofSeconds(60))) {
      throw new AssertionError("the job did not end in time; " + describe());
    }
    run.close();
  }

  private String describe() {
    StringBuilder text = new StringBuilder(watch.describe());
    try {
      run.newFailure()
          .ifPresent(failure -> text.append("\nlatest failure: ").append(trace(failure)));
      run.fatalFailure().ifPresent(failure -> text.append("\nended: ").append(trace(failure)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return text.toString();
  }

  private static String trace(Throwable failure) {
    StringWriter trace = new StringWriter();
    failure.printStackTrace(new PrintWriter(trace));
    return trace.toString();
  }

  @Override
  public void close() throws InterruptedException {
    try (JobRun ending = run) {
      ending.stop(Duration.ofSeconds(30));
    }
  }
}
