package io.tidemark.simulation;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.FencedException;
import io.tidemark.database.Ledger;
import io.tidemark.protocol.LogProgress;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The target with its ledger. A commit happens at once; until then nothing of it is there. Every
 * change must find what it expects, as the production writer demands. Every commit is examined.
 */
final class SimulatedTarget {

  /** What the ledger says, and whom it belongs to. */
  static final class Books {
    long epoch;
    boolean running;
    int place;
    String pending = "";
    boolean consistent;
    final Set<Integer> streamed = new HashSet<>();
    final List<TreeMap<Integer, Ledger.CoveredChunk>> chunks = new ArrayList<>();
    final List<Map<Integer, Optional<String>>> holes = new ArrayList<>();
  }

  /** One source transaction, or a part of it, on its way into the target. */
  record Batch(List<RowChange> changes, Optional<LogProgress> progress, boolean consistent) {}

  /** A chunk's rows, read whole. */
  record Load(long cycle, Chunk chunk, String snapshot, Map<Integer, Content> rows) {}

  private final SimulatedSource source;
  private final Optional<Rule> without;
  private final Trace trace;
  private final Invariants invariants;
  private final Content[] rows;
  private final Books books = new Books();

  SimulatedTarget(
      SimulatedSource source, SimulatedPositions format, Optional<Rule> without, Trace trace) {
    this.source = source;
    this.without = without;
    this.trace = trace;
    this.invariants = new Invariants(source, format);
    this.rows = new Content[source.tables().size() * SimulatedSource.KEYS];
    for (int t = 0; t < source.tables().size(); t++) {
      books.chunks.add(new TreeMap<>());
      books.holes.add(new TreeMap<>());
    }
  }

  Books books() {
    return books;
  }

  /** That the target has everything that the source has logged. */
  void requireSource() {
    invariants.requireSourceState(rows, source.log().size());
  }

  long raiseEpoch() {
    books.epoch++;
    trace.say(() -> "ledger: epoch " + books.epoch);
    return books.epoch;
  }

  /** What a coordinator reads after it has raised the epoch; empty if the stream is not begun. */
  Optional<Ledger.Running> read() {
    if (!books.running) {
      return Optional.empty();
    }
    List<Ledger.CoveredChunk> chunks = new ArrayList<>();
    books.chunks.forEach(table -> chunks.addAll(table.values()));
    List<Chunk> holes = new ArrayList<>();
    List<Ledger.CoveredChunk> recopied = new ArrayList<>();
    for (int t = 0; t < books.holes.size(); t++) {
      TableId table = source.tables().get(t).id();
      books
          .holes
          .get(t)
          .forEach(
              (key, snapshot) -> {
                Chunk point = new Chunk(table, 0, new KeyRange.Point(keyOf(key)));
                if (snapshot.isEmpty()) {
                  holes.add(point);
                } else {
                  recopied.add(new Ledger.CoveredChunk(point, snapshot.get(), 0, 0));
                }
              });
    }
    Set<TableId> streamed = new HashSet<>();
    books.streamed.forEach(table -> streamed.add(source.tables().get(table).id()));
    return Optional.of(
        new Ledger.Running(
            "source",
            Integer.toString(books.place),
            books.pending,
            streamed,
            chunks,
            holes,
            without.equals(Optional.of(Rule.RECOPIED_SNAPSHOT_KEPT)) ? List.of() : recopied));
  }

  void recordStart(long epoch, int place, String pending) {
    requireEpoch(epoch);
    books.running = true;
    books.place = place;
    books.pending = pending;
    trace.say(() -> "ledger: the stream begins at " + place + " with pending {" + pending + "}");
  }

  void commitChunk(long epoch, Load load) {
    requireEpoch(epoch);
    loadRows(load);
    recordChunk(load);
    examine("chunk " + load.chunk().number() + " of " + load.chunk().table());
  }

  /** Only where the rule that the ledger is in the same transaction is left out. */
  void commitRows(long epoch, Load load) {
    requireEpoch(epoch);
    loadRows(load);
  }

  /** Only where the rule that the ledger is in the same transaction is left out. */
  void commitRecord(long epoch, Load load) {
    requireEpoch(epoch);
    recordChunk(load);
    examine("chunk " + load.chunk().number() + " of " + load.chunk().table());
  }

  private void loadRows(Load load) {
    int table = source.number(load.chunk().table());
    load.rows()
        .forEach(
            (key, content) -> {
              if (rows[at(table, key)] != null) {
                throw new Violation(
                    load.chunk() + " brings key " + key + ", which the target already has");
              }
              rows[at(table, key)] = content;
            });
  }

  private void recordChunk(Load load) {
    int table = source.number(load.chunk().table());
    if (load.chunk().range() instanceof KeyRange.Point point) {
      books.holes.get(table).replace(number(point.key()), Optional.of(load.snapshot()));
    } else {
      Ledger.CoveredChunk former =
          books
              .chunks
              .get(table)
              .putIfAbsent(
                  load.chunk().number(),
                  new Ledger.CoveredChunk(
                      load.chunk(), load.snapshot(), load.rows().size(), load.cycle()));
      if (former != null) {
        throw new Violation(load.chunk() + " is in the ledger already");
      }
    }
  }

