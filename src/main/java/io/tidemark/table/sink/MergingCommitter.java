package io.tidemark.table.sink;

import io.tidemark.source.UnrecoverableException;
import io.tidemark.staging.StagedCheckpoint;
import io.tidemark.staging.StagedSink;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.api.connector.sink2.Committer;

/** Merges checkpoints, in their order. What was merged before is found to be, and passed over. */
final class MergingCommitter implements Committer<StagedCheckpoint> {

  private final StagedSink sink;
  private final String job;

  MergingCommitter(StagedSink sink, String job) {
    this.sink = sink;
    this.job = job;
  }

  @Override
  public void commit(Collection<CommitRequest<StagedCheckpoint>> requests) {
    List<StagedCheckpoint> checkpoints =
        requests.stream()
            .map(CommitRequest::getCommittable)
            .sorted(Comparator.comparing(StagedCheckpoint::number))
            .toList();
    for (StagedCheckpoint checkpoint : checkpoints) {
      try {
        sink.merge(job, checkpoint);
      } catch (RuntimeException e) {
        throw UnrecoverableException.classify(e);
      }
    }
  }

  /** Each merge is a connection of its own. */
  @Override
  public void close() {}
}
