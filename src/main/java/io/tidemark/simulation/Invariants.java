package io.tidemark.simulation;

import java.util.BitSet;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What must hold at the target after every commit, whoever made it. What is compared with is the
 * source's own history, so between two commits at the target nothing can come to be wrong.
 */
final class Invariants {

  private final SimulatedSource source;
  private final SimulatedPositions.Snapshot nothing;
  private long highestEpoch;
  private int highestPlace;
  private boolean wasConsistent;

  Invariants(SimulatedSource source, SimulatedPositions format) {
    this.source = source;
    this.nothing = format.snapshot(new BitSet(), 0);
  }

  void examine(Content[] rows, SimulatedTarget.Books books) {
    if (books.owner.epoch() < highestEpoch || books.place < highestPlace) {
      throw new Violation("the ledger went back");
    }
    if (wasConsistent && !books.consistent) {
      throw new Violation("the target is no longer consistent");
    }
    highestEpoch = books.owner.epoch();
    highestPlace = books.place;
    wasConsistent = books.consistent;
    for (SimulatedTable table : source.tables()) {
      if (table.hasKey()) {
        examine(table, rows, books);
      } else {
        examineKeyless(table, rows, books);
      }
    }
  }

  private void examine(SimulatedTable table, Content[] rows, SimulatedTarget.Books books) {
    for (int key = 0; key < SimulatedSource.KEYS; key++) {
      int at = SimulatedTarget.at(table.number, key);
      Content expected = expected(at, books);
      if (!Objects.equals(rows[at], expected)) {
        throw wrong(table.say(key), say(rows[at]), say(expected), at, books);
      }
    }
  }

  /** Rows without a key are told apart by nothing: only how many there are of each kind counts. */
  private void examineKeyless(SimulatedTable table, Content[] rows, SimulatedTarget.Books books) {
    int unmatched = (1 << SimulatedSource.KEYS) - 1;
    for (int row = 0; row < SimulatedSource.KEYS; row++) {
      int at = SimulatedTarget.at(table.number, row);
      Content expected = expected(at, books);
      int match = -1;
      for (int i = 0; i < SimulatedSource.KEYS && match < 0; i++) {
        if ((unmatched & 1 << i) != 0
            && Objects.equals(rows[SimulatedTarget.at(table.number, i)], expected)) {
          match = i;
        }
      }
      if (match < 0) {
        throw wrong("a row of " + table.table.id(), "missing", say(expected), at, books);
      }
      unmatched &= ~(1 << match);
    }
  }

  private static String say(@Nullable Content content) {
    return content == null ? "missing" : content.toString();
  }

  private static Violation wrong(
      String what, String found, String expected, int at, SimulatedTarget.Books books) {
    SimulatedPositions.Snapshot from = books.from[at];
    return new Violation(
        what
            + " is "
            + found
            + " at the target, where the ledger stands at "
            + books.place
            + (books.consistent ? " and is consistent" : "")
            + "; "
            + (from == null && !books.consistent
                ? "the ledger says that it has not been copied"
                : "restricted to "
                    + (books.consistent ? "that" : from + " and that")
                    + ", the source has: "
                    + expected));
  }

  private @Nullable Content expected(int at, SimulatedTarget.Books books) {
    if (books.consistent || books.streamed) {
      return source.restricted(at, nothing, books.place);
    }
    SimulatedPositions.Snapshot from = books.from[at];
    if (from == null) {
      return null;
    }
    // A change in doubt leaves the row as it was after it, whatever was copied.
    return source.restricted(
        at, source.isChangedInDoubt(at, from, books.place) ? nothing : from, books.place);
  }
}
