package io.tidemark.apply;

import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.TargetWriter.RowBatch;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Gathers the changes of source transactions and reduces them to their net effect per table and
 * key: what they do together, in any order of the keys. Pure; used by one thread.
 *
 * <p><b>Why any order of the keys will do.</b> Nobody sees the target between the steps, foreign
 * keys and triggers rest, and what is done to one row does not depend on another one. Only unique
 * keys relate rows: the table's own, see below, and secondary ones, whose conflicts the caller
 * meets by replaying {@link #changes} one by one.
 *
 * <p><b>Why keys may be compared by their bytes.</b> Let two different texts stand for the same key
 * of the database ({@code 1.0} and {@code 1.00}). At every moment at most one of them is in the
 * table. If the same one is there before and after, the other one's net change is nothing; else the
 * one that was there nets to a delete and the one that is there to an insert, and a batch deletes
 * before it inserts. A change that may have come with a copy ({@code Put}, {@code Remove}) removes
 * whatever has its key, so this holds for it too.
 */
public final class NetChanges {

  /** What is to be done, in order. */
  public sealed interface Step {}

  /** Net changes of one table, set-based. */
  public record Net(RowBatch batch) implements Step {}

  /** A change that has no net form, to be applied the way the source did it. */
  public record Single(RowChange change) implements Step {}

  private final List<RowChange> changes = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private final Map<TableId, Gathered> open = new LinkedHashMap<>();
  private long weight;

  /** Adds a change that the source made after all that were added before. */
  public void add(RowChange change) {
    changes.add(change);
    weight += change.weight();
    if (change instanceof RowChange.Insert insert) {
      insert(insert);
    } else if (change instanceof RowChange.Update update) {
      update(update);
    } else if (change instanceof RowChange.Delete delete) {
      delete(delete);
    } else if (change instanceof RowChange.Put put) {
      gathered(put.table()).become(put.row(), Optional.of(put.row()));
    } else if (change instanceof RowChange.Remove remove) {
      gathered(remove.table()).become(remove.before(), Optional.empty());
    } else if (change instanceof RowChange.Truncate truncate) {
      truncate.tables().forEach(table -> closeGathered(table.id()));
      steps.add(new Single(change));
    } else if (change instanceof RowChange.Clear clear) {
      alone(clear.table(), change);
    } else if (change instanceof RowChange.Reopen) {
      // Concerns the ledger only, which is indifferent to the order within a transaction.
      steps.add(new Single(change));
    } else if (change instanceof RowChange.Uncover) {
      // The same, after the keys that were reopened before it, which are steps as well.
      steps.add(new Single(change));
    }
  }

  /** Everything that was added, in the source's order. */
  public List<RowChange> changes() {
    return Collections.unmodifiableList(changes);
  }

  /** The steps that together do what all changes do one after the other. */
  public List<Step> steps() {
    List<Step> all = new ArrayList<>(steps);
    open.values().forEach(gathered -> gathered.batch().map(Net::new).ifPresent(all::add));
    return all;
  }

  /** Whether nothing was added. */
  public boolean isEmpty() {
    return changes.isEmpty();
  }

  /** How many changes were added. */
  public int size() {
    return changes.size();
  }

  /** In bytes, within a constant per change. */
  public long weight() {
    return weight;
  }

  private void insert(RowChange.Insert insert) {
    Gathered gathered = gathered(insert.table());
    if (!gathered.insert(insert.row())) {
      alone(insert.table(), insert);
    }
  }

  private void delete(RowChange.Delete delete) {
    if (!gathered(delete.table()).delete(delete.before())) {
      alone(delete.table(), delete);
    }
  }

  private void update(RowChange.Update update) {
    Gathered gathered = gathered(update.table());
    Optional<Row> before = update.before();
    if (!update.changesKey()) {
      // An unchanged key field may have been left out of the new row as an unchanged large value.
      Row after = before.map(update.after()::completedFrom).orElse(update.after());
      if (!gathered.update(after)) {
        alone(update.table(), update);
      }
      return;
    }
    Row old = before.orElseThrow();
    Row after = gathered.complete(old, update.after());
    if (!after.isComplete() || !gathered.move(old, after)) {
      alone(update.table(), update);
    }
  }

  /** A barrier for the table: what was gathered of it comes first. */
  private void alone(Table table, RowChange change) {
    closeGathered(table.id());
    steps.add(new Single(change));
  }

  private void closeGathered(TableId id) {
    Gathered gathered = open.remove(id);
    if (gathered != null) {
      gathered.batch().map(Net::new).ifPresent(steps::add);
    }
  }

  private Gathered gathered(Table table) {
    Gathered gathered = open.get(table.id());
    if (gathered != null && gathered.table != table && !gathered.table.equals(table)) {
      // The table was altered: its rows have other fields from here on.
      closeGathered(table.id());
      gathered = null;
    }
    if (gathered == null) {
      gathered = new Gathered(table);
      open.put(table.id(), gathered);
    }
    return gathered;
  }

  /**
   * One table's net changes so far. Each method refuses, by returning false and changing nothing,
   * what it cannot net; among that what contradicts itself, such as the delete of a row that is not
   * there, which then fails with the row's key when it is applied alone.
   */
  private static final class Gathered {
    private final Table table;
    private final int[] key;
    private final Map<RowKey, Fate> fates = new LinkedHashMap<>();

    /** Rows without a key: their inserts depend on nothing. */
    private final List<Row> keyless = new ArrayList<>();

    Gathered(Table table) {
      this.table = table;
      this.key = table.keyIndexes();
    }

    boolean insert(Row row) {
      if (key.length == 0) {
        return keyless.add(row);
      }
      RowKey at = new RowKey(row, key);
      Fate fate = fates.get(at);
      if (fate == null) {
        fates.put(at, new Fate(Before.ABSENT, row, Optional.of(row)));
        return true;
      }
      if (fate.now.isPresent()) {
        return false;
      }
      fate.now = Optional.of(row);
      return true;
    }

    boolean update(Row row) {
      if (key.length == 0) {
        return false;
      }
      RowKey at = new RowKey(row, key);
      Fate fate = fates.get(at);
      if (fate == null) {
        fates.put(at, new Fate(Before.THERE, row, Optional.of(row)));
        return true;
      }
      if (fate.now.isEmpty()) {
        return false;
      }
      fate.now = Optional.of(row.completedFrom(fate.now.get()));
      return true;
    }

    boolean delete(Row before) {
      if (key.length == 0) {
        return false;
      }
      RowKey at = new RowKey(before, key);
      Fate fate = fates.get(at);
      if (fate == null) {
        fates.put(at, new Fate(Before.THERE, before, Optional.empty()));
        return true;
      }
      if (fate.now.isEmpty()) {
        return false;
      }
      fate.now = Optional.empty();
      return true;
    }

    /** What a change leaves behind that expects nothing. Never refused. */
    void become(Row named, Optional<Row> now) {
      fates.computeIfAbsent(
                  new RowKey(named, key), any -> new Fate(Before.UNKNOWN, named, Optional.empty()))
              .now =
          now;
    }

    /** A row whose key changes: the delete of the old key and the insert of the new one. */
    boolean move(Row old, Row after) {
      Fate from = fates.get(new RowKey(old, key));
      Fate to = fates.get(new RowKey(after, key));
      boolean possible = (from == null || from.now.isPresent()) && (to == null || to.now.isEmpty());
      return possible && delete(old) && insert(after);
    }

    /** {@code after} with what the log left out, as far as it is known. */
    Row complete(Row old, Row after) {
      Row completed = after.completedFrom(old);
      if (completed.isComplete() || key.length == 0) {
        return completed;
      }
      Fate fate = fates.get(new RowKey(old, key));
      return fate == null ? completed : fate.now.map(completed::completedFrom).orElse(completed);
    }

    Optional<RowBatch> batch() {
      List<Row> removals = new ArrayList<>();
      List<Row> deletes = new ArrayList<>();
      List<Row> updates = new ArrayList<>();
      List<Row> inserts = new ArrayList<>(keyless);
      for (Fate fate : fates.values()) {
        if (fate.before == Before.UNKNOWN) {
          removals.add(fate.named);
          fate.now.ifPresent(inserts::add);
        } else if (fate.before == Before.THERE) {
          (fate.now.isPresent() ? updates : deletes).add(fate.now.orElse(fate.named));
        } else {
          fate.now.ifPresent(inserts::add);
        }
      }
      return removals.isEmpty() && deletes.isEmpty() && updates.isEmpty() && inserts.isEmpty()
          ? Optional.empty()
          : Optional.of(
              new RowBatch(
                  table,
                  RowOrder.of(key, removals),
                  RowOrder.of(key, deletes),
                  RowOrder.of(key, updates),
                  RowOrder.of(key, inserts)));
    }
  }

  /** Whether a key had a row before all of the changes. */
  private enum Before {
    THERE,
    ABSENT,
    /** The changes do not tell, and do not mind. */
    UNKNOWN
  }

  /** What becomes of one key. */
  private static final class Fate {
    private final Before before;

    /** A row that has the key. */
    private final Row named;

    /** The row after the changes so far; its absent fields are as they were before. */
    private Optional<Row> now;

    Fate(Before before, Row named, Optional<Row> now) {
      this.before = before;
      this.named = named;
      this.now = now;
    }
  }
}
