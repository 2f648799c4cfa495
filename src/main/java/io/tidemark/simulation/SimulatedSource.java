package io.tidemark.simulation;

import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
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

/**
 * A database with row locks. A transaction that commits enters the log first and becomes visible
 * some time later; its locks last until then, so that changes of one row are logged in the order in
 * which they become visible. The log can be read from the moment in which it is written.
 *
 * <p>The source may say what is visible later than it is, in the order in which it became so.
 */
final class SimulatedSource {

  /** Keys are the numbers below this. */
  static final int KEYS = 8;

  /** More would make a schedule long and no more telling. */
  private static final int MOST_TRANSACTIONS = 100;

  private static final int SLOTS = 4;

  private static final int[] HOT = {1, 4, 6};

  /** A committed transaction. */
  record Logged(SimulatedPositions.Id id, int place, List<RowChange> changes) {}

  private record Version(int transaction, int place, Optional<Content> content) {}

  private static final class Transaction {
    final SimulatedPositions.Id id;
    final List<RowChange> changes = new ArrayList<>();
    final Map<Integer, Optional<Content>> writes = new HashMap<>();
    final Set<Integer> locked = new HashSet<>();
    final Set<Integer> truncated = new HashSet<>();
    int place;

    Transaction(int number) {
      this.id = new SimulatedPositions.Id(number);
    }

    boolean isLogged() {
      return place > 0;
    }
  }

  private final Choices choices;
  private final Trace trace;
  private final List<Table> tables = new ArrayList<>();
  private final Map<TableId, Integer> numbers = new HashMap<>();
  private final List<Logged> log = new ArrayList<>();
  private final List<List<Version>> versions = new ArrayList<>();
  private final Content[] visible;
  private final Transaction[] slots = new Transaction[SLOTS];
  private final Transaction[] locks;
  private final List<List<Integer>> truncations = new ArrayList<>();
  private final BitSet shown = new BitSet();
  private final BitSet reported = new BitSet();
  private final Deque<Integer> toReport = new ArrayDeque<>();
  private Optional<SimulatedPositions.Snapshot> current = Optional.empty();
  private int begun;
  private final int visibleOneIn;
  private final int truncateOneIn;
  private final boolean movesLargeRows;
  private final boolean reportsLate;
  private final int hotOneIn;

  /**
   * @param movesLargeRows whether it mostly does what makes keys be copied again
   * @param reportsLate whether it says late what is visible; the log then has whole rows
   */
  SimulatedSource(Choices choices, Trace trace, boolean movesLargeRows, boolean reportsLate) {
    this.choices = choices;
    this.trace = trace;
    int count = 1 + choices.below(2);
    for (int t = 0; t < count; t++) {
      Table table =
          new Table(
              new TableId("s", "t" + t),
              List.of(
                  new Column("k", "integer", false),
                  new Column("small", "text", false),
                  new Column("large", "text", false)),
              Optional.of(new PrimaryKey(List.of("k"))));
      tables.add(table);
      numbers.put(table.id(), t);
      truncations.add(new ArrayList<>());
    }
    this.visible = new Content[count * KEYS];
    this.locks = new Transaction[count * KEYS];
    for (int i = 0; i < visible.length; i++) {
      versions.add(new ArrayList<>());
    }
    this.visibleOneIn = new int[] {1, 3, 10}[choices.below(3)];
    this.truncateOneIn = new int[] {200, 60, 15}[choices.below(3)];
    this.movesLargeRows = movesLargeRows;
    this.reportsLate = reportsLate;
    this.hotOneIn = 1 + choices.below(3);
    fill();
  }

  private void fill() {
    Transaction initial = new Transaction(++begun);
    for (int place = 0; place < visible.length; place++) {
      if (choices.below(2) == 1) {
        insert(initial, place);
      }
    }
    log(initial);
    show(initial);
  }

  List<Table> tables() {
    return tables;
  }

