package io.tidemark.benchmark;

import io.tidemark.cli.EmbeddedFlink;
import io.tidemark.job.PreparedJob;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The whole job, in a Flink that runs before the job is submitted, as the servers do that it is
 * compared with. What Flink's start would add is told.
 */
final class MeasuredJob extends TimedJob {

  private final EmbeddedFlink flink;

  private MeasuredJob(
      BenchmarkServers servers,
      String database,
      EmbeddedFlink flink,
      long flinkAt,
      long startedAt,
      CompletableFuture<Long> readingAt) {
    super(new AnyServer(servers.target()), database, flinkAt, startedAt, readingAt);
    this.flink = flink;
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
    PreparedJob prepared =
        prepare(
            database,
            servers.source().spec(BenchmarkServers.DATABASE),
            "public.*",
            servers.target().spec(database),
            Duration.ofSeconds(60),
            checkpoints);
    String working =
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'tidemark:"
            + database
            + ":%:"
            + role
            + "')";
    CompletableFuture<Long> readingAt =
        whenWorking(new AnyServer(servers.source()), BenchmarkServers.DATABASE, working);
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

  @Override
  Optional<Throwable> failure() throws InterruptedException {
    return flink.latestFailure().map(EmbeddedFlink.Failure::cause);
  }

  @Override
  public void close() throws InterruptedException {
    try (EmbeddedFlink ending = flink) {
      ending.cancel(Duration.ofSeconds(30));
    }
  }
}
