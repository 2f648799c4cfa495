package io.tidemark.protocol;

import io.tidemark.change.Key;
import io.tidemark.schema.TableId;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is known of the copy when the coordinator starts: from the ledger, or from a checkpoint.
 *
 * @param streamed tables that are complete and passed
 * @param covered what is at the target of the others
 * @param holes keys inside of it that have to be copied again
 */
public record CopyState(
    Set<TableId> streamed, List<CoveredRange> covered, Map<TableId, Set<Key>> holes) {

  /** Nothing has been copied. */
  public static final CopyState EMPTY = new CopyState(Set.of(), List.of(), Map.of());

  public CopyState {
    streamed = Set.copyOf(streamed);
    covered = List.copyOf(covered);
    holes = Map.copyOf(holes);
  }
}