  int number(TableId table) {
    return numbers.get(table);
  }

  List<Logged> log() {
    return log;
  }

  /** The row of a key as {@code snapshot} and everything logged up to {@code place} made it. */
  Optional<Content> restricted(int table, int key, SnapshotPosition snapshot, int place) {
    List<Version> all = versions.get(table * KEYS + key);
    for (int i = all.size() - 1; i >= 0; i--) {
      Version version = all.get(i);
      if (version.place() <= place
          || ((SimulatedPositions.Snapshot) snapshot).included().get(version.transaction())) {
        return version.content();
      }
    }
    return Optional.empty();
  }

  /** What a consistent read that is opened now contains. */
  SimulatedPositions.Snapshot snapshot() {
    if (current.isEmpty()) {
      current = Optional.of(new SimulatedPositions.Snapshot((BitSet) shown.clone(), log.size()));
    }
    return current.get();
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
    return reportsLate ? new SimulatedPositions.Snapshot(reported(), log.size()) : snapshot();
  }

  /** Everything that is in the log: visible, or on its way to be. */
  BitSet logged() {
    BitSet logged = new BitSet();
    log.forEach(transaction -> logged.set(transaction.id().number()));
    return logged;
  }

  /** Whether a key was changed by a transaction up to {@code place} that the snapshot doubts. */
  boolean isChangedInDoubt(int table, int key, SimulatedPositions.Snapshot snapshot, int place) {
    return versions.get(table * KEYS + key).stream()
        .anyMatch(version -> version.place() <= place && snapshot.isInDoubt(version.transaction()));
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
      if (open != null && open.truncated.contains(table)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a truncate that the snapshot does not contain has emptied the table under it. */
  boolean isTruncatedSince(int table, SimulatedPositions.Snapshot snapshot) {
    return truncations.get(table).stream().anyMatch(number -> !snapshot.included().get(number));
  }

  /** One transaction makes one step. */
  void step() {
    int slot = choices.below(reportsLate ? SLOTS + 1 : SLOTS);
    if (slot == SLOTS) {
      report();
      return;
    }
    Transaction transaction = slots[slot];
    if (transaction == null) {
      if (begun < MOST_TRANSACTIONS) {
        transaction = new Transaction(++begun);
        slots[slot] = transaction;
        change(transaction);
      }
    } else if (transaction.isLogged()) {
      if (choices.below(visibleOneIn) == 0) {
        show(transaction);
      }
    } else {
      int what = choices.below(8);
      if (what < 4) {
        change(transaction);
      } else if (what < 7) {
        log(transaction);
      } else {
        trace.say(() -> "source: " + slots[slot].id.print() + " aborts");
        end(transaction);
      }
    }
  }

  /** Everything that is under way commits and becomes visible. */
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
  }

  private void change(Transaction transaction) {
    if (choices.oneIn(truncateOneIn)) {
      truncate(transaction, choices.below(tables.size()));
      return;
    }
    int place = choosePlace();
    if (!lock(transaction, place)) {
      return;
    }
    Optional<Content> now = content(transaction, place);
    if (now.isEmpty()) {
      insert(transaction, place);
      return;
    }
    int what = choices.below(6);
    if (what < (movesLargeRows ? 1 : 3)) {
      update(transaction, place, now.get());
    } else if (what < (movesLargeRows ? 2 : 4)) {
      delete(transaction, place);
    } else {
      move(transaction, place, now.get());
    }
  }

  private Optional<Content> content(Transaction transaction, int place) {
    Optional<Content> written = transaction.writes.get(place);
    return written != null ? written : Optional.ofNullable(visible[place]);
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
    transaction.locked.add(place);
    return true;
  }

  private String value(Transaction transaction) {
    return transaction.id.number() + "." + transaction.changes.size();
  }

  private void insert(Transaction transaction, int place) {
    lock(transaction, place);
    Content row =
        new Content(
            value(transaction),
            movesLargeRows || choices.below(2) == 1 ? "L" + value(transaction) : "");
    write(transaction, place, Optional.of(row));
    add(transaction, new RowChange.Insert(table(place), row.row(place % KEYS)));
    trace.say(() -> say(transaction, "inserts", place) + " " + row);
  }

  private void update(Transaction transaction, int place, Content before) {
    boolean changesLarge = !movesLargeRows && choices.oneIn(4);
    Content row =
        new Content(value(transaction), changesLarge ? "L" + value(transaction) : before.large());
    write(transaction, place, Optional.of(row));
    add(
        transaction,
        new RowChange.Update(table(place), Optional.empty(), logged(row, place % KEYS, before)));
    trace.say(() -> say(transaction, "updates", place) + " to " + row);
  }

  private Row logged(Content row, int key, Content before) {
    return reportsLate ? row.row(key) : row.rowAfter(key, before);
  }

  private void delete(Transaction transaction, int place) {
    write(transaction, place, Optional.empty());
    add(transaction, new RowChange.Delete(table(place), Content.keyOnly(place % KEYS)));
    trace.say(() -> say(transaction, "deletes", place));
  }

  private void move(Transaction transaction, int place, Content before) {
    int to = place / KEYS * KEYS + chooseKey();
    if (to == place || !lock(transaction, to) || content(transaction, to).isPresent()) {
      return;
    }
    Content row = new Content(value(transaction), before.large());
    write(transaction, place, Optional.empty());
    write(transaction, to, Optional.of(row));
    add(
        transaction,
        new RowChange.Update(
            table(place),
            Optional.of(Content.keyOnly(place % KEYS)),
            logged(row, to % KEYS, before)));
    trace.say(() -> say(transaction, "moves", place) + " to key " + to % KEYS + " as " + row);
  }

  private void truncate(Transaction transaction, int table) {
    for (int key = 0; key < KEYS; key++) {
      Transaction holder = locks[table * KEYS + key];
      if (holder != null && holder != transaction) {
        return;
      }
    }
    for (int key = 0; key < KEYS; key++) {
      lock(transaction, table * KEYS + key);
      write(transaction, table * KEYS + key, Optional.empty());
    }
    transaction.truncated.add(table);
    add(transaction, new RowChange.Truncate(List.of(tables.get(table))));
    trace.say(() -> "source: " + transaction.id.print() + " truncates " + tables.get(table));
  }

  private void write(Transaction transaction, int place, Optional<Content> content) {
    transaction.writes.put(place, content);
  }

  private static void add(Transaction transaction, RowChange change) {
    transaction.changes.add(change);
  }

  private Table table(int place) {
    return tables.get(place / KEYS);
  }

  private String say(Transaction transaction, String verb, int place) {
    return "source: "
        + transaction.id.print()
        + " "
        + verb
        + " key "
        + place % KEYS
        + " of "
        + table(place);
  }

  private void log(Transaction transaction) {
    transaction.place = log.size() + 1;
    log.add(new Logged(transaction.id, transaction.place, List.copyOf(transaction.changes)));
    transaction.writes.forEach(
        (place, content) ->
            versions
                .get(place)
                .add(new Version(transaction.id.number(), transaction.place, content)));
    current = Optional.empty();
    trace.say(() -> "source: " + transaction.id.print() + " is logged at " + transaction.place);
  }

  private void show(Transaction transaction) {
    transaction.writes.forEach((place, content) -> visible[place] = content.orElse(null));
    shown.set(transaction.id.number());
    toReport.add(transaction.id.number());
    if (!reportsLate || transaction.id.number() == 1) {
      report();
    }
    transaction.truncated.forEach(table -> truncations.get(table).add(transaction.id.number()));
    current = Optional.empty();
    trace.say(() -> "source: " + transaction.id.print() + " becomes visible");
    end(transaction);
  }

  private void end(Transaction transaction) {
    transaction.locked.forEach(place -> locks[place] = null);
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
