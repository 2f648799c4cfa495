package io.tidemark.staging;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/**
 * What all writers of a sink have staged up to a checkpoint, to be merged in one transaction.
 *
 * @param number greater than that of every earlier one
 * @param previous the one that has to be merged before; empty for the first of a sink that began
 *     without a state
 * @param staged by every writer of the attempt; the later rows of a writer behind its earlier ones
 */
public record StagedCheckpoint(
    Milestone number, Optional<Milestone> previous, List<StagedRows> staged)
    implements Serializable {

  public StagedCheckpoint {
    staged = List.copyOf(staged);
  }
}
