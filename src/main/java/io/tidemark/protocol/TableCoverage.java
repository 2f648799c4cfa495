package io.tidemark.protocol;

import io.tidemark.change.Key;
import io.tidemark.database.LogPosition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The state of every key of one table: {@code states.get(i)} holds from {@code bounds.get(i - 1)}
 * (included) to {@code bounds.get(i)} (excluded), except for the keys in {@code points}. Immutable.
 *
 * @param bounds ascending in the database's order
 * @param states one more than bounds; neighbours differ
 */
public record TableCoverage(
    List<Key> bounds, List<RangeState> states, Map<Key, RangeState> points) {

  /** Nothing of the table has been copied. */
  public static final TableCoverage NONE =
      new TableCoverage(List.of(), List.of(RangeState.Uncovered.UNCOVERED), Map.of());

  /** The table is complete, and the log has passed its copy. */
  public static final TableCoverage STREAMED =
      new TableCoverage(List.of(), List.of(RangeState.Streamed.STREAMED), Map.of());

  /**
   * @throws IllegalArgumentException if there is not one state more than bounds
   */
  public TableCoverage {
    bounds = List.copyOf(bounds);
    states = List.copyOf(states);
    points = Map.copyOf(points);
    if (states.size() != bounds.size() + 1) {
      throw new IllegalArgumentException(
          bounds.size() + " bounds make " + (bounds.size() + 1) + " ranges, not " + states.size());
    }
  }

  /** Whether every change is emitted without a look-up. */
  public boolean isStreamed() {
    return points.isEmpty() && states.size() == 1 && states.get(0) == RangeState.Streamed.STREAMED;
  }

  /**
   * This coverage once the log has been read up to {@code position}: passed snapshots forgotten.
   */
  public TableCoverage at(LogPosition position) {
    if (isStreamed()) {
      return this;
    }
    Builder passed = new Builder();
    for (int i = 0; i < states.size(); i++) {
      passed.add(i == 0 ? List.of() : List.of(bounds.get(i - 1)), states.get(i).at(position));
    }
    Map<Key, RangeState> remaining = new HashMap<>();
    points.forEach(
        (key, state) -> {
          if (state.at(position) != RangeState.Streamed.STREAMED) {
            remaining.put(key, state);
          }
        });
    return passed.build(remaining);
  }

  /** Puts ranges together in key order, merging neighbours in the same state. */
  static final class Builder {
    private final List<Key> bounds = new ArrayList<>();
    private final List<RangeState> states = new ArrayList<>();

    /**
     * @param from where the range starts; empty for the first range only
     */
    void add(List<Key> from, RangeState state) {
      if (states.isEmpty()) {
        states.add(state);
      } else if (!states.get(states.size() - 1).equals(state)) {
        bounds.addAll(from);
        states.add(state);
      }
    }

    TableCoverage build(Map<Key, RangeState> points) {
      return new TableCoverage(bounds, states, points);
    }
  }
}
