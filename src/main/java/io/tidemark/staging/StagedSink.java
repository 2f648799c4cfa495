package io.tidemark.staging;

import java.io.Serializable;
import java.util.Optional;

/**
 * A table that takes staged rows. Immutable and serializable; holds no connection. May throw {@link
 * io.tidemark.database.DatabaseException}, whose messages have no values of rows.
 */
public interface StagedSink extends Serializable {

  /**
   * Takes the sink over for an attempt to run a job. From now on nothing that an earlier attempt
   * staged is merged, but for what the state has that this one was started with.
   *
   * @param job tells attempts of one job from those of another
   * @param reached the last checkpoint with rows that is in the state; empty without a state
   * @return the attempt's epoch, greater than every earlier one
   * @throws io.tidemark.database.DatabaseException fatal, if the table has no key and holds rows of
   *     checkpoints that are later than the state: they would be there twice
   */
  long claim(String job, Optional<Milestone> reached);

  /** A writer for an attempt's subtask. Opens a connection. */
  StagingWriter openStaging();

  /** A writer whose rows are visible when they are flushed. Opens a connection. */
  DirectWriter openDirect();

  /**
   * Makes the rows of a checkpoint visible, all of them in one transaction, and drops what they
   * were staged in, with whatever attempts have left that began earlier. Idempotent.
   *
   * @param job for which it is merged, as {@link #claim} was told
   * @throws io.tidemark.database.FencedException if another job has taken the sink over
   * @throws io.tidemark.database.DatabaseException fatal, if something is missing of what was
   *     staged or merged before; retryable, if a later attempt of the same job has the sink
   */
  void merge(String job, StagedCheckpoint checkpoint);
}