  /** One target transaction. */
  void commitLog(long epoch, List<Batch> batches) {
    requireEpoch(epoch);
    int places = 0;
    for (Batch batch : batches) {
      batch.changes().forEach(this::apply);
      batch.progress().ifPresent(this::recordProgress);
      if (batch.consistent()) {
        recordConsistency();
      }
      places += batch.changes().size();
    }
    examine(places + " changes of the log up to " + books.place);
  }

  private void recordProgress(LogProgress progress) {
    int place = ((SimulatedPositions.At) progress.position()).place();
    if (place < books.place) {
      throw new Violation("the ledger goes back from " + books.place + " to " + place);
    }
    books.place = place;
    books.pending = progress.printPending();
  }

  private void recordConsistency() {
    for (int t = 0; t < books.chunks.size(); t++) {
      if (!books.chunks.get(t).isEmpty()) {
        books.streamed.add(t);
        books.chunks.get(t).clear();
      }
      books.holes.get(t).clear();
    }
    books.consistent = true;
  }

  private void apply(RowChange change) {
    if (change instanceof RowChange.Insert insert) {
      put(insert.table(), Content.key(insert.row()), insert.row(), Optional.empty());
    } else if (change instanceof RowChange.Update update) {
      int after = Content.key(update.after());
      int before = update.before().map(Content::key).orElse(after);
      Content old = take(update.table(), before);
      put(update.table(), after, update.after(), Optional.of(old));
    } else if (change instanceof RowChange.Delete delete) {
      take(delete.table(), Content.key(delete.before()));
    } else if (change instanceof RowChange.Put put) {
      rows[at(source.number(put.table().id()), Content.key(put.row()))] =
          new Content(put.row().text(1), put.row().text(2));
    } else if (change instanceof RowChange.Remove remove) {
      rows[at(source.number(remove.table().id()), Content.key(remove.before()))] = null;
    } else if (change instanceof RowChange.Truncate truncate) {
      truncate.tables().forEach(table -> clear(table, KeyRange.everything(), List.of()));
    } else if (change instanceof RowChange.Clear clear) {
      clear(
          clear.table(),
          clear.range(),
          without.equals(Optional.of(Rule.CLEAR_SPARES_RECOPIED)) ? List.of() : clear.spared());
    } else if (change instanceof RowChange.Reopen reopen) {
      books
          .holes
          .get(source.number(reopen.table().id()))
          .put(number(reopen.key()), Optional.empty());
    }
  }

  private Content take(Table table, int key) {
    int place = at(source.number(table.id()), key);
    Content old = rows[place];
    if (old == null) {
      throw new Violation("the log changes key " + key + " of " + table + ", which is missing");
    }
    rows[place] = null;
    return old;
  }

  private void put(Table table, int key, Row row, Optional<Content> old) {
    int place = at(source.number(table.id()), key);
    if (rows[place] != null) {
      throw new Violation("the log brings key " + key + " of " + table + ", which is there");
    }
    rows[place] =
        new Content(
            row.text(1), row.isPresent(2) ? row.text(2) : old.map(Content::large).orElse("?"));
  }

  private void clear(Table table, KeyRange range, List<Key> spared) {
    int number = source.number(table.id());
    for (int key = 0; key < SimulatedSource.KEYS; key++) {
      if (isIn(key, range) && !spared.contains(keyOf(key))) {
        rows[at(number, key)] = null;
      }
    }
  }

  private void requireEpoch(long epoch) {
    if (epoch != books.epoch && !without.equals(Optional.of(Rule.EPOCH_FENCE))) {
      throw new FencedException("simulated", epoch, "the ledger is under epoch " + books.epoch);
    }
  }

  private void examine(String what) {
    trace.say(() -> "target: commits " + what);
    invariants.examine(rows, books);
  }

  static boolean isIn(int key, KeyRange range) {
    if (range instanceof KeyRange.Point point) {
      return number(point.key()) == key;
    }
    KeyRange.Between between = (KeyRange.Between) range;
    return between.from().map(from -> number(from) <= key).orElse(true)
        && between.to().map(to -> key < number(to)).orElse(true);
  }

  static int number(Key key) {
    return Integer.parseInt(key.values().get(0));
  }

  static Key keyOf(int number) {
    return new Key(List.of(Integer.toString(number)));
  }

  static int at(int table, int key) {
    return table * SimulatedSource.KEYS + key;
  }

  /** The keys of a chunk's rows, as a reader's session sees them. */
  static Map<Integer, Content> read(
      SimulatedSource source, int table, KeyRange range, SimulatedPositions.Snapshot snapshot) {
    Map<Integer, Content> rows = new HashMap<>();
    for (int key = 0; key < SimulatedSource.KEYS; key++) {
      if (isIn(key, range)) {
        int found = key;
        source.restricted(table, key, snapshot, 0).ifPresent(content -> rows.put(found, content));
      }
    }
    return rows;
  }
}
