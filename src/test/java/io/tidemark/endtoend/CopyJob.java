package io.tidemark.endtoend;

import io.tidemark.cli.JobRun;
import io.tidemark.job.PreparedJob;
import io.tidemark.job.TidemarkJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The whole job as users start it. */
final class CopyJob extends WatchedJob<CopyJob> {

  private final JobRun run;

  private CopyJob(StreamWatch watch, JobRun run) {
    super(watch);
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

  JobRun run() {
    return run;
  }

  @Override
  CopyJob self() {
    return this;
  }

  @Override
  boolean hasEnded() throws InterruptedException {
    return run.awaitEnd(Duration.ZERO);
  }

  @Override
  List<String> failures() throws InterruptedException {
    List<String> failures = new ArrayList<>();
    run.newFailure().ifPresent(failure -> failures.add("latest failure: " + trace(failure)));
    run.fatalFailure().ifPresent(failure -> failures.add("ended: " + trace(failure)));
    return failures;
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

  @Override
  public void close() throws InterruptedException {
    try (JobRun ending = run) {
      ending.stop(Duration.ofSeconds(30));
    }
  }
}
