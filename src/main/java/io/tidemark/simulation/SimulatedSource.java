package io.tidemark.simulation;

import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.schema.Known;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A database with row locks. A transaction that commits enters the log first and becomes visible
 * some time later; its locks last until then, so that changes of one row are logged in the order in
 * which they become visible. The log can be read from the moment in which it is written.
 *
 * <p>The source may say what is visible later than it is, in the order in which it became so.
 *
 * <p>The end of the log may not be on disk yet, although its transactions are visible. It can be
 * read from there only once it is, and a crash loses it: then its ids are given out again.
 */
final class SimulatedSource {

  /** Keys are the numbers below this. */
  static final int KEYS = 8;

  /** More would make a schedule long and no more telling. */
  private static final int MOST_TRANSACTIONS = 100;

  private static final int SLOTS = 4;

  /** How many times a transaction that is prepared, or long, lets its turn to commit pass. */
  private static final int PREPARED_FOR = 12;

  private static final int LONG_FOR = 8;

  private static final int[] HOT = {1, 4, 6};

  /** A committed transaction. */
  record Logged(SimulatedPositions.Id id, int place, List<RowChange> changes) {}

  private record Version(int transaction, int place, @Nullable Content content) {}

  /** How a transaction lives. */
  private enum Kind {
    ORDINARY,
    /** Open for long. */
    LONG,
    /** Prepared when it has made its changes, and committed long after. */
    PREPARED
  }

  private static final class Transaction {
    final SimulatedPositions.Id id;
    final Kind kind;
    final List<RowChange> changes = new ArrayList<>();
    final Content[] values;

    /** Sets of places, and of tables, as bits. */
    int written;

    int locked;
    int truncated;
    boolean prepared;
    int place;

    Transaction(int number, Kind kind, int places) {
      this.id = new SimulatedPositions.Id(number);
      this.kind = kind;
      this.values = new Content[places];
    }

    boolean isLogged() {
      return place > 0;
    }
  }

  private final Choices choices;
  private final Trace trace;
  private final RuleCounts counts;
  private final SimulatedPositions format;
  private final List<SimulatedTable> tables = new ArrayList<>();
  private final List<Table> schemas;
  private final Map<TableId, SimulatedTable> byId = new HashMap<>();
  private final List<Logged> log = new ArrayList<>();
  private final List<List<Version>> versions = new ArrayList<>();
  private final Content[] visible;
  private final Transaction[] slots = new Transaction[SLOTS];
  private final Transaction[] locks;
  private final List<List<Integer>> truncations = new ArrayList<>();
  private final BitSet shown = new BitSet();
  private final BitSet reported = new BitSet();
  private final Deque<Integer> toReport = new ArrayDeque<>();
  private SimulatedPositions.@Nullable Snapshot current;
  private int begun;
  private int flushed;

  /** Up to where the log ever was. */
  private int highest;

  private int discarded;
  private final int visibleOneIn;
  private final int truncateOneIn;
  private final int unusualOneIn;
  private final boolean movesLargeRows;
  private final boolean reportsLate;
  private final boolean isChangelog;
  private final boolean flushesLate;
  private final int hotOneIn;

