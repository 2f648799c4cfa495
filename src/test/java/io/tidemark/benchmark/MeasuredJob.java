package io.tidemark.benchmark;

import io.tidemark.cli.EmbeddedFlink;
import io.tidemark.database.ExistingRows;
import io.tidemark.database.Renaming;
import io.tidemark.database.Selection;
import io.tidemark.job.PreparedJob;
import io.tidemark.job.TidemarkJob;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The whole job, in a Flink of its own in this process, which runs before the job is submitted, as
 * the servers do that it is compared with. What Flink's start would add is told.
 */
final class MeasuredJob implements AutoCloseable {

  private final BenchmarkServers servers;
  private final String database;
  private final EmbeddedFlink flink;
  private final long flinkAt;
  private final long startedAt;
  private final CompletableFuture<Long> readingAt;

  private MeasuredJob(
      BenchmarkServers servers,
      String database,
      EmbeddedFlink flink,
      long flinkAt,
      long startedAt,
      CompletableFuture<Long> readingAt) {
    this.servers = servers;
    this.database = database;
    this.flink = flink;
    this.flinkAt = flinkAt;
    this.startedAt = startedAt;
    this.readingAt = readingAt;
  }

  private static TidemarkJob settings(
      BenchmarkServers servers, String database, Duration checkpoints) {
    return new TidemarkJob(
        database,
        servers.source().spec(BenchmarkServers.DATABASE),
        new Selection(List.of("public.*"), Map.of(), Map.of()),
        servers.target().spec(database),
        ExistingRows.FAIL,
        Renaming.none(),
        new TidemarkJob.Copy(Duration.ofSeconds(60), 50_000, 2, 8L << 30),
        new TidemarkJob.Checkpoint(checkpoints, Optional.empty()));
  }

  /**
   * Starts the stream, or goes on with it, with the default time between checkpoints.
   *
   * @param database at the target, and the stream's name
   * @param role of the session whose appearance at the source counts as the end of the start-up
   */
  static MeasuredJob start(BenchmarkServers servers, String database, String role)
      throws InterruptedException {
    return start(servers, database, role, Duration.ofSeconds(5));
  }

  /**
   * The same.
   *
   * @param checkpoints the time between two; a copy is done only with one behind its last chunk
   */
  static MeasuredJob start(
      BenchmarkServers servers, String database, String role, Duration checkpoints)
      throws InterruptedException {
    List<String> findings = new ArrayList<>();
    PreparedJob prepared =
        PreparedJob.prepare(settings(servers, database, checkpoints), findings::add)
            .orElseThrow(() -> new IllegalStateException(String.join("\n", findings)));
    String working =
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'tidemark:"
            + database
            + ":%:"
            + role
            + "')";
    CompletableFuture<Long> readingAt =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return BenchmarkServers.await(
                    Duration.ofMinutes(2), servers.source(), BenchmarkServers.DATABASE, working);
              } catch (SQLException e) {
                throw new IllegalStateException("the job does not start to read", e);
              }
            });
    Configuration configuration = EmbeddedFlink.configuration(0);
    long before = System.nanoTime();
    MiniCluster cluster = EmbeddedFlink.cluster(configuration, prepared.job().copy().subtasks());
    try {
      long startedAt = System.nanoTime();
      StreamExecutionEnvironment environment =
          StreamExecutionEnvironment.getExecutionEnvironment(configuration);
      prepared.addTo(environment);
      EmbeddedFlink flink = EmbeddedFlink.submit(cluster, environment);
      return new MeasuredJob(servers, database, flink, before, startedAt, readingAt);
    } catch (RuntimeException | InterruptedException e) {
      cluster.closeAsync();
      throw e;
    }
  }

  /**
   * Waits until the query gives true at the target.
   *
   * @throws IllegalStateException if the job fails meanwhile
   */
  Timing await(Duration timeout, String sql) throws Exception {
    try {
      long done = BenchmarkServers.await(timeout, servers.target(), database, sql);
      return new Timing(flinkAt, startedAt, readingAt.get(), done);
    } finally {
      Optional<Throwable> failure = flink.latestFailure().map(EmbeddedFlink.Failure::cause);
      if (failure.isPresent()) {
        throw new IllegalStateException("the job failed", failure.get());
      }
    }
  }

  Timing awaitConsistent(Duration timeout) throws Exception {
    return await(timeout, "SELECT bool_and(consistent) FROM tidemark.progress");
  }

  Timing awaitFinished(Duration timeout) throws Exception {
    return await(timeout, "SELECT bool_and(consistent AND finished) FROM tidemark.progress");
  }

  /** Stops the job in good order; it can go on from the ledger. */
  @Override
  public void close() throws InterruptedException {
    try (EmbeddedFlink ending = flink) {
      ending.cancel(Duration.ofSeconds(30));
    }
  }
}
