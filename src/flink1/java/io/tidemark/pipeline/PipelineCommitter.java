package io.tidemark.pipeline;

import io.tidemark.source.UnrecoverableException;
import io.tidemark.staging.ShapeChange;
import io.tidemark.staging.TablesCheckpoint;
import io.tidemark.staging.TablesSink;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.api.connector.sink2.Committer;

/** Merges checkpoints, in their order. What was merged before is found to be, and passed over. */
final class PipelineCommitter implements Committer<PipelineCommittable> {

  private final TablesSink sink;
  private final TargetTables there;
  private final String job;

  PipelineCommitter(TablesSink sink, TargetTables there, String job) {
    this.sink = sink;
    this.there = there;
    this.job = job;
  }

  @Override
  public void commit(Collection<CommitRequest<PipelineCommittable>> requests) {
    List<TablesCheckpoint> checkpoints =
        requests.stream()
            .map(CommitRequest::getCommittable)
            .map(PipelineCommitter::checkpoint)
            .sorted(Comparator.comparing(TablesCheckpoint::number))
            .toList();
    for (TablesCheckpoint checkpoint : checkpoints) {
      try {
        lookAt(checkpoint);
        sink.merge(job, checkpoint);
      } catch (RuntimeException e) {
        throw UnrecoverableException.classify(e);
      }
    }
  }

  private static TablesCheckpoint checkpoint(PipelineCommittable committable) {
    if (committable instanceof PipelineCommittable.Gathered gathered) {
      return gathered.checkpoint();
    }
    throw new IllegalStateException("what one writer staged came to be merged by itself");
  }

  /** What is made or added may be there, and would then be written to as it is. */
  private void lookAt(TablesCheckpoint checkpoint) {
    List<TablesCheckpoint.Round> rounds = checkpoint.rounds();
    if (rounds.isEmpty()) {
      return;
    }
    rounds.get(0).tables().stream()
        .filter(TablesCheckpoint.Table::opened)
        .forEach(table -> there.requireFit(table.shape()));
    for (TablesCheckpoint.Round round : rounds) {
      for (ShapeChange change : round.changes()) {
        if (change instanceof ShapeChange.Add add) {
          there.requireFit(add.table(), add.columns());
        }
      }
    }
  }

  /** Each merge is a connection of its own. */
  @Override
  public void close() {}
}
