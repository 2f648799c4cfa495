package io.tidemark.benchmark;

import io.tidemark.cli.JobRun;
import io.tidemark.job.PreparedJob;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The whole job from a MySQL source. */
final class LabJob extends TimedJob {

  /** A session to read chunks in. */
  static final String COPYING =
      "SELECT EXISTS (SELECT 1 FROM performance_schema.session_connect_attrs"
          + " WHERE ATTR_NAME = 'program_name' AND ATTR_VALUE LIKE 'tidemark:%:snapshot')";

  /** The session that the server sends its log to. */
  static final String STREAMING =
      "SELECT EXISTS (SELECT 1 FROM performance_schema.processlist"
          + " WHERE COMMAND = 'Binlog Dump GTID' AND USER = 'tidemark')";

  private final JobRun run;

  private LabJob(AnyServer target, JobRun run, long startedAt, CompletableFuture<Long> workingAt) {
    super(target, MySqlLab.DATABASE, startedAt, startedAt, workingAt);
    this.run = run;
  }

  /**
   * Starts the stream, or goes on with it.
   *
   * @param working the query at the source whose truth counts as the end of the start-up
   * @param cycle how long a snapshot is used
   * @param checkpoints the time between two; a copy is done only with one behind its last chunk
   */
  static LabJob start(
      MySqlLab lab, String stream, String working, Duration cycle, Duration checkpoints)
      throws InterruptedException {
    PreparedJob prepared =
        prepare(
            stream,
            lab.source().spec(MySqlLab.DATABASE),
            MySqlLab.DATABASE + ".*",
            lab.target().spec(MySqlLab.DATABASE),
            cycle,
            checkpoints);
    CompletableFuture<Long> workingAt = whenWorking(new AnyServer(lab.source()), "", working);
    long startedAt = System.nanoTime();
    return new LabJob(
        lab.target(), JobRun.start(prepared, Optional.empty(), 0), startedAt, workingAt);
  }

  @Override
  Optional<Throwable> failure() throws InterruptedException {
    return run.newFailure();
  }

  @Override
  public void close() throws InterruptedException {
    try (JobRun ending = run) {
      ending.stop(Duration.ofSeconds(30));
    }
  }
}
