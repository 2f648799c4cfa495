package io.tidemark.pipeline;

import io.tidemark.job.Databases;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.sink.VersionedSink;
import io.tidemark.staging.TablesSink;
import io.tidemark.table.sink.CheckpointGathering;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.cdc.common.event.Event;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessageTypeInfo;
import org.apache.flink.streaming.api.connector.sink2.WithPreCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.flink.table.api.ValidationException;

/**
 * Writes the events of a pipeline exactly once: staged as they come, visible once their checkpoint
 * is complete, with what became of their tables.
 *
 * <p>Public, with public methods, because Flink CDC looks for some of them by their names. The
 * interface is the one by which it knows a sink that commits.
 */
@SuppressWarnings("deprecation")
public final class TidemarkPipelineSink
    implements WithPreCommitTopology<Event, PipelineCommittable>, VersionedSink<Event> {

  private static final long serialVersionUID = 1L;

  private final ConnectionSpec connection;
  private final TablesSink sink;

  TidemarkPipelineSink(ConnectionSpec connection, String name) {
    this.connection = connection;
    this.sink = Databases.sink(connection, name);
  }

  @Override
  public CommittingSinkWriter<Event, PipelineCommittable> createWriter(WriterInitContext context) {
    return new PipelineWriter(
        sink,
        new EventTables(Databases.defaultSchema(connection.url()), new TargetTables(connection)),
        context.getTaskInfo().getNumberOfParallelSubtasks() == 1);
  }

  @Override
  public DataStream<CommittableMessage<PipelineCommittable>> addPreCommitTopology(
      DataStream<CommittableMessage<PipelineCommittable>> staged) {
    requireCheckpoints(staged.getExecutionEnvironment().getCheckpointConfig());
    return staged
        .global()
        .transform(
            "Gather checkpoint",
            CommittableMessageTypeInfo.of(PipelineCommittableSerializer::new),
            new CheckpointGathering<>(new GatheredTables(sink)))
        .uid("tidemark-gather-checkpoint")
        .forceNonParallel()
        .global();
  }

  /** Flink sees to it in sinks that it translates itself; Flink CDC translates this one. */
  private static void requireCheckpoints(CheckpointConfig checkpoints) {
    if (!checkpoints.isCheckpointingEnabled()) {
      throw new ValidationException(
          "the sink tidemark-jdbc shows rows when their checkpoint is complete, and there are none:"
              + " set execution.checkpointing.interval, to 1 s for example, in Flink's configuration");
    }
    if (checkpoints.isUnalignedCheckpointsEnabled()) {
      throw new ValidationException(
          "the sink tidemark-jdbc shows all of a checkpoint at once, and unaligned checkpoints let"
              + " rows of one come after it: set execution.checkpointing.unaligned to false");
    }
  }

  @Override
  public Committer<PipelineCommittable> createCommitter(CommitterInitContext context) {
    return new PipelineCommitter(
        sink, new TargetTables(connection), context.getJobInfo().getJobId().toHexString());
  }

  @Override
  public SimpleVersionedSerializer<PipelineCommittable> getCommittableSerializer() {
    return new PipelineCommittableSerializer();
  }
}