  /**
   * @param movesLargeRows whether it mostly does what makes keys be copied again
   * @param reportsLate whether it says late what is visible; the log then has whole rows
   * @param isChangelog whether whoever gets the changes can do nothing with a part of a row, or
   *     with a truncate
   */
  SimulatedSource(
      Choices choices,
      SimulatedPositions format,
      Trace trace,
      RuleCounts counts,
      boolean movesLargeRows,
      boolean reportsLate,
      boolean isChangelog) {
    this.choices = choices;
    this.format = format;
    this.trace = trace;
    this.counts = counts;
    int count = 1 + choices.below(2);
    for (int t = 0; t < count; t++) {
      int kind = choices.below(4);
      SimulatedTable table =
          new SimulatedTable(
              t,
              kind == 3 && !reportsLate && !movesLargeRows
                  ? SimulatedTable.Kind.NO_KEY
                  : kind >= 2 ? SimulatedTable.Kind.TWO_COLUMNS : SimulatedTable.Kind.ONE_COLUMN);
      tables.add(table);
      byId.put(table.table.id(), table);
      truncations.add(new ArrayList<>());
    }
    this.schemas = tables.stream().map(table -> table.table).toList();
    this.visible = new Content[count * KEYS];
    this.locks = new Transaction[count * KEYS];
    for (int i = 0; i < visible.length; i++) {
      versions.add(new ArrayList<>(4));
    }
    this.visibleOneIn = new int[] {1, 3, 10}[choices.below(3)];
    this.truncateOneIn = new int[] {200, 60, 15}[choices.below(3)];
    this.unusualOneIn = new int[] {1000, 8, 3}[choices.below(3)];
    // Where the rest is slow too: everywhere it would leave less of other schedules.
    this.flushesLate = !reportsLate && visibleOneIn == 10;
    this.movesLargeRows = movesLargeRows;
    this.reportsLate = reportsLate;
    this.isChangelog = isChangelog;
    this.hotOneIn = 1 + choices.below(3);
    fill();
  }

  private void fill() {
    Transaction initial = begin(Kind.ORDINARY);
    for (int place = 0; place < visible.length; place++) {
      if (choices.below(2) == 1) {
        insert(initial, place);
      }
    }
    log(initial);
    flush();
    show(initial);
  }

  private Transaction begin(Kind kind) {
    return new Transaction(++begun, kind, visible.length);
  }

  List<Table> schemas() {
    return schemas;
  }

  List<SimulatedTable> tables() {
    return tables;
  }

  SimulatedTable table(TableId id) {
    return Known.require(byId, id);
  }

  /** The source need not keep the log up to here. */
  void confirm(int place) {
    if (place > discarded) {
      discarded = place;
      counts.add(RuleCounts.Decision.LOG_CONFIRMED);
      trace.say(() -> "source: discards its log up to " + place);
    }
  }

  /** Up to where the log is gone. */
  int discarded() {
    return discarded;
  }

  List<Logged> log() {
    return log;
  }

  /** How much of the log is on disk, and can be read from there. */
  int flushed() {
    return flushed;
  }

  /** The whole log comes to disk. */
  void flush() {
    flushed = log.size();
  }

  /**
   * The server dies and comes back: what is under way is rolled back, what is not on disk never
   * was, and everything else is visible.
   *
   * @return false if it is not one that dies
   */
  boolean crash() {
    if (!flushesLate) {
      return false;
    }
    int lost = log.size() - flushed;
    trace.say(() -> "source: crashes, and loses " + lost + " commits");
    if (lost > 0) {
      counts.add(RuleCounts.Decision.COMMITS_LOST, lost);
    }
    log.subList(flushed, log.size()).clear();
    for (Transaction transaction : slots) {
      if (transaction != null && transaction.isLogged() && transaction.place <= flushed) {
        show(transaction);
      } else if (transaction != null) {
        end(transaction);
      }
    }
    BitSet kept = logged();
    shown.and(kept);
    reported.and(kept);
    truncations.forEach(numbers -> numbers.removeIf(number -> !kept.get(number)));
    for (int place = 0; place < visible.length; place++) {
      List<Version> all = versions.get(place);
      all.removeIf(version -> !kept.get(version.transaction()));
      visible[place] = all.isEmpty() ? null : all.get(all.size() - 1).content();
    }
    begun = kept.length() - 1;
    current = null;
    return true;
  }

  /** The row of a place as {@code snapshot} and everything logged up to {@code place} made it. */
  @Nullable Content restricted(int at, SimulatedPositions.Snapshot snapshot, int place) {
    List<Version> all = versions.get(at);
    for (int i = all.size() - 1; i >= 0; i--) {
      Version version = all.get(i);
      if (version.place() <= place || snapshot.included().get(version.transaction())) {
        return version.content();
      }
    }
    return null;
  }

