package io.tidemark.protocol;

import io.tidemark.change.Key;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.LogPosition;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.schema.TableId;
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

  /**
   * Several hundred bytes each, at the log reader and at the coordinator, and a row in the ledger.
   */
  static final int MOST_REOPENED = 200_000;

  private final TableId table;
  private List<Key> bounds;
  private List<RangeState> states;
  private final Map<Key, RangeState> points = new HashMap<>();

  /** Which states the points have, and how many have each. */
  private final Map<RangeState, Integer> pointStates = new HashMap<>();

  GatedTable(TableId table, TableCoverage known) {
    this.table = table;
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
   * @throws DatabaseException fatal, if they are more than can be kept
   */
  void reopen(Collection<Key> keys) {
    keys.forEach(key -> put(key, RangeState.Uncovered.UNCOVERED));
    if (pointStates.getOrDefault(RangeState.Uncovered.UNCOVERED, 0) > MOST_REOPENED) {
      throw new DatabaseException(
          DatabaseException.Kind.FATAL,
          "more than "
              + MOST_REOPENED
              + " rows of table "
              + table
              + " were given other keys while it is being copied, with large values that the source"
              + " does not write to its log as they were unchanged, so each of these rows would have"
              + " to be read again by itself. Copy the table anew: take it out of the job for one"
              + " start and put it back in for the next one (or drop the stream with ./tidemark"
              + " drop); do not renumber its keys before it is consistent, or have the source write"
              + " whole rows meanwhile (ALTER TABLE ... REPLICA IDENTITY FULL)");
    }
  }

  /** The ranges are in other states; keys keep those of their own. */
  void cover(TableCoverage durable) {
    bounds = durable.bounds();
    states = durable.states();
  }

  /** The keys were copied again. */
  void recopied(Map<Key, SnapshotPosition> copied) {
    copied.forEach((key, snapshot) -> put(key, new RangeState.Copied(snapshot)));
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
