package io.tidemark.staging;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/**
 * What all writers of a sink of many tables have staged up to a checkpoint.
 *
 * @param number greater than that of every earlier one
 * @param previous the one that has to be merged before; empty for the first of a sink that began
 *     without a state
 * @param oldestWriter the least number of the writers that have said something
 * @param rounds to be brought into the tables one after another
 */
public record TablesCheckpoint(
    Milestone number, Optional<Milestone> previous, long oldestWriter, List<Round> rounds)
    implements Serializable {

  public TablesCheckpoint {
    rounds = List.copyOf(rounds);
  }

  /**
   * What can be done without a table changing in between: of each table at most one change, and the
   * rows that came after it.
   *
   * @param changes made first
   * @param tables whose rows come then, each once
   */
  public record Round(List<ShapeChange> changes, List<Table> tables) implements Serializable {
    public Round {
      changes = List.copyOf(changes);
      tables = List.copyOf(tables);
    }
  }

  /**
   * A table of a round, which is made if it is not there.
   *
   * @param opened whether it was said to be there in the round, so that it has to be looked at
   * @param staged the rows, those of a writer in their order; may be none
   */
  public record Table(TableShape shape, boolean opened, List<StagedRows> staged)
      implements Serializable {
    public Table {
      staged = List.copyOf(staged);
    }
  }

  /** All that is staged for it. */
  public List<StagedRows> staged() {
    return rounds.stream()
        .flatMap(round -> round.tables().stream())
        .flatMap(table -> table.staged().stream())
        .toList();
  }
}