  /** What a consistent read that is opened now contains. */
  SimulatedPositions.Snapshot snapshot() {
    SimulatedPositions.Snapshot now = current;
    if (now == null) {
      now = format.snapshot((BitSet) shown.clone(), log.size());
      current = now;
    }
    return now;
  }

  boolean reportsLate() {
    return reportsLate;
  }

  /** What the source says now that it is visible: what it shows, or showed a moment ago. */
  BitSet reported() {
    return (BitSet) reported.clone();
  }

  /** {@link #reported} as a position. */
  SimulatedPositions.Snapshot reportedSnapshot() {
    return reportsLate ? format.snapshot(reported(), log.size()) : snapshot();
  }

  /** Everything that is in the log: visible, or on its way to be. */
  BitSet logged() {
    BitSet logged = new BitSet();
    log.forEach(transaction -> logged.set(transaction.id().number()));
    return logged;
  }

  /** Whether a row was changed by a transaction up to {@code place} that the snapshot doubts. */
  boolean isChangedInDoubt(int at, SimulatedPositions.Snapshot snapshot, int place) {
    if (reportsLate) {
      for (Version version : versions.get(at)) {
        if (version.place() <= place && snapshot.isInDoubt(version.transaction())) {
          return true;
        }
      }
    }
    return false;
  }

  private void report() {
    Integer next = toReport.poll();
    if (next != null) {
      reported.set(next);
      if (reportsLate) {
        trace.say(() -> "source: T" + next + " is said to be visible");
      }
    }
  }

  /** Whether a reader that locks the table now has to wait for a truncate to end. */
  boolean isBeingTruncated(int table) {
    for (Transaction open : slots) {
      if (open != null && (open.truncated & 1 << table) != 0) {
        return true;
      }
    }
    return false;
  }

  /** Whether a truncate that the snapshot does not contain has emptied the table under it. */
  boolean isTruncatedSince(int table, SimulatedPositions.Snapshot snapshot) {
    for (int number : truncations.get(table)) {
      if (!snapshot.included().get(number)) {
        return true;
      }
    }
    return false;
  }

  /** One transaction makes one step. */
  void step() {
    int slot = choices.below(reportsLate || flushesLate ? SLOTS + 1 : SLOTS);
    if (slot == SLOTS) {
      report();
      if (choices.below(4) == 0) {
        flush();
      }
      return;
    }
    Transaction transaction = slots[slot];
    if (transaction == null) {
      if (begun < MOST_TRANSACTIONS) {
        transaction = begin(Kind.values()[choices.oneIn(unusualOneIn) ? 1 + choices.below(2) : 0]);
        slots[slot] = transaction;
        change(transaction);
      }
    } else if (transaction.isLogged()) {
      if (choices.below(visibleOneIn) == 0) {
        show(transaction);
      }
    } else if (transaction.prepared) {
      if (choices.below(PREPARED_FOR) == 0) {
        log(transaction);
      }
    } else {
      goOn(transaction, choices.below(8));
    }
  }

  private void goOn(Transaction transaction, int what) {
    if (what < 4) {
      change(transaction);
    } else if (what == 7) {
      counts.add(RuleCounts.Decision.ABORTED);
      trace.say(() -> "source: " + transaction.id.print() + " aborts");
      end(transaction);
    } else if (transaction.kind == Kind.PREPARED) {
      transaction.prepared = true;
      trace.say(() -> "source: " + transaction.id.print() + " is prepared");
    } else if (transaction.kind == Kind.ORDINARY || choices.below(LONG_FOR) == 0) {
      log(transaction);
    }
  }

  /**
   * Everything that is under way commits and becomes visible. A log that was cut off comes to be as
   * long as it was: no server stands still for ever.
   */
  void settle() {
    for (Transaction transaction : slots) {
      if (transaction != null) {
        if (!transaction.isLogged()) {
          log(transaction);
        }
        show(transaction);
      }
    }
    while (!toReport.isEmpty()) {
      report();
    }
    while (log.size() < highest) {
      Transaction later = begin(Kind.ORDINARY);
      log(later);
      show(later);
    }
    flush();
  }

