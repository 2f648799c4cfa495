package io.tidemark.protocol;

import io.tidemark.change.Chunk;
import io.tidemark.change.KeyRange;
import io.tidemark.database.Ledger;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Chunks of one table that follow one another, copied from one snapshot: one or many.
 *
 * @param firstNumber the first chunk's place in key order
 * @param lastNumber the last one's
 */
public record CoveredRange(
    TableId table,
    int firstNumber,
    int lastNumber,
    KeyRange.Between range,
    SnapshotPosition snapshot) {

  /**
   * @throws IllegalArgumentException if the numbers are none of chunks that follow one another
   */
  public CoveredRange {
    if (firstNumber < 0 || lastNumber < firstNumber) {
      throw new IllegalArgumentException(
          "chunks " + firstNumber + " to " + lastNumber + " of " + table + " are no run of chunks");
    }
  }

  /**
   * Chunks as runs of numbers: a chunk also stands for the numbers up to its follower's, or, if it
   * ends the key space, for all that follow. So a gap has the numbers between its neighbours, as
   * many as it had when it was first cut, and what it is cut into anew fits in between.
   */
  public static List<CoveredRange> runsOf(List<Ledger.CoveredChunk> chunks, PositionFormat format) {
    Map<TableId, List<Ledger.CoveredChunk>> byTable = new HashMap<>();
    for (Ledger.CoveredChunk chunk : chunks) {
      byTable.computeIfAbsent(chunk.chunk().table(), table -> new ArrayList<>()).add(chunk);
    }
    List<CoveredRange> covered = new ArrayList<>();
    Map<String, SnapshotPosition> snapshots = new HashMap<>();
    byTable.forEach(
        (table, sorted) -> {
          sorted.sort(Comparator.comparingInt(chunk -> chunk.chunk().number()));
          for (int i = 0; i < sorted.size(); i++) {
            Chunk chunk = sorted.get(i).chunk();
            KeyRange.Between range = (KeyRange.Between) chunk.range();
            int last = chunk.number();
            if (range.to().isEmpty()) {
              last = Integer.MAX_VALUE;
            } else if (i + 1 < sorted.size()) {
              Chunk next = sorted.get(i + 1).chunk();
              boolean follows = ((KeyRange.Between) next.range()).from().equals(range.to());
              last = follows ? next.number() - 1 : last;
            }
            covered.add(
                new CoveredRange(
                    table,
                    chunk.number(),
                    last,
                    range,
                    snapshots.computeIfAbsent(sorted.get(i).snapshot(), format::snapshotPosition)));
          }
        });
    return covered;
  }
}
