package io.tidemark.pipeline;

import io.tidemark.staging.StagedTables;
import io.tidemark.staging.TablesCheckpoint;
import java.io.Serializable;

/**
 * What goes from the writers to where it is gathered, and from there to the committer: for Flink
 * CDC they are one type.
 */
sealed interface PipelineCommittable extends Serializable {

  /** What a writer has staged. */
  record Staged(StagedTables tables) implements PipelineCommittable {}

  /** What all of them have. */
  record Gathered(TablesCheckpoint checkpoint) implements PipelineCommittable {}
}