  private void change(Transaction transaction) {
    if (choices.oneIn(truncateOneIn)) {
      empty(transaction, choices.below(tables.size()), isChangelog || choices.below(3) == 2);
      return;
    }
    int place = choosePlace();
    if (!lock(transaction, place)) {
      return;
    }
    Content now = content(transaction, place);
    if (now == null) {
      insert(transaction, place);
      return;
    }
    int what = choices.below(6);
    if (what < (movesLargeRows ? 1 : 3)) {
      update(transaction, place, now);
    } else if (what < (movesLargeRows ? 2 : 4)) {
      delete(transaction, place, now);
    } else {
      move(transaction, place, now);
    }
  }

  private @Nullable Content content(Transaction transaction, int place) {
    return (transaction.written & 1 << place) != 0 ? transaction.values[place] : visible[place];
  }

  /** Some keys change more often than others, so that changes meet. */
  private int choosePlace() {
    return choices.below(tables.size()) * KEYS + chooseKey();
  }

  private int chooseKey() {
    return choices.below(hotOneIn) == 0 ? HOT[choices.below(HOT.length)] : choices.below(KEYS);
  }

  private boolean lock(Transaction transaction, int place) {
    if (locks[place] != null && locks[place] != transaction) {
      return false;
    }
    locks[place] = transaction;
    transaction.locked |= 1 << place;
    return true;
  }

  /** Rows without a key are often the same. */
  private String value(Transaction transaction, int place) {
    return table(place).hasKey()
        ? transaction.id.number() + "." + transaction.changes.size()
        : "v" + transaction.id.number() % 2;
  }

  private String large(Transaction transaction, int place) {
    return "L" + value(transaction, place);
  }

  private void insert(Transaction transaction, int place) {
    lock(transaction, place);
    Content row =
        new Content(
            value(transaction, place),
            movesLargeRows || choices.below(2) == 1 ? large(transaction, place) : "");
    write(transaction, place, row);
    transaction.changes.add(
        new RowChange.Insert(table(place).table, table(place).row(place % KEYS, row)));
    trace.say(() -> say(transaction, "inserts", place) + " " + row);
  }

  private void update(Transaction transaction, int place, Content before) {
    boolean changesLarge = !movesLargeRows && choices.oneIn(4);
    Content row =
        new Content(
            value(transaction, place), changesLarge ? large(transaction, place) : before.large());
    write(transaction, place, row);
    SimulatedTable table = table(place);
    transaction.changes.add(
        new RowChange.Update(
            table.table,
            table.hasKey() ? Optional.empty() : Optional.of(table.row(place % KEYS, before)),
            logged(place, row, before)));
    trace.say(() -> say(transaction, "updates", place) + " to " + row);
  }

  private Row logged(int place, Content row, Content before) {
    return reportsLate || isChangelog
        ? table(place).row(place % KEYS, row)
        : table(place).rowAfter(place % KEYS, row, before);
  }

  private void delete(Transaction transaction, int place, Content before) {
    write(transaction, place, null);
    transaction.changes.add(
        new RowChange.Delete(table(place).table, table(place).rowBefore(place % KEYS, before)));
    trace.say(() -> say(transaction, "deletes", place));
  }

  private void move(Transaction transaction, int place, Content before) {
    int to = place / KEYS * KEYS + chooseKey();
    if (to == place
        || !table(place).hasKey()
        || !lock(transaction, to)
        || content(transaction, to) != null) {
      return;
    }
    Content row = new Content(value(transaction, place), before.large());
    write(transaction, place, null);
    write(transaction, to, row);
    transaction.changes.add(
        new RowChange.Update(
            table(place).table,
            Optional.of(table(place).rowBefore(place % KEYS, before)),
            logged(to, row, before)));
    trace.say(
        () -> say(transaction, "moves", place) + " to " + table(to).say(to % KEYS) + " as " + row);
  }

