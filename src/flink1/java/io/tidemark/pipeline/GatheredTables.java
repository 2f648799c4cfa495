package io.tidemark.pipeline;

import io.tidemark.staging.Milestone;
import io.tidemark.staging.Rounds;
import io.tidemark.staging.StagedTables;
import io.tidemark.staging.TablesCheckpoint;
import io.tidemark.staging.TablesSink;
import io.tidemark.table.sink.CheckpointGathering;
import java.util.List;
import java.util.Optional;

/** Rows and changes of any number of tables, gathered. */
record GatheredTables(TablesSink sink)
    implements CheckpointGathering.Gathered<PipelineCommittable, PipelineCommittable> {

  private static final long serialVersionUID = 1L;

  @Override
  public long claim(String job, Optional<Milestone> reached) {
    return sink.claim(job, reached);
  }

  @Override
  public boolean isWorthIt(PipelineCommittable staged) {
    return !tables(staged).parts().isEmpty();
  }

  @Override
  public PipelineCommittable make(
      Milestone number, Optional<Milestone> previous, List<PipelineCommittable> staged) {
    List<StagedTables> tables = staged.stream().map(GatheredTables::tables).toList();
    return new PipelineCommittable.Gathered(
        new TablesCheckpoint(
            number,
            previous,
            tables.stream().mapToLong(StagedTables::writer).min().orElse(Long.MIN_VALUE),
            Rounds.of(tables)));
  }

  private static StagedTables tables(PipelineCommittable staged) {
    if (staged instanceof PipelineCommittable.Staged some) {
      return some.tables();
    }
    throw new IllegalStateException("a checkpoint was gathered twice");
  }
}
