package io.tidemark.protocol;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.TransactionId;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The changes of one transaction against one state of the coverage. */
final class Judgement {
  private final Map<TableId, TableCoverage> coverage;
  private final TransactionId transaction;
  private final LogGate.KeyLocator locator;
  private final Map<TableId, Optional<Boolean>> uniform = new HashMap<>();

  Judgement(
      Map<TableId, TableCoverage> coverage, TransactionId transaction, LogGate.KeyLocator locator) {
    this.coverage = coverage;
    this.transaction = transaction;
    this.locator = locator;
  }

  List<RowChange> of(List<RowChange> changes) {
    Map<Table, Map<Key, Boolean>> verdicts = new HashMap<>();
    for (RowChange change : changes) {
      collectKeys(change, verdicts);
    }
    verdicts.forEach(this::decide);
    List<RowChange> kept = new ArrayList<>(changes.size());
    for (RowChange change : changes) {
      keep(change, verdicts, kept);
    }
    return kept;
  }

  private void collectKeys(RowChange change, Map<Table, Map<Key, Boolean>> keys) {
    if (change instanceof RowChange.Insert insert) {
      collect(insert.table(), insert.row(), keys);
    } else if (change instanceof RowChange.Update update) {
      collect(update.table(), update.after(), keys);
      if (update.changesKey()) {
        collect(update.table(), update.before().orElseThrow(), keys);
      }
    } else if (change instanceof RowChange.Delete delete) {
      collect(delete.table(), delete.before(), keys);
    }
  }

  private void collect(Table table, Row row, Map<Table, Map<Key, Boolean>> keys) {
    if (uniformVerdict(table).isEmpty()) {
      keys.computeIfAbsent(table, unused -> new LinkedHashMap<>()).put(keyOf(table, row), false);
    }
  }

  /** The verdict for every key of the table, where it is the same for all. */
  private Optional<Boolean> uniformVerdict(Table table) {
    return uniform.computeIfAbsent(table.id(), unused -> verdictForAll(table));
  }

  private Optional<Boolean> verdictForAll(Table table) {
    TableCoverage covered = coverageOf(table);
    boolean first = covered.states().get(0).emits(transaction);
    boolean same =
        covered.states().stream().allMatch(state -> state.emits(transaction) == first)
            && covered.points().values().stream()
                .allMatch(state -> state.emits(transaction) == first);
    return same ? Optional.of(first) : Optional.empty();
  }

  private TableCoverage coverageOf(Table table) {
    TableCoverage covered = coverage.get(table.id());
    if (covered == null) {
      throw new IllegalStateException("the log carries table " + table + ", which is not copied");
    }
    return covered;
  }

  private void decide(Table table, Map<Key, Boolean> keys) {
    TableCoverage covered = coverageOf(table);
    List<Key> unknown = new ArrayList<>();
    keys.replaceAll(
        (key, unused) -> {
          RangeState point = covered.points().get(key);
          if (point == null) {
            unknown.add(key);
            return false;
          }
          return point.emits(transaction);
        });
    if (unknown.isEmpty()) {
      return;
    }
    int[] places =
        covered.bounds().isEmpty()
            ? new int[unknown.size()]
            : locator.locate(table, unknown, covered.bounds());
    for (int i = 0; i < places.length; i++) {
      keys.put(unknown.get(i), covered.states().get(places[i]).emits(transaction));
    }
  }

  private boolean emits(Table table, Row row, Map<Table, Map<Key, Boolean>> verdicts) {
    Optional<Boolean> uniform = uniformVerdict(table);
    return uniform.isPresent() ? uniform.get() : verdicts.get(table).get(keyOf(table, row));
  }

  private void keep(
      RowChange change, Map<Table, Map<Key, Boolean>> verdicts, List<RowChange> kept) {
    if (change instanceof RowChange.Insert insert) {
      if (emits(insert.table(), insert.row(), verdicts)) {
        kept.add(insert);
      }
    } else if (change instanceof RowChange.Delete delete) {
      if (emits(delete.table(), delete.before(), verdicts)) {
        kept.add(delete);
      }
    } else if (change instanceof RowChange.Update update) {
      keepUpdate(update, verdicts, kept);
    } else if (change instanceof RowChange.Truncate truncate) {
      keepTruncate(truncate, kept);
    } else {
      throw new IllegalStateException("a log does not carry " + change);
    }
  }

  /** A change of the key is a delete and an insert, each judged by its own range. */
  private void keepUpdate(
      RowChange.Update update, Map<Table, Map<Key, Boolean>> verdicts, List<RowChange> kept) {
    boolean emitsNew = emits(update.table(), update.after(), verdicts);
    if (!update.changesKey()) {
      if (emitsNew) {
        kept.add(update);
      }
      return;
    }
    Row before = update.before().orElseThrow();
    boolean emitsOld = emits(update.table(), before, verdicts);
    if (emitsOld && emitsNew) {
      kept.add(update);
    } else if (emitsOld) {
      kept.add(new RowChange.Delete(update.table(), before));
    } else if (emitsNew && update.after().isComplete()) {
      kept.add(new RowChange.Insert(update.table(), update.after()));
    } else if (emitsNew) {
      // The target does not have the old row, so the unchanged large value is nowhere to be had.
      Key key = keyOf(update.table(), update.after());
      kept.add(new RowChange.Reopen(update.table(), key));
      verdicts.get(update.table()).put(key, false);
    }
  }

  private void keepTruncate(RowChange.Truncate truncate, List<RowChange> kept) {
    List<Table> whole = new ArrayList<>();
    List<RowChange> parts = new ArrayList<>();
    for (Table table : truncate.tables()) {
      Optional<Boolean> uniform = uniformVerdict(table);
      if (uniform.isEmpty()) {
        clearParts(table, parts);
      } else if (uniform.get()) {
        whole.add(table);
      }
    }
    if (!whole.isEmpty()) {
      kept.add(new RowChange.Truncate(whole));
    }
    kept.addAll(parts);
  }

  /**
   * Keys with a state of their own are spared where that state says so: they have been, or are
   * being, copied again from a snapshot that contains the truncate, and what was copied may reach
   * the target before the truncate does. A key that is not spared lies in a range that is not
   * spared either: its snapshot was taken after its range's and contains more.
   */
  private void clearParts(Table table, List<RowChange> parts) {
    TableCoverage covered = coverageOf(table);
    List<Key> spared = new ArrayList<>();
    covered
        .points()
        .forEach(
            (key, state) -> {
              if (!state.emits(transaction)) {
                spared.add(key);
              }
            });
    for (int i = 0; i < covered.states().size(); i++) {
      if (covered.states().get(i).emits(transaction)) {
        parts.add(
            new RowChange.Clear(
                table,
                KeyRange.between(
                    i == 0 ? Optional.empty() : Optional.of(covered.bounds().get(i - 1)),
                    i == covered.bounds().size()
                        ? Optional.empty()
                        : Optional.of(covered.bounds().get(i))),
                spared));
      }
    }
  }

  /** The key of a row in which the key's fields are present. */
  private static Key keyOf(Table table, Row row) {
    if (table.key().isEmpty()) {
      throw new IllegalStateException(
          "table " + table + " has no key, and parts of it are in different states");
    }
    return Key.of(table, row);
  }
}
