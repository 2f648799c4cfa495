package io.tidemark.benchmark;

import io.tidemark.cli.JobRun;
import io.tidemark.database.ExistingRows;
import io.tidemark.database.Renaming;
import io.tidemark.database.Selection;
import io.tidemark.job.PreparedJob;
import io.tidemark.job.TidemarkJob;
import io.tidemark.lab.MySqlServer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The whole job from a MySQL source, in a Flink of its own in this process. */
final class LabJob implements AutoCloseable {

  /** A session to read chunks in. */
  static final String COPYING =
      "SELECT EXISTS (SELECT 1 FROM performance_schema.session_connect_attrs"
          + " WHERE ATTR_NAME = 'program_name' AND ATTR_VALUE LIKE 'tidemark:%:snapshot')";

  /** The session that the server sends its log to. */
  static final String STREAMING =
      "SELECT EXISTS (SELECT 1 FROM performance_schema.processlist"
          + " WHERE COMMAND = 'Binlog Dump GTID' AND USER = 'tidemark')";

  private final AnyServer target;
  private final JobRun run;
  private final long startedAt;
  private final CompletableFuture<Long> workingAt;

  private LabJob(AnyServer target, JobRun run, long startedAt, CompletableFuture<Long> workingAt) {
    this.target = target;
    this.run = run;
    this.startedAt = startedAt;
    this.workingAt = workingAt;
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
    TidemarkJob job =
        new TidemarkJob(
            stream,
            lab.source().spec(MySqlLab.DATABASE),
            new Selection(List.of(MySqlLab.DATABASE + ".*"), Map.of(), Map.of()),
            lab.target().spec(MySqlLab.DATABASE),
            ExistingRows.FAIL,
            Renaming.none(),
            new TidemarkJob.Copy(cycle, 50_000, 2, 8L << 30),
            new TidemarkJob.Checkpoint(checkpoints, Optional.empty()));
    List<String> findings = new ArrayList<>();
    PreparedJob prepared =
        PreparedJob.prepare(job, findings::add)
            .orElseThrow(() -> new IllegalStateException(String.join("\n", findings)));
    MySqlServer source = lab.source();
    CompletableFuture<Long> workingAt =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return new AnyServer.OfMySql(source).await(Duration.ofMinutes(2), "", working);
              } catch (SQLException e) {
                throw new IllegalStateException("the job does not start to read", e);
              }
            });
    long startedAt = System.nanoTime();
    return new LabJob(
        lab.target(), JobRun.start(prepared, Optional.empty(), 0), startedAt, workingAt);
  }

  /**
   * Waits until the query gives true at the target.
   *
   * @throws IllegalStateException if the job fails meanwhile
   */
  Timing await(Duration timeout, String sql) throws Exception {
    try {
      long done = target.await(timeout, MySqlLab.DATABASE, sql);
      return new Timing(startedAt, startedAt, workingAt.get(), done);
    } finally {
      Optional<Throwable> failure = run.newFailure();
      if (failure.isPresent()) {
        throw new IllegalStateException("the job failed", failure.get());
      }
    }
  }

  Timing awaitConsistent(Duration timeout) throws Exception {
    return await(timeout, "SELECT consistent FROM tidemark.progress");
  }

  Timing awaitFinished(Duration timeout) throws Exception {
    return await(timeout, "SELECT consistent AND finished FROM tidemark.progress");
  }

  /** Stops the job in good order; it can go on from the ledger. */
  @Override
  public void close() throws InterruptedException {
    try (JobRun ending = run) {
      ending.stop(Duration.ofSeconds(30));
    }
  }
}
