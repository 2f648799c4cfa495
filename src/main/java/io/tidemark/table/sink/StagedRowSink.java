package io.tidemark.table.sink;

import io.tidemark.sink.VersionedSink;
import io.tidemark.staging.StagedCheckpoint;
import io.tidemark.staging.StagedRows;
import io.tidemark.staging.StagedSink;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessageTypeInfo;
import org.apache.flink.streaming.api.connector.sink2.SupportsPreCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.table.data.RowData;

/**
 * Writes rows exactly once: staged as they come, visible once their checkpoint is complete.
 *
 * <p>What the writers have staged goes to one operator, which makes one committable of it at each
 * barrier, and from there to one committer: one checkpoint is one transaction.
 */
final class StagedRowSink
    implements VersionedSink<RowData>,
        SupportsCommitter<StagedCheckpoint>,
        SupportsPreCommitTopology<StagedRows, StagedCheckpoint> {

  private static final long serialVersionUID = 1L;

  private final StagedSink sink;
  private final RowEncoder encoder;

  StagedRowSink(StagedSink sink, RowEncoder encoder) {
    this.sink = sink;
    this.encoder = encoder;
  }

  @Override
  public CommittingSinkWriter<RowData, StagedRows> createWriter(WriterInitContext context) {
    return new StagedRowWriter(sink, encoder);
  }

  @Override
  public DataStream<CommittableMessage<StagedCheckpoint>> addPreCommitTopology(
      DataStream<CommittableMessage<StagedRows>> staged) {
    return staged
        .global()
        .transform(
            "Gather checkpoint",
            CommittableMessageTypeInfo.of(StagedCheckpointSerializer::new),
            new CheckpointGathering<>(new GatheredRows(sink)))
        .forceNonParallel()
        .global();
  }

  @Override
  public Committer<StagedCheckpoint> createCommitter(CommitterInitContext context) {
    return new MergingCommitter(sink, context.getJobInfo().getJobId().toHexString());
  }

  @Override
  public SimpleVersionedSerializer<StagedRows> getWriteResultSerializer() {
    return new StagedRowsSerializer();
  }

  @Override
  public SimpleVersionedSerializer<StagedCheckpoint> getCommittableSerializer() {
    return new StagedCheckpointSerializer();
  }
}