  /** A truncate, or DDL that writes the table anew: what reads it under an older snapshot fails. */
  private void empty(Transaction transaction, int table, boolean rewrites) {
    for (int key = 0; key < KEYS; key++) {
      Transaction holder = locks[table * KEYS + key];
      if (holder != null && holder != transaction) {
        return;
      }
    }
    for (int key = 0; key < KEYS; key++) {
      lock(transaction, table * KEYS + key);
      if (!rewrites) {
        write(transaction, table * KEYS + key, null);
      }
    }
    transaction.truncated |= 1 << table;
    Table emptied = tables.get(table).table;
    if (rewrites) {
      counts.add(RuleCounts.Decision.REWRITTEN);
    } else {
      transaction.changes.add(new RowChange.Truncate(List.of(emptied)));
    }
    trace.say(
        () ->
            "source: "
                + transaction.id.print()
                + (rewrites ? " alters and rewrites " : " truncates ")
                + emptied);
  }

  private static void write(Transaction transaction, int place, @Nullable Content content) {
    transaction.written |= 1 << place;
    transaction.values[place] = content;
  }

  private SimulatedTable table(int place) {
    return tables.get(place / KEYS);
  }

  private String say(Transaction transaction, String verb, int place) {
    return "source: " + transaction.id.print() + " " + verb + " " + table(place).say(place % KEYS);
  }

  private void log(Transaction transaction) {
    transaction.place = log.size() + 1;
    highest = Math.max(highest, transaction.place);
    log.add(new Logged(transaction.id, transaction.place, List.copyOf(transaction.changes)));
    for (int place = 0; place < visible.length; place++) {
      if ((transaction.written & 1 << place) != 0) {
        versions
            .get(place)
            .add(
                new Version(transaction.id.number(), transaction.place, transaction.values[place]));
      }
    }
    if (!flushesLate || choices.below(5) == 0) {
      flush();
    }
    current = null;
    if (transaction.kind != Kind.ORDINARY) {
      counts.add(
          transaction.kind == Kind.LONG ? RuleCounts.Decision.LONG : RuleCounts.Decision.PREPARED);
    }
    trace.say(() -> "source: " + transaction.id.print() + " is logged at " + transaction.place);
  }

  private void show(Transaction transaction) {
    for (int place = 0; place < visible.length; place++) {
      if ((transaction.written & 1 << place) != 0) {
        visible[place] = transaction.values[place];
      }
    }
    shown.set(transaction.id.number());
    toReport.add(transaction.id.number());
    if (!reportsLate || transaction.id.number() == 1) {
      report();
    }
    for (int table = 0; table < tables.size(); table++) {
      if ((transaction.truncated & 1 << table) != 0) {
        truncations.get(table).add(transaction.id.number());
      }
    }
    current = null;
    trace.say(() -> "source: " + transaction.id.print() + " becomes visible");
    end(transaction);
  }

  boolean isVisible(SimulatedPositions.Id transaction) {
    return shown.get(transaction.number());
  }

  private void end(Transaction transaction) {
    for (int place = 0; place < visible.length; place++) {
      if ((transaction.locked & 1 << place) != 0) {
        locks[place] = null;
      }
    }
    for (int slot = 0; slot < SLOTS; slot++) {
      if (slots[slot] == transaction) {
        slots[slot] = null;
      }
    }
  }

  /** The transactions that are in the log and that a new snapshot need not be said to contain. */
  Set<SimulatedPositions.Id> loggedNotVisible() {
    Set<SimulatedPositions.Id> late = new HashSet<>();
    for (Transaction transaction : slots) {
      if (transaction != null && transaction.isLogged()) {
        late.add(transaction.id);
      }
    }
    toReport.forEach(number -> late.add(new SimulatedPositions.Id(number)));
    return late;
  }
}
