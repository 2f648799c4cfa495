package io.tidemark.simulation;

import io.tidemark.database.Ledger;
import io.tidemark.database.SnapshotPosition;
import java.util.BitSet;
import java.util.Objects;
import java.util.Optional;

/**
 * What must hold at the target after every commit, whoever made it. What is compared with is the
 * source's own history, so between two commits at the target nothing can come to be wrong.
 */
final class Invariants {

  private static final SimulatedPositions.Snapshot NOTHING =
      new SimulatedPositions.Snapshot(new BitSet(), 0);

  private final SimulatedSource source;
  private final SimulatedPositions format;
  private long highestEpoch;
  private int highestPlace;
  private boolean wasConsistent;

  Invariants(SimulatedSource source, SimulatedPositions format) {
    this.source = source;
    this.format = format;
  }

  void examine(Content[] rows, SimulatedTarget.Books books) {
    if (books.epoch < highestEpoch || books.place < highestPlace) {
      throw new Violation("the ledger went back");
    }
    if (wasConsistent && !books.consistent) {
      throw new Violation("the target is no longer consistent");
    }
    highestEpoch = books.epoch;
    highestPlace = books.place;
    wasConsistent = books.consistent;
    if (books.consistent) {
      requireSourceState(rows, books.place);
      return;
    }
    for (int table = 0; table < source.tables().size(); table++) {
      examine(table, rows, books);
    }
  }

  private void examine(int table, Content[] rows, SimulatedTarget.Books books) {
    for (int key = 0; key < SimulatedSource.KEYS; key++) {
      int number = key;
      Optional<SnapshotPosition> copied = copiedFrom(table, key, books);
      Optional<Content> expected =
          copied.flatMap(
              snapshot ->
                  source.restricted(
                      table, number, contained(table, number, snapshot, books.place), books.place));
      Content found = rows[SimulatedTarget.at(table, key)];
      if (!Objects.equals(found, expected.orElse(null))) {
        throw new Violation(
            "key "
                + key
                + " of "
                + source.tables().get(table)
                + " is "
                + (found == null ? "missing" : found)
                + " at the target, where the ledger stands at "
                + books.place
                + "; "
                + copied
                    .map(
                        snapshot ->
                            "restricted to "
                                + snapshot
                                + " and that, the source has "
                                + expected.map(Content::toString).orElse("nothing"))
                    .orElse("the ledger says that it has not been copied"));
      }
    }
  }

  /**
   * What a key was copied from, or nothing once a change in doubt has been applied to it: such a
   * change leaves the key as it was after it, whatever was copied.
   */
  private SnapshotPosition contained(int table, int key, SnapshotPosition snapshot, int place) {
    return source.isChangedInDoubt(table, key, (SimulatedPositions.Snapshot) snapshot, place)
        ? NOTHING
        : snapshot;
  }

  private Optional<SnapshotPosition> copiedFrom(int table, int key, SimulatedTarget.Books books) {
    if (books.streamed.contains(table)) {
      return Optional.of(NOTHING);
    }
    Optional<String> recopied = books.holes.get(table).get(key);
    if (recopied != null) {
      return recopied.map(format::snapshotPosition);
    }
    for (Ledger.CoveredChunk chunk : books.chunks.get(table).values()) {
      if (SimulatedTarget.isIn(key, chunk.chunk().range())) {
        return Optional.of(format.snapshotPosition(chunk.snapshot()));
      }
    }
    return Optional.empty();
  }

  void requireSourceState(Content[] rows, int place) {
    for (int table = 0; table < source.tables().size(); table++) {
      for (int key = 0; key < SimulatedSource.KEYS; key++) {
        Content expected = source.restricted(table, key, NOTHING, place).orElse(null);
        Content found = rows[SimulatedTarget.at(table, key)];
        if (!Objects.equals(found, expected)) {
          throw new Violation(
              "the target is said to be consistent at "
                  + place
                  + ", and key "
                  + key
                  + " of "
                  + source.tables().get(table)
                  + " is "
                  + found
                  + " where the source had "
                  + expected);
        }
      }
    }
  }
}
