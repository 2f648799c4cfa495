package io.tidemark.source;

import io.tidemark.change.Key;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.protocol.RangeState;
import io.tidemark.protocol.TableCoverage;
import io.tidemark.schema.TableId;
import io.tidemark.source.ToReader.PrintedState.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Prints coverage for its way from the enumerator to the log reader, and reads it there. */
final class Positions {

  private final PositionFormat format;

  Positions(PositionFormat format) {
    this.format = format;
  }

  ToReader.LogCoverage print(
      long cycle,
      Map<TableId, TableCoverage> coverage,
      Map<TableId, Map<Key, SnapshotPosition>> recopied,
      Set<TableId> uncovered) {
    List<ToReader.PrintedCoverage> tables = new ArrayList<>();
    coverage.forEach(
        (table, covered) ->
            tables.add(
                new ToReader.PrintedCoverage(
                    table,
                    covered.bounds(),
                    covered.states().stream().map(Positions::print).toList(),
                    covered.points().entrySet().stream()
                        .map(
                            point ->
                                new ToReader.PrintedPoint(point.getKey(), print(point.getValue())))
                        .toList())));
    List<ToReader.Recopied> keys = new ArrayList<>();
    Map<SnapshotPosition, String> printed = new HashMap<>();
    recopied.forEach(
        (table, copied) ->
            copied.forEach(
                (key, snapshot) ->
                    keys.add(
                        new ToReader.Recopied(
                            table,
                            key,
                            printed.computeIfAbsent(snapshot, SnapshotPosition::print)))));
    return new ToReader.LogCoverage(cycle, tables, keys, List.copyOf(uncovered));
  }

  Map<TableId, TableCoverage> coverage(ToReader.LogCoverage message) {
    Map<String, SnapshotPosition> snapshots = new HashMap<>();
    Map<TableId, TableCoverage> coverage = new HashMap<>();
    for (ToReader.PrintedCoverage table : message.tables()) {
      List<RangeState> states = new ArrayList<>();
      for (ToReader.PrintedState state : table.states()) {
        states.add(parse(state, snapshots));
      }
      Map<Key, RangeState> points = new HashMap<>();
      for (ToReader.PrintedPoint point : table.points()) {
        points.put(point.key(), parse(point.state(), snapshots));
      }
      coverage.put(table.table(), new TableCoverage(table.bounds(), states, points));
    }
    return coverage;
  }

  private RangeState parse(ToReader.PrintedState state, Map<String, SnapshotPosition> snapshots) {
    return switch (state.kind()) {
      case UNCOVERED -> RangeState.Uncovered.UNCOVERED;
      case EXPOSED -> RangeState.Exposed.EXPOSED;
      case STREAMED -> RangeState.Streamed.STREAMED;
      case COPIED ->
          new RangeState.Copied(
              snapshots.computeIfAbsent(state.snapshot(), format::snapshotPosition));
    };
  }

  Map<TableId, Map<Key, SnapshotPosition>> recopied(ToReader.LogCoverage message) {
    Map<TableId, Map<Key, SnapshotPosition>> recopied = new HashMap<>();
    // Few snapshots, and many keys of each.
    Map<String, SnapshotPosition> snapshots = new HashMap<>();
    for (ToReader.Recopied key : message.recopied()) {
      recopied
          .computeIfAbsent(key.table(), table -> new HashMap<>())
          .put(key.key(), snapshots.computeIfAbsent(key.snapshot(), format::snapshotPosition));
    }
    return recopied;
  }

  private static ToReader.PrintedState print(RangeState state) {
    if (state instanceof RangeState.Copied copied) {
      return new ToReader.PrintedState(Kind.COPIED, copied.snapshot().print());
    } else if (state instanceof RangeState.Uncovered) {
      return new ToReader.PrintedState(Kind.UNCOVERED, null);
    } else if (state instanceof RangeState.Exposed) {
      return new ToReader.PrintedState(Kind.EXPOSED, null);
    } else if (state instanceof RangeState.Streamed) {
      return new ToReader.PrintedState(Kind.STREAMED, null);
    }
    throw new IllegalStateException("there is no word for " + state);
  }
}
