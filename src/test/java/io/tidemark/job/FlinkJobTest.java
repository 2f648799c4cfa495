package io.tidemark.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.change.ChangeEvent;
import io.tidemark.source.CopySettings;
import io.tidemark.source.Submission;
import io.tidemark.source.TidemarkSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.runtime.jobgraph.JobEdge;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobType;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.tasks.JobCheckpointingSettings;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;

class FlinkJobTest {

  private static final String FILE =
      """
      name: shop
      source: {url: "jdbc:postgresql://a/shop", user: u, password: p, tables: "*"}
      target: {url: "jdbc:postgresql://b/shop", user: u, password: p}
      copy: {parallelism: 3}
      checkpoint: {interval: 7s, directory: "file:///var/lib/checkpoints"}
      """;

  @Test
  void chainsSourceAndSinkAtOneParallelism() {
    JobGraph graph = graph();
    assertThat(graph.getVerticesAsArray()).hasSize(1);
    JobVertex vertex = graph.getVerticesAsArray()[0];
    assertThat(vertex.getParallelism()).as("three that copy and the log").isEqualTo(4);
    assertThat(vertex.getMaxParallelism()).isEqualTo(FlinkJob.MAX_PARALLELISM);
    assertThat(graph.getName()).isEqualTo("tidemark shop");
  }

  /** Whoever does not want them chained gets the same order in two tasks. */
  @Test
  void keepsTheOrderAlsoUnchained() {
    Configuration unchained = new Configuration();
    unchained.set(PipelineOptions.OPERATOR_CHAINING, false);
    JobVertex[] vertices = graph(unchained).getVerticesAsArray();
    assertThat(vertices).hasSize(2).allMatch(vertex -> vertex.getParallelism() == 4);
    assertThat(vertices)
        .flatExtracting(JobVertex::getInputs)
        .extracting(JobEdge::getShipStrategyName)
        .containsExactly("FORWARD");
  }

  /** A commit of little would wait for whatever fills the rest of a network buffer. */
  @Test
  void sendsWhatThereIsWhateverFlinkIsSetTo() {
    Configuration waiting = new Configuration();
    waiting.set(PipelineOptions.OPERATOR_CHAINING, false);
    waiting.set(ExecutionOptions.BUFFER_TIMEOUT_ENABLED, false);
    waiting.set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.BATCH);
    assertThat(graph(waiting).getJobType()).isEqualTo(JobType.STREAMING);
    assertThat(environment(waiting).getBufferTimeout()).isEqualTo(20);
  }

  @Test
  void saysThatAnotherParallelismIsNotTaken() {
    TidemarkJob job = job();
    assertThat(FlinkJob.otherParallelism(job, 4)).isEmpty();
    assertThat(FlinkJob.otherParallelism(job, 8).orElseThrow())
        .startsWith("Flink's parallelism of 8 (-p of 'flink run', or parallelism.default")
        .endsWith(
            "the job has 4 subtasks, as copy.parallelism is 3 in its job file, where it can be"
                + " changed");
  }

  /** A chunk may wait at the target for a change of the log, which must be able to go on. */
  @Test
  void theLogHasASubtaskOfItsOwn() {
    TidemarkJob.Copy one =
        new TidemarkJob.Copy(Duration.ofSeconds(60), 50_000, /* parallelism= */ 1, 8L << 30);
    assertThat(one.subtasks()).isEqualTo(2);
  }

  /** What a checkpoint counts as written must not be on its way to the sink. */
  @Test
  void checkpointsAreAlignedWhateverFlinkIsSetTo() {
    Configuration unaligned = new Configuration();
    unaligned.set(CheckpointingOptions.ENABLE_UNALIGNED, true);
    assertThat(
            graph(unaligned)
                .getCheckpointingSettings()
                .getCheckpointCoordinatorConfiguration()
                .isUnalignedCheckpointsEnabled())
        .isFalse();
  }

  @Test
  void checkpointsAsTheJobSays() {
    JobCheckpointingSettings settings = graph().getCheckpointingSettings();
    var checkpoints = settings.getCheckpointCoordinatorConfiguration();
    assertThat(checkpoints.getCheckpointInterval()).isEqualTo(7000);
    assertThat(checkpoints.isExactlyOnce()).isTrue();
    assertThat(checkpoints.getTolerableCheckpointFailureNumber()).isEqualTo(Integer.MAX_VALUE);
    assertThat(checkpoints.getCheckpointRetentionPolicy().name())
        .isEqualTo("RETAIN_ON_CANCELLATION");
  }

  /** A savepoint finds an operator's state by its id, which is made from its uid. */
  @Test
  void keepsTheOperatorsThatSavepointsKnow() {
    assertThat(graph().getVerticesAsArray()[0].getOperatorIDs())
        .extracting(pair -> pair.getGeneratedOperatorID().toHexString())
        .containsExactlyInAnyOrder(
            "b6fc04146a9bf9f6b5b98131b9e15612", "9a5407950f9ce281db0055f483a5ad07");
  }

  private static JobGraph graph() {
    return graph(new Configuration());
  }

  private static JobGraph graph(Configuration flink) {
    return environment(flink).getStreamGraph().getJobGraph();
  }

  private static TidemarkJob job() {
    return JobFile.parse("f", FILE, name -> null, Path.of("."));
  }

  private static StreamExecutionEnvironment environment(Configuration flink) {
    TidemarkJob job = job();
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.createLocalEnvironment(flink);
    CopySettings copy =
        new CopySettings(job.copy().cycle(), job.copy().chunkRows(), job.copy().logLimitBytes());
    FlinkJob.addTo(
        environment,
        job,
        new TidemarkSource(
            Databases.of(job).source(),
            Optional.empty(),
            copy,
            new Submission("incarnation", List.of())),
        new DiscardingSink<ChangeEvent>());
    return environment;
  }
}
