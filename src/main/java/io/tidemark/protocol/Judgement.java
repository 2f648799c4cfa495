package io.tidemark.protocol;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.Inclusion;
import io.tidemark.database.TransactionId;
import io.tidemark.schema.Known;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The changes of one transaction against one state of the coverage. */
final class Judgement {
  private final Map<TableId, GatedTable> coverage;
  private final TransactionId transaction;
  private final LogGate.KeyLocator locator;
  private final Map<TableId, Optional<Inclusion>> uniform = new HashMap<>();

  /** The keys of the changes that lie in exposed ranges. */
  private final Map<TableId, Set<Key>> exposed = new HashMap<>();

  Judgement(
      Map<TableId, GatedTable> coverage, TransactionId transaction, LogGate.KeyLocator locator) {
    this.coverage = coverage;
    this.transaction = transaction;
    this.locator = locator;
  }

  /**
   * What is kept of a transaction's changes, or of some of them.
   *
   * @param places which of the judged changes each of the kept ones comes of; null where all are
   *     kept as they are
   */
  record Judged(List<RowChange> kept, int @Nullable [] places) {

    /** Which of the judged changes a kept one comes of; the last, where it comes of none. */
    int place(int change) {
      return places == null || places.length == 0
          ? change
          : places[Math.min(change, places.length - 1)];
    }
  }

  Judged of(List<RowChange> changes) {
    Map<Table, Map<Key, Inclusion>> keys = new HashMap<>();
    for (RowChange change : changes) {
      collectKeys(change, keys);
    }
    keys.forEach(this::decide);
    // A key's verdict is the same by whichever version of the table its row came.
    Map<TableId, Map<Key, Inclusion>> verdicts = new HashMap<>();
    keys.forEach((table, ofVersion) -> verdicts.merge(table.id(), ofVersion, Judgement::both));
    List<RowChange> kept = new ArrayList<>(changes.size());
    int[] places = new int[2 * changes.size()];
    for (int i = 0; i < changes.size(); i++) {
      int before = kept.size();
      keep(changes.get(i), verdicts, kept);
      if (kept.size() > places.length) {
        places = Arrays.copyOf(places, 2 * kept.size());
      }
      Arrays.fill(places, before, kept.size(), i);
    }
    return new Judged(kept, Arrays.copyOf(places, kept.size()));
  }

  private static Map<Key, Inclusion> both(Map<Key, Inclusion> some, Map<Key, Inclusion> more) {
    some.putAll(more);
    return some;
  }

