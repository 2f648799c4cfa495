package io.tidemark.staging;

import java.io.Serializable;
import java.util.Optional;

/**
 * Tables that take staged rows, and change between them. All of a checkpoint is merged together.
 * Immutable and serializable; holds no connection. May throw {@link
 * io.tidemark.database.DatabaseException}, whose messages have no values of rows.
 */
public interface TablesSink extends Serializable {

  /**
   * Takes the sink over for an attempt to run a job, as {@link StagedSink#claim} does.
   *
   * @param job tells attempts of one job from those of another
   * @param reached the last checkpoint that is in the state; empty without a state
   * @return the attempt's epoch, greater than every earlier one
   */
  long claim(String job, Optional<Milestone> reached);

  /** A writer for an attempt's subtask. Opens a connection. */
  TablesWriter openStaging();

  /**
   * Makes a checkpoint visible: its changes of tables, and its rows, in their order. In one
   * transaction where the database changes tables in transactions; otherwise each round is one, and
   * what is left of an attempt that failed in between goes on with the next. Idempotent.
   *
   * @param job for which it is merged, as {@link #claim} was told
   * @throws io.tidemark.database.FencedException if another job has taken the sink over
   * @throws io.tidemark.database.DatabaseException fatal, if something is missing of what was
   *     staged or merged before, or a table cannot take what is staged for it; retryable, if a
   *     later attempt of the same job has the sink
   */
  void merge(String job, TablesCheckpoint checkpoint);
}
