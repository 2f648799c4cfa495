package io.tidemark.cli;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.StreamSupport;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.executiongraph.ErrorInfo;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Flink in this process, with one job and its dashboard on 127.0.0.1. Sized to leave a heap of 512
 * MB to the job. Methods may be called from any thread.
 */
public final class EmbeddedFlink implements AutoCloseable {

  private static final String JOB_STATE = "the job's state";

  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);

  private final MiniCluster cluster;
  private final JobID job;
  private final CompletableFuture<JobResult> result;

  private EmbeddedFlink(MiniCluster cluster, JobID job) {
    this.cluster = cluster;
    this.job = job;
    this.result = cluster.requestJobResult(job);
  }

  /** A failure after which Flink starts the job again, or not. */
  public record Failure(Instant at, Throwable cause) {}

  /**
   * The configuration to build the job's environment with and to start with.
   *
   * @param dashboardPort 0 for any free one
   */
  public static Configuration configuration(int dashboardPort) {
    Configuration configuration = new Configuration();
    configuration.set(RestOptions.ADDRESS, "127.0.0.1");
    configuration.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    configuration.set(RestOptions.BIND_PORT, Integer.toString(dashboardPort));
    configuration.set(WebOptions.SUBMIT_ENABLE, false);
    // Chained operators send nothing over Flink's network, and keep no state in managed memory.
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(8));
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(8));
    configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ZERO);
    return configuration;
  }

  /** Starts Flink and the job that was added to {@code environment}, from no checkpoint. */
  public static EmbeddedFlink start(
      Configuration configuration, StreamExecutionEnvironment environment)
      throws InterruptedException {
    return start(configuration, environment, Optional.empty());
  }

  /**
   * Starts Flink and the job that was added to {@code environment}.
   *
   * @param restore the URI of a checkpoint or savepoint to start from, if any
   */
  public static EmbeddedFlink start(
      Configuration configuration, StreamExecutionEnvironment environment, Optional<String> restore)
      throws InterruptedException {
    JobGraph graph = graph(environment, restore);
    MiniCluster cluster = cluster(configuration, graph.getMaximumParallelism());
    try {
      return submit(cluster, graph);
    } catch (RuntimeException | InterruptedException e) {
      cluster.closeAsync();
      throw e;
    }
  }

  /**
   * Starts Flink alone, with nothing to do yet.
   *
   * @param slots how many subtasks of one job it can run
   */
  public static MiniCluster cluster(Configuration configuration, int slots)
      throws InterruptedException {
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .build());
    try {
      cluster.start();
      return cluster;
    } catch (Exception e) {
      cluster.closeAsync();
      if (e instanceof InterruptedException interrupted) {
        throw interrupted;
      }
      throw new IllegalStateException("the embedded Flink does not start: " + e.getMessage(), e);
    }
  }

  /** Gives the job of {@code environment} to a Flink that runs, and from now on closes that. */
  public static EmbeddedFlink submit(MiniCluster cluster, StreamExecutionEnvironment environment)
      throws InterruptedException {
    return submit(cluster, graph(environment, Optional.empty()));
  }

  private static EmbeddedFlink submit(MiniCluster cluster, JobGraph graph)
      throws InterruptedException {
    await(cluster.submitJob(graph), "the job's submission");
    return new EmbeddedFlink(cluster, graph.getJobID());
  }

  private static JobGraph graph(StreamExecutionEnvironment environment, Optional<String> restore) {
    JobGraph graph = environment.getStreamGraph().getJobGraph();
    restore.ifPresent(
        path -> graph.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(path, false)));
    return graph;
  }

  /**
   * Where the dashboard answers.
   *
   * @throws IllegalStateException if Flink does not say so in time
   */
  public URI dashboard() throws InterruptedException {
    return await(cluster.getRestAddress(), "the dashboard's address");
  }

  /**
   * What Flink is doing with the job now.
   *
   * @throws IllegalStateException if Flink does not say so in time
   */
  public JobStatus status() throws InterruptedException {
    return await(cluster.getJobStatus(job), "the job's status");
  }

  /** The job's latest failure since it was started, whether or not Flink started it again. */
  public Optional<Failure> latestFailure() throws InterruptedException {
    return Optional.ofNullable(state().getFailureInfo()).map(EmbeddedFlink::failure);
  }

  /**
   * The job's latest failure after which Flink starts it again, if it is later than {@code known},
   * with what has caused it: a task that fails makes the coordinator start the whole job again,
   * which is a failure too and the last one that Flink tells of.
   *
   * @return empty also where Flink does not answer in time, as after this process was suspended: it
   *     can be asked again, and the job is none the worse for it
   */
  Optional<Failure> restartSince(Instant known) throws InterruptedException {
    AccessExecutionGraph state;
    try {
      state = answer(cluster.getExecutionGraph(job), JOB_STATE);
    } catch (TimeoutException e) {
      return Optional.empty();
    }
    Optional<Failure> latest =
        Optional.ofNullable(ends(state.getState()) ? null : state.getFailureInfo())
            .map(EmbeddedFlink::failure)
            .filter(failure -> failure.at().isAfter(known));
    if (latest.isEmpty()) {
      return latest;
    }
    return StreamSupport.stream(state.getAllExecutionVertices().spliterator(), false)
        .flatMap(task -> task.getExecutionHistory().getHistoricalExecutions().stream())
        .flatMap(attempt -> attempt.getFailureInfo().stream())
        .map(EmbeddedFlink::failure)
        .filter(failure -> failure.at().isAfter(known))
        .min(Comparator.comparing(Failure::at))
        .map(first -> new Failure(latest.get().at(), first.cause()))
        .or(() -> latest);
  }

  private static boolean ends(JobStatus status) {
    return status == JobStatus.FAILING || status == JobStatus.FAILED;
  }

  private AccessExecutionGraph state() throws InterruptedException {
    return await(cluster.getExecutionGraph(job), JOB_STATE);
  }

  private static Failure failure(ErrorInfo failure) {
    return new Failure(
        Instant.ofEpochMilli(failure.getTimestamp()),
        failure.getException().deserializeError(EmbeddedFlink.class.getClassLoader()));
  }

  /** Why the job ended for good, if it has ended and was not cancelled. */
  public Optional<Throwable> fatalFailure() {
    return result.isDone() && !result.isCompletedExceptionally()
        ? result
            .join()
            .getSerializedThrowable()
            .map(failure -> failure.deserializeError(getClass().getClassLoader()))
        : Optional.empty();
  }

  /**
   * Waits for the job to end for good.
   *
   * @return whether it has
   */
  public boolean awaitEnd(Duration timeout) throws InterruptedException {
    try {
      result.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (ExecutionException e) {
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  /**
   * Cancels the job and waits for its end.
   *
   * @return whether it ended in time
   */
  public boolean cancel(Duration timeout) throws InterruptedException {
    if (!result.isDone()) {
      cluster.cancelJob(job);
    }
    return awaitEnd(timeout);
  }

  /** Stops Flink, at most 30 seconds long; a job that still runs is cut off. */
  @Override
  public void close() {
    try {
      cluster.closeAsync().get(ANSWER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the embedded Flink did not stop in time", e);
    }
  }

  private static <T> T await(CompletableFuture<T> answer, String what) throws InterruptedException {
    try {
      return answer(answer, what);
    } catch (TimeoutException e) {
      throw new IllegalStateException("Flink did not give " + what + " in time", e);
    }
  }

  private static <T> T answer(CompletableFuture<T> answer, String what)
      throws InterruptedException, TimeoutException {
    try {
      return answer.get(ANSWER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException("Flink failed to give " + what, e.getCause());
    }
  }
}
