package io.tidemark.benchmark;

import io.tidemark.job.PreparedJob;
import io.tidemark.job.TidemarkJob;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.Selection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The whole job, in a Flink of its own in this process, with a clock beside it. */
abstract class TimedJob implements AutoCloseable {

  private final AnyServer target;
  private final String database;
  private final long flinkAt;
  private final long startedAt;
  private final CompletableFuture<Long> workingAt;

  /**
   * A job that has been started.
   *
   * @param database at the target
   * @param flinkAt when Flink's start began, as {@link System#nanoTime}
   * @param startedAt when the job's start began
   * @param workingAt when it had begun to read
   */
  TimedJob(
      AnyServer target,
      String database,
      long flinkAt,
      long startedAt,
      CompletableFuture<Long> workingAt) {
    this.target = target;
    this.database = database;
    this.flinkAt = flinkAt;
    this.startedAt = startedAt;
    this.workingAt = workingAt;
  }

  /**
   * Looks both databases over and makes the tables.
   *
   * @param tables that are copied
   * @param cycle how long a snapshot is used
   * @param checkpoints the time between two; a copy is done only with one behind its last chunk
   */
  static PreparedJob prepare(
      String stream,
      ConnectionSpec source,
      String tables,
      ConnectionSpec target,
      Duration cycle,
      Duration checkpoints) {
    TidemarkJob job =
        new TidemarkJob(
            stream,
            source,
            new Selection(List.of(tables), Map.of(), Map.of()),
            target,
            ExistingRows.FAIL,
            Renaming.none(),
            new TidemarkJob.Copy(cycle, 50_000, 2, 8L << 30),
            new TidemarkJob.Checkpoint(checkpoints, Optional.empty()));
    List<String> findings = new ArrayList<>();
    return PreparedJob.prepare(job, findings::add)
        .orElseThrow(() -> new IllegalStateException(String.join("\n", findings)));
  }

  /**
   * When a job that is about to be started has begun to read.
   *
   * @param working the query at the source whose truth counts as the end of the start-up
   */
  static CompletableFuture<Long> whenWorking(AnyServer source, String database, String working) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return source.await(Duration.ofMinutes(2), database, working);
          } catch (SQLException e) {
            throw new IllegalStateException("the job does not start to read", e);
          }
        });
  }

  /** Why the job failed, if it did since it was last asked. */
  abstract Optional<Throwable> failure() throws InterruptedException;

  /**
   * Waits until the query gives true at the target.
   *
   * @throws IllegalStateException if the job fails meanwhile
   */
  final Timing await(Duration timeout, String sql) throws Exception {
    try {
      long done = target.await(timeout, database, sql);
      return new Timing(flinkAt, startedAt, workingAt.get(), done);
    } finally {
      Optional<Throwable> failure = failure();
      if (failure.isPresent()) {
        throw new IllegalStateException("the job failed", failure.get());
      }
    }
  }

  final Timing awaitConsistent(Duration timeout) throws Exception {
    return await(timeout, "SELECT consistent FROM tidemark.progress");
  }

  final Timing awaitFinished(Duration timeout) throws Exception {
    return await(timeout, "SELECT consistent AND finished FROM tidemark.progress");
  }

  /** Stops the job in good order; it can go on from the ledger. */
  @Override
  public abstract void close() throws InterruptedException;
}
