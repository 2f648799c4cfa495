package io.tidemark.job;

import io.tidemark.change.ChangeEvent;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Source and sink as one Flink job, at one parallelism and with nothing in between: what a subtask
 * of the source reads goes to the subtask of the sink behind it, in its order. They are chained;
 * where Flink is told not to chain, events travel between them as {@link ChangeEventSerializer}
 * writes them.
 */
public final class FlinkJob {

  /** More readers than this, and one source server is the bottleneck anyway. */
  static final int MAX_PARALLELISM = 1024;

  private static final int ANY_NUMBER = Integer.MAX_VALUE;

  private FlinkJob() {}

  /** Adds the job to {@code environment}, with its settings. */
  static void addTo(
      StreamExecutionEnvironment environment,
      TidemarkJob job,
      Source<ChangeEvent, ?, ?> source,
      Sink<ChangeEvent> sink) {
    environment.configure(settings(job));
    environment.setParallelism(job.copy().subtasks());
    environment
        .fromSource(
            source, WatermarkStrategy.noWatermarks(), "read " + job.name(), new ChangeEventType())
        .uid("tidemark-source")
        .sinkTo(sink)
        .uid("tidemark-sink")
        .name("write " + job.name());
  }

  /** The name under which Flink shows the job. */
  public static String nameOf(TidemarkJob job) {
    return "tidemark " + job.name();
  }

  /**
   * What to say where Flink was given another number of subtasks, which the job does not take: with
   * fewer it had nobody to copy, and with more those would have nothing to do.
   *
   * @param given by {@code flink run -p} or Flink's configuration
   */
  static Optional<String> otherParallelism(TidemarkJob job, int given) {
    int subtasks = job.copy().subtasks();
    return given == subtasks
        ? Optional.empty()
        : Optional.of(
            "Flink's parallelism of "
                + given
                + " (-p of 'flink run', or parallelism.default in Flink's configuration) is not"
                + " taken: the job has "
                + subtasks
                + " subtasks, as copy.parallelism is "
                + job.copy().parallelism()
                + " in its job file, where it can be changed");
  }

  private static Configuration settings(TidemarkJob job) {
    Configuration settings = new Configuration();
    settings.set(PipelineOptions.NAME, nameOf(job));
    settings.set(PipelineOptions.MAX_PARALLELISM, MAX_PARALLELISM);
    // Events are immutable: there is nothing to copy between chained operators.
    settings.set(PipelineOptions.OBJECT_REUSE, true);
    settings.set(PipelineOptions.GENERIC_TYPES, false);
    settings.set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.STREAMING);
    // Between tasks that are not chained, an event must not wait for others to fill a buffer.
    settings.set(ExecutionOptions.BUFFER_TIMEOUT_ENABLED, true);
    settings.set(ExecutionOptions.BUFFER_TIMEOUT, Duration.ofMillis(20));

    settings.set(
        CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
    settings.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, job.checkpoint().interval());
    settings.set(
        CheckpointingOptions.MIN_PAUSE_BETWEEN_CHECKPOINTS,
        job.checkpoint().interval().dividedBy(2));
    // A chunk counts as durable when a checkpoint is complete that began behind it: the sink must
    // have written it by then, and not find it in the checkpoint as something on its way.
    settings.set(CheckpointingOptions.ENABLE_UNALIGNED, false);
    settings.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    // A checkpoint waits for what the sink has under way, which a slow target may make long. One
    // that fails costs nothing: the ledger, not the checkpoint, holds what has happened.
    settings.set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, Duration.ofMinutes(30));
    settings.set(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER, ANY_NUMBER);
    settings.set(
        CheckpointingOptions.CHECKPOINT_STORAGE,
        job.checkpoint().directory().isPresent() ? "filesystem" : "jobmanager");
    job.checkpoint()
        .directory()
        .map(URI::toString)
        .ifPresent(uri -> settings.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, uri));

    // What a person must look at is thrown as non-recoverable and not tried again; all else is
    // tried for as long as it takes. A lost subtask counts as two failures: Flink starts it again
    // alone, and only then does the source's coordinator learn of it and restart the whole job. So
    // the delays grow slowly; none is so short as to be a burden to a server that is down.
    settings.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
    settings.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF,
        Duration.ofMillis(500));
    settings.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_BACKOFF_MULTIPLIER, 1.3);
    settings.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF,
        Duration.ofSeconds(10));
    settings.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_RESET_BACKOFF_THRESHOLD,
        Duration.ofMinutes(1));
    settings.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_ATTEMPTS, ANY_NUMBER);
    return settings;
  }
}
