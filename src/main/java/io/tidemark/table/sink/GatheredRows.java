package io.tidemark.table.sink;

import io.tidemark.staging.Milestone;
import io.tidemark.staging.StagedCheckpoint;
import io.tidemark.staging.StagedRows;
import io.tidemark.staging.StagedSink;
import java.util.List;
import java.util.Optional;

/** The rows of one table, gathered. */
record GatheredRows(StagedSink sink)
    implements CheckpointGathering.Gathered<StagedRows, StagedCheckpoint> {

  private static final long serialVersionUID = 1L;

  @Override
  public long claim(String job, Optional<Milestone> reached) {
    return sink.claim(job, reached);
  }

  @Override
  public boolean isWorthIt(StagedRows staged) {
    return staged.rows() > 0;
  }

  @Override
  public StagedCheckpoint make(
      Milestone number, Optional<Milestone> previous, List<StagedRows> staged) {
    return new StagedCheckpoint(number, previous, staged);
  }
}
