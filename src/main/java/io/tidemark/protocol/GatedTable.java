package io.tidemark.protocol;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.database.LogPosition;
import io.tidemark.database.SnapshotPosition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The state of every key of one table, as the log reader keeps it: a {@link TableCoverage} that
 * changes in place. What is asked for every change, or in every pause, does not depend on how many
 * keys have a state of their own, as there may be very many.
 */
final class GatedTable {

  private final int mostReopened;
  private List<Key> bounds;
  private List<RangeState> states;
  private final Map<Key, RangeState> points = new HashMap<>();

  /** Which states the points have, and how many have each. */
  private final Map<RangeState, Integer> pointStates = new HashMap<>();

  private boolean givenUp;

  /**
   * @param mostReopened how many keys that have to be copied again are kept
   */
  GatedTable(TableCoverage known, int mostReopened) {
    this.mostReopened = mostReopened;
    this.bounds = known.bounds();
    this.states = known.states();
    known.points().forEach(this::put);
  }

  /** The bounds of the ranges, ascending. */
  List<Key> bounds() {
    return bounds;
  }

  /** The states of the ranges, one more than bounds. */
  List<RangeState> states() {
    return states;
  }

  /** The state that the key has of its own. */
  Optional<RangeState> point(Key key) {
    return Optional.ofNullable(points.get(key));
  }

  /** The keys with states of their own. */
  Map<Key, RangeState> points() {
    return Collections.unmodifiableMap(points);
  }

  /** The states that any of those keys has. */
  Set<RangeState> pointStates() {
    return Collections.unmodifiableSet(pointStates.keySet());
  }

  /** Whether every change is emitted without a look-up. */
  boolean isStreamed() {
    return points.isEmpty() && states.size() == 1 && states.get(0) == RangeState.Streamed.STREAMED;
  }

  /** Whether anything is not copied, or not known to be. */
  boolean hasUncovered() {
    return has(RangeState.Uncovered.UNCOVERED) || hasExposed();
  }

  /** Whether an earlier life of the job may have handed out rows of what is not copied. */
  boolean hasExposed() {
    return has(RangeState.Exposed.EXPOSED);
  }

  private boolean has(RangeState state) {
    return states.contains(state) || pointStates.containsKey(state);
  }

  /**
   * The keys have to be copied again.
   *
   * @return whether they are more than are kept one by one
   */
  boolean reopen(Collection<Key> keys) {
    keys.forEach(key -> put(key, RangeState.Uncovered.UNCOVERED));
    return pointStates.getOrDefault(RangeState.Uncovered.UNCOVERED, 0) > mostReopened;
  }

  /**
   * Everything that was copied of the table has to be copied again, and the coordinator has to know
   * that before anything else is judged.
   *
   * @return the ranges that were copied
   */
  List<KeyRange.Between> giveUp() {
    List<KeyRange.Between> copied = new ArrayList<>();
    for (int i = 0; i < states.size(); i++) {
      if (states.get(i) != RangeState.Uncovered.UNCOVERED) {
        copied.add(
            (KeyRange.Between)
                KeyRange.between(
                    i == 0 ? Optional.empty() : Optional.of(bounds.get(i - 1)),
                    i == bounds.size() ? Optional.empty() : Optional.of(bounds.get(i))));
      }
    }
    bounds = TableCoverage.NONE.bounds();
    states = TableCoverage.NONE.states();
    points.clear();
    pointStates.clear();
    givenUp = true;
    return copied;
  }

  /** Whether the coordinator is not known to have heard that the table was given up. */
  boolean isGivenUp() {
    return givenUp;
  }

  /** The coordinator has heard it. */
  void givenUpHeard() {
    givenUp = false;
  }

  /** The ranges are in other states; keys keep those of their own. */
  void cover(TableCoverage durable) {
    bounds = durable.bounds();
    states = durable.states();
  }

  /** The keys were copied again. */
  void recopied(Map<Key, SnapshotPosition> copied) {
    copied.forEach(
        (key, snapshot) -> {
          // Of a range that was given up meanwhile it has no state of its own any more.
          if (points.containsKey(key)) {
            put(key, new RangeState.Copied(snapshot));
          }
        });
  }

  /** The log has been read up to {@code position}: passed snapshots are forgotten. */
  void at(LogPosition position) {
    if (isStreamed()) {
      return;
    }
    TableCoverage passed = new TableCoverage(bounds, states, Map.of()).at(position);
    bounds = passed.bounds();
    states = passed.states();
    if (pointStates.keySet().removeIf(state -> isPassed(state, position))) {
      points.values().removeIf(state -> isPassed(state, position));
    }
  }

  private static boolean isPassed(RangeState state, LogPosition position) {
    return state.at(position) == RangeState.Streamed.STREAMED;
  }

  private void put(Key key, RangeState state) {
    RangeState former = points.put(key, state);
    pointStates.merge(state, 1, Integer::sum);
    if (former != null) {
      pointStates.computeIfPresent(former, (same, count) -> count == 1 ? null : count - 1);
    }
  }
}
