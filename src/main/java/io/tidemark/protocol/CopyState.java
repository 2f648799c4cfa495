package io.tidemark.protocol;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.database.Ledger;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.schema.TableId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is known of the copy when the coordinator starts: from the ledger, or from a checkpoint.
 *
 * @param streamed tables that are complete and passed
 * @param covered what is at the target of the others
 * @param holes keys inside of it that have to be copied again
 * @param recopied keys inside of it that have been copied again, with what they were read from;
 *     none of them is a hole
 * @param announced what may have been handed out since, where there is no ledger
 */
public record CopyState(
    Set<TableId> streamed,
    List<CoveredRange> covered,
    Map<TableId, Set<Key>> holes,
    Map<TableId, Map<Key, SnapshotPosition>> recopied,
    List<AnnouncedRange> announced) {

  /** Nothing has been copied. */
  public static final CopyState EMPTY =
      new CopyState(Set.of(), List.of(), Map.of(), Map.of(), List.of());

  public CopyState {
    streamed = Set.copyOf(streamed);
    covered = List.copyOf(covered);
    holes = Map.copyOf(holes);
    recopied = Map.copyOf(recopied);
    announced = List.copyOf(announced);
  }

  /**
   * The same where no row is ever handed out, so that nothing of what was announced is anywhere.
   */
  public CopyState withNothingHandedOut() {
    return new CopyState(streamed, covered, holes, recopied, List.of());
  }

  /** Every table of which something may be with whoever was given it. */
  public Set<TableId> tables() {
    Set<TableId> tables = new HashSet<>(streamed);
    covered.forEach(range -> tables.add(range.table()));
    tables.addAll(holes.keySet());
    tables.addAll(recopied.keySet());
    announced.forEach(range -> tables.add(range.table()));
    return tables;
  }

  /** What a ledger holds. */
  public static CopyState of(Ledger.Running running, PositionFormat format) {
    Map<TableId, Set<Key>> holes = new HashMap<>();
    for (Chunk hole : running.holes()) {
      if (hole.range() instanceof KeyRange.Points points) {
        holes.computeIfAbsent(hole.table(), table -> new HashSet<>()).addAll(points.keys());
      }
    }
    Map<TableId, Map<Key, SnapshotPosition>> recopied = new HashMap<>();
    Map<String, SnapshotPosition> snapshots = new HashMap<>();
    for (Ledger.CoveredChunk copied : running.recopied()) {
      if (copied.chunk().range() instanceof KeyRange.Points points) {
        SnapshotPosition snapshot =
            snapshots.computeIfAbsent(copied.snapshot(), format::snapshotPosition);
        Map<Key, SnapshotPosition> ofTable =
            recopied.computeIfAbsent(copied.chunk().table(), table -> new HashMap<>());
        points.keys().forEach(key -> ofTable.put(key, snapshot));
      }
    }
    return new CopyState(
        running.streamed(),
        CoveredRange.runsOf(running.chunks(), format),
        holes,
        recopied,
        List.of());
  }
}
