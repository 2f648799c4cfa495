package io.tidemark.protocol;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.LogPosition;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.TransactionId;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The log reader's part of the protocol: whether it has to hold, and which changes it emits.
 *
 * <p>The hold rule: a transaction is processed only if every session that is open, or whose ranges
 * are not durable yet, includes it, whichever keys it touches. The emission rule: a change goes to
 * the target if its key lies in a copied range whose snapshot does not include it. Used by one
 * thread.
 */
public final class LogGate {

  /** Answers, for the database, where keys lie among bounds; see {@code SourceLookup.locate}. */
  public interface KeyLocator {
    int[] locate(Table table, List<Key> keys, List<Key> bounds);
  }

  private final PositionFormat format;
  private final Map<TableId, TableCoverage> coverage = new HashMap<>();
  private final Map<Long, List<SnapshotPosition>> sessions = new LinkedHashMap<>();
  private final Set<TransactionId> pending = new HashSet<>();
  private Optional<Long> holdFor = Optional.empty();
  private Optional<SnapshotPosition> visible = Optional.empty();
  private final Set<SnapshotPosition> snapshots = new HashSet<>();
  private LogPosition position;
  private int unpassed;

  /**
   * @param start what the log has been processed up to
   * @param coverage every selected table, with what is durable of it
   */
  public LogGate(LogProgress start, Map<TableId, TableCoverage> coverage) {
    this.format = start.format();
    this.position = start.position();
    this.pending.addAll(start.pending());
    this.coverage.putAll(coverage);
    forgetPassed();
  }

  /** The coordinator is about to open the sessions of {@code cycle}: stay where you are. */
  public void hold(long cycle) {
    holdFor = Optional.of(cycle);
  }

  /** The cycle that the coordinator's hold is for, while it lasts. */
  public Optional<Long> heldFor() {
    return holdFor;
  }

  /** The cycle's sessions are open; the hold for it ends. */
  public void arm(long cycle, List<SnapshotPosition> opened) {
    sessions.put(cycle, List.copyOf(opened));
    if (holdFor.filter(held -> held == cycle).isPresent()) {
      holdFor = Optional.empty();
    }
  }

  /**
   * The ranges copied in all cycles up to {@code cycle} are durable.
   *
   * @param durable for every table that the coordinator does not know to be passed, what is durable
   * @param recopied keys that were reopened and have been copied again by these cycles
   */
  public void durable(
      long cycle,
      Map<TableId, TableCoverage> durable,
      Map<TableId, Map<Key, SnapshotPosition>> recopied) {
    sessions.keySet().removeIf(open -> open <= cycle);
    durable.forEach(
        (table, covered) -> {
          Map<Key, RangeState> points = new HashMap<>(coverage.get(table).points());
          recopied
              .getOrDefault(table, Map.of())
              .forEach((key, snapshot) -> points.put(key, new RangeState.Copied(snapshot)));
          coverage.put(table, new TableCoverage(covered.bounds(), covered.states(), points));
        });
    forgetPassed();
  }

  /** The hold rule. Asked before anything of the transaction is processed. */
  public boolean mayProcess(TransactionId transaction) {
    return holdFor.isEmpty()
        && sessions.values().stream()
            .flatMap(List::stream)
            .allMatch(snapshot -> snapshot.includes(transaction));
  }

  /** The emission rule, for some changes of one transaction, in order. */
  public List<RowChange> judge(
      TransactionId transaction, List<RowChange> changes, KeyLocator locator) {
    if (unpassed == 0) {
      return changes;
    }
    List<RowChange> kept = new Judgement(coverage, transaction, locator).of(changes);
    for (RowChange change : kept) {
      if (change instanceof RowChange.Reopen reopen) {
        coverage.compute(
            reopen.table().id(),
            (id, covered) -> covered.withPoint(reopen.key(), RangeState.Uncovered.UNCOVERED));
        countUnpassed();
      }
    }
    return kept;
  }

  /** The transaction has been processed whole: emitted or dropped. */
  public void processed(TransactionId transaction, LogPosition upTo) {
    if (visible.filter(seen -> seen.includes(transaction)).isEmpty()) {
      pending.add(transaction);
    }
    advance(upTo);
  }

  /** Nothing for this stream lies at or before {@code upTo} that has not been processed. */
  public void advance(LogPosition upTo) {
    if (!position.equals(upTo)) {
      if (!upTo.covers(position)) {
        throw new IllegalStateException(
            "the log went back from " + position.print() + " to " + upTo.print());
      }
      position = upTo;
      // Most positions pass nothing, and there may be thousands of tables.
      if (snapshots.stream().anyMatch(snapshot -> snapshot.isPassedBy(upTo))) {
        forgetPassed();
      }
    }
  }

  /** A look at the source: what it shows is visible and need not be remembered. */
  public void seen(SnapshotPosition shown) {
    visible = Optional.of(shown);
    pending.removeIf(shown::includes);
  }

  /** How many processed transactions are not known to be visible. */
  public int pendingCount() {
    return pending.size();
  }

  public LogProgress progress() {
    return new LogProgress(position, pending, format);
  }

  /** Whether the target, with everything emitted so far applied, is the source at this position. */
  public boolean isConsistent() {
    return unpassed == 0 && sessions.isEmpty();
  }

  /** Whether all is copied and durable, and only the log has to get past the copies. */
  public boolean isWaitingToPass() {
    return unpassed > 0
        && sessions.isEmpty()
        && coverage.values().stream()
            .flatMap(
                table ->
                    java.util.stream.Stream.concat(
                        table.states().stream(), table.points().values().stream()))
            .noneMatch(state -> state == RangeState.Uncovered.UNCOVERED);
  }

  /** The coverage of a table as it is now. */
  public TableCoverage coverageOf(TableId table) {
    return coverage.get(table);
  }

  /** Forgets the snapshots that the log has passed, and counts what is left. */
  private void forgetPassed() {
    coverage.replaceAll((id, covered) -> covered.at(position));
    countUnpassed();
  }

  private void countUnpassed() {
    unpassed = 0;
    snapshots.clear();
    for (TableCoverage covered : coverage.values()) {
      if (!covered.isStreamed()) {
        unpassed++;
        covered.states().forEach(this::remember);
        covered.points().values().forEach(this::remember);
      }
    }
  }

  private void remember(RangeState state) {
    if (state instanceof RangeState.Copied copied) {
      snapshots.add(copied.snapshot());
    }
  }

  /** The changes of one transaction against one state of the coverage. */
  private static final class Judgement {
    private final Map<TableId, TableCoverage> coverage;
    private final TransactionId transaction;
    private final KeyLocator locator;
    private final Map<TableId, Optional<Boolean>> uniform = new HashMap<>();

    Judgement(Map<TableId, TableCoverage> coverage, TransactionId transaction, KeyLocator locator) {
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
  }

  /** The key of a row in which the key's fields are present. */
  public static Key keyOf(Table table, Row row) {
    int[] fields = table.keyIndexes();
    if (fields.length == 0) {
      throw new IllegalStateException(
          "table " + table + " has no key, and parts of it are in different states");
    }
    List<String> values = new ArrayList<>(fields.length);
    for (int field : fields) {
      values.add(row.text(field));
    }
    return new Key(values);
  }
}