  private void collectKeys(RowChange change, Map<Table, Map<Key, Inclusion>> keys) {
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

  private void collect(Table table, Row row, Map<Table, Map<Key, Inclusion>> keys) {
    if (uniformVerdict(table).isEmpty()) {
      keys.computeIfAbsent(table, unused -> new LinkedHashMap<>())
          .put(keyOf(table, row), Inclusion.YES);
    }
  }

  /** The verdict for every key of the table, where it is the same for all. */
  private Optional<Inclusion> uniformVerdict(Table table) {
    return uniform.computeIfAbsent(table.id(), unused -> verdictForAll(table));
  }

  private Optional<Inclusion> verdictForAll(Table table) {
    GatedTable covered = coverageOf(table);
    Inclusion first = covered.states().get(0).inclusion(transaction);
    boolean same =
        !covered.hasExposed()
            && covered.states().stream().allMatch(state -> state.inclusion(transaction) == first)
            && covered.pointStates().stream()
                .allMatch(state -> state.inclusion(transaction) == first);
    return same ? Optional.of(first) : Optional.empty();
  }

  private GatedTable coverageOf(Table table) {
    GatedTable covered = coverage.get(table.id());
    if (covered == null) {
      throw new IllegalStateException("the log carries table " + table + ", which is not copied");
    }
    return covered;
  }

  private void decide(Table table, Map<Key, Inclusion> keys) {
    GatedTable covered = coverageOf(table);
    List<Key> unknown = new ArrayList<>();
    keys.replaceAll(
        (key, unused) -> {
          Optional<RangeState> point = covered.point(key);
          if (point.isEmpty()) {
            unknown.add(key);
            return Inclusion.YES;
          }
          return inclusion(table, key, point.get());
        });
    if (unknown.isEmpty()) {
      return;
    }
    int[] places =
        covered.bounds().isEmpty()
            ? new int[unknown.size()]
            : locator.locate(table, unknown, covered.bounds());
    for (int i = 0; i < places.length; i++) {
      Key key = unknown.get(i);
      keys.put(key, inclusion(table, key, covered.states().get(places[i])));
    }
  }

  private Inclusion inclusion(Table table, Key key, RangeState state) {
    if (state == RangeState.Exposed.EXPOSED) {
      exposed.computeIfAbsent(table.id(), unused -> new HashSet<>()).add(key);
    }
    return state.inclusion(transaction);
  }

  private Inclusion inclusion(Table table, Row row, Map<TableId, Map<Key, Inclusion>> verdicts) {
    Optional<Inclusion> uniform = uniformVerdict(table);
    return uniform.isPresent()
        ? uniform.get()
        : Objects.requireNonNull(
            Known.require(verdicts, table.id()).get(keyOf(table, row)), "a key was not judged");
  }

  private void keep(
      RowChange change, Map<TableId, Map<Key, Inclusion>> verdicts, List<RowChange> kept) {
    if (change instanceof RowChange.Insert insert) {
      switch (inclusion(insert.table(), insert.row(), verdicts)) {
        case YES -> {}
        case MAYBE -> kept.add(put(insert.table(), insert.row()));
        case NO -> kept.add(insert);
      }
    } else if (change instanceof RowChange.Delete delete) {
      leave(delete.table(), delete.before(), verdicts, kept);
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
      RowChange.Update update, Map<TableId, Map<Key, Inclusion>> verdicts, List<RowChange> kept) {
    Table table = update.table();
    Inclusion of = inclusion(table, update.after(), verdicts);
    if (!update.changesKey()) {
      if (of == Inclusion.NO) {
        kept.add(update);
      } else if (of == Inclusion.MAYBE) {
        kept.add(
            put(table, update.before().map(update.after()::completedFrom).orElse(update.after())));
      }
      return;
    }
    Row before = update.before().orElseThrow();
    if (of == Inclusion.NO && inclusion(table, before, verdicts) == Inclusion.NO) {
      kept.add(update);
      return;
    }
    leave(table, before, verdicts, kept);
    arrive(table, update.after(), verdicts, kept);
  }

  private void leave(
      Table table, Row before, Map<TableId, Map<Key, Inclusion>> verdicts, List<RowChange> kept) {
    switch (inclusion(table, before, verdicts)) {
      case YES -> {
        Set<Key> keys = exposed.get(table.id());
        if (keys != null && keys.contains(keyOf(table, before))) {
          kept.add(new RowChange.Remove(table, before));
        }
      }
      case MAYBE -> {
        requireKey(table);
        kept.add(new RowChange.Remove(table, before));
      }
      case NO -> kept.add(new RowChange.Delete(table, before));
    }
  }

  private void arrive(
      Table table, Row row, Map<TableId, Map<Key, Inclusion>> verdicts, List<RowChange> kept) {
    switch (inclusion(table, row, verdicts)) {
      case YES -> {}
      case MAYBE -> kept.add(put(table, row));
      case NO -> {
        if (row.isComplete()) {
          kept.add(new RowChange.Insert(table, row));
        } else {
          // The target does not have the old row, so the unchanged large value is nowhere to be
          // had.
          Key key = keyOf(table, row);
          kept.add(new RowChange.Reopen(table, key));
          Known.require(verdicts, table.id()).put(key, Inclusion.YES);
        }
      }
    }
  }

  private RowChange put(Table table, Row row) {
    requireKey(table);
    if (!row.isComplete()) {
      throw inDoubt(
          table,
          "the log has only a part of a row that it changed",
          "Sessions that write must not set binlog_row_image or binlog_row_value_options");
    }
    return new RowChange.Put(table, row);
  }

  private void requireKey(Table table) {
    if (table.key().isEmpty()) {
      throw inDoubt(table, "the table has no key", "Give it a primary key");
    }
  }

  private DatabaseException inDoubt(Table table, String why, String remedy) {
    return new DatabaseException(
        DatabaseException.Kind.FATAL,
        "what is copied of table "
            + table
            + " may contain transaction "
            + transaction.print()
            + " or not, and its changes cannot be applied so that it does not matter: "
            + why
            + ". "
            + remedy
            + ", or copy with locks (copy.lock: tables); drop the stream with ./tidemark drop and"
            + " copy again");
  }

  private void keepTruncate(RowChange.Truncate truncate, List<RowChange> kept) {
    List<Table> whole = new ArrayList<>();
    List<RowChange> parts = new ArrayList<>();
    for (Table table : truncate.tables()) {
      Optional<Inclusion> uniform = uniformVerdict(table);
      if (uniform.isEmpty()) {
        clearParts(table, parts);
      } else if (uniform.get() != Inclusion.YES) {
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
    GatedTable covered = coverageOf(table);
    List<Key> spared = new ArrayList<>();
    covered
        .points()
        .forEach(
            (key, state) -> {
              if (state.inclusion(transaction) == Inclusion.YES) {
                spared.add(key);
              }
            });
    for (int i = 0; i < covered.states().size(); i++) {
      if (covered.states().get(i).inclusion(transaction) != Inclusion.YES) {
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
