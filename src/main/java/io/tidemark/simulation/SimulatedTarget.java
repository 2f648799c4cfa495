package io.tidemark.simulation;

import io.tidemark.apply.NetChanges;
import io.tidemark.apply.Ownership;
import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.Ledger;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.TargetWriter.RowBatch;
import io.tidemark.protocol.LogProgress;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The target with its ledger. A target transaction is seen whole, at its commit; until then nothing
 * of it is there. Every change must find what it expects, as the production writer demands. Every
 * commit is examined.
 */
final class SimulatedTarget {

  /** What the ledger says, and whom it belongs to. */
  static final class Books {
    Ownership owner = new Ownership("simulated", 0, "", Map.of());
    @Nullable LogProgress progress;
    int place;
    boolean consistent;
    boolean streamed;
    final List<TreeMap<Integer, Ledger.CoveredChunk>> chunks = new ArrayList<>();
    final List<TreeMap<Integer, Optional<String>>> holes = new ArrayList<>();
    final Set<TableId> uncovered = new HashSet<>();

    /** What each place was copied from, as chunks and holes say. */
    final SimulatedPositions.Snapshot[] from;

    Books(int places) {
      this.from = new SimulatedPositions.Snapshot[places];
    }
  }

  /** A chunk's rows, read whole; null where there is none. */
  record Load(long cycle, Chunk chunk, String snapshot, Content[] rows, int count) {}

  private final SimulatedSource source;
  private final SimulatedPositions format;
  private final Optional<Rule> without;
  private final Trace trace;
  private final RuleCounts counts;
  private final Invariants invariants;
  private final Content[] rows;
  private final Books books;

  SimulatedTarget(
      SimulatedSource source,
      SimulatedPositions format,
      Optional<Rule> without,
      Trace trace,
      RuleCounts counts) {
    this.source = source;
    this.format = format;
    this.without = without;
    this.trace = trace;
    this.counts = counts;
    this.invariants = new Invariants(source, format);
    this.rows = new Content[source.tables().size() * SimulatedSource.KEYS];
    this.books = new Books(rows.length);
    for (int t = 0; t < source.tables().size(); t++) {
      books.chunks.add(new TreeMap<>());
      books.holes.add(new TreeMap<>());
    }
  }

  Books books() {
    return books;
  }

  /**
   * Raises the epoch.
   *
   * @throws io.tidemark.database.FencedException if the submission has been replaced by another one
   */
  long claim(String incarnation) {
    books.owner.requireClaimable(incarnation);
    books.owner = books.owner.claimedBy(incarnation);
    trace.say(() -> "ledger: epoch " + books.owner.epoch() + " for " + incarnation);
    return books.owner.epoch();
  }

  /** What a coordinator reads after it has raised the epoch; empty if the stream is not begun. */
  Optional<Ledger.Running> read() {
    LogProgress progress = books.progress;
    if (progress == null) {
      return Optional.empty();
    }
    List<Ledger.CoveredChunk> chunks = new ArrayList<>();
    books.chunks.forEach(table -> chunks.addAll(table.values()));
    List<Chunk> holes = new ArrayList<>();
    List<Ledger.CoveredChunk> recopied = new ArrayList<>();
    for (SimulatedTable table : source.tables()) {
      books
          .holes
          .get(table.number)
          .forEach(
              (key, snapshot) -> {
                Chunk point = new Chunk(table.table.id(), 0, KeyRange.Points.of(table.key(key)));
                if (snapshot.isEmpty()) {
                  holes.add(point);
                } else {
                  recopied.add(new Ledger.CoveredChunk(point, snapshot.get(), 0, 0));
                }
              });
    }
    Set<TableId> streamed = new HashSet<>();
    if (books.streamed) {
      source.schemas().forEach(table -> streamed.add(table.id()));
    }
    return Optional.of(
        new Ledger.Running(
            "source",
            progress.printPosition(),
            progress.printPending(),
            streamed,
            chunks,
            holes,
            without.equals(Optional.of(Rule.RECOPIED_SNAPSHOT_KEPT)) ? List.of() : recopied,
            books.uncovered,
            SourceMemory.NONE));
  }

  void recordStart(long epoch, LogProgress start) {
    requireEpoch(epoch);
    books.progress = start;
    books.place = ((SimulatedPositions.At) start.position()).place();
    source.confirm(books.place);
    trace.say(
        () ->
            "ledger: the stream begins at "
                + books.place
                + " with pending {"
                + start.printPending()
                + "}");
  }

  void commitChunk(long epoch, Load load) {
    requireEpoch(epoch);
    if (isVoid(load.chunk())) {
      trace.say(() -> "target: leaves out " + load.chunk() + " " + say(load.chunk()));
      return;
    }
    loadRows(load);
    recordChunk(load);
    counts.add(RuleCounts.Decision.CHUNKS_LOADED);
    examine(load.chunk());
  }

  /** Whether keys need not be copied again any more. */
  private boolean isVoid(Chunk chunk) {
    SimulatedTable table = source.table(chunk.table());
    return chunk.range() instanceof KeyRange.Points points
        && points.keys().stream()
            .anyMatch(key -> !books.holes.get(table.number).containsKey(table.number(key)));
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
    examine(load.chunk());
  }

  private void examine(Chunk chunk) {
    trace.say(() -> "target: commits " + chunk + " " + say(chunk));
    invariants.examine(rows, books);
  }

  private void loadRows(Load load) {
    SimulatedTable table = source.table(load.chunk().table());
    for (int row = 0; row < SimulatedSource.KEYS; row++) {
      Content content = load.rows()[row];
      if (content == null) {
        continue;
      }
      if (!table.hasKey()) {
        putAnywhere(table, content);
      } else if (rows[at(table.number, row)] != null) {
        throw new Violation(
            load.chunk() + " brings " + table.say(row) + ", which the target already has");
      } else {
        rows[at(table.number, row)] = content;
      }
    }
  }

  private void recordChunk(Load load) {
    SimulatedTable table = source.table(load.chunk().table());
    if (load.chunk().range() instanceof KeyRange.Points points) {
      for (Key again : points.keys()) {
        counts.add(RuleCounts.Decision.KEYS_RECOPIED);
        int key = table.number(again);
        if (books.holes.get(table.number).replace(key, Optional.of(load.snapshot())) != null) {
          books.from[at(table.number, key)] = format.snapshotPosition(load.snapshot());
        }
      }
      return;
    }
    Ledger.CoveredChunk former =
        books
            .chunks
            .get(table.number)
            .putIfAbsent(
                load.chunk().number(),
                new Ledger.CoveredChunk(load.chunk(), load.snapshot(), load.count(), load.cycle()));
    if (former != null) {
      throw new Violation(load.chunk() + " is in the ledger already");
    }
    for (int row = 0; row < SimulatedSource.KEYS; row++) {
      if (isIn(table, row, load.chunk().range())) {
        books.from[at(table.number, row)] = format.snapshotPosition(load.snapshot());
      }
    }
  }

  /**
   * One target transaction.
   *
   * @param parts what is applied, one after the other
   * @param progress none only where the rule that whole transactions are applied is left out
   */
  void commitLog(
      long epoch, List<NetChanges> parts, Optional<LogProgress> progress, boolean consistent) {
    requireEpoch(epoch);
    for (NetChanges part : parts) {
      part.steps().forEach(this::apply);
    }
    progress.ifPresent(this::recordProgress);
    if (consistent) {
      recordConsistency();
    }
    trace.say(
        () ->
            "target: commits "
                + parts.stream().mapToInt(NetChanges::size).sum()
                + " changes of the log up to "
                + books.place
                + (consistent ? ", and is consistent" : ""));
    invariants.examine(rows, books);
  }

  private void recordProgress(LogProgress progress) {
    int place = ((SimulatedPositions.At) progress.position()).place();
    if (place < books.place) {
      throw new Violation("the ledger goes back from " + books.place + " to " + place);
    }
    books.place = place;
    books.progress = progress;
  }

  private void recordConsistency() {
    for (int t = 0; t < books.chunks.size(); t++) {
      books.chunks.get(t).clear();
      books.holes.get(t).clear();
    }
    books.streamed = true;
    books.consistent = true;
    counts.add(RuleCounts.Decision.REACHED_CONSISTENCY);
  }

  private void apply(NetChanges.Step step) {
    if (step instanceof NetChanges.Net net) {
      RowBatch batch = net.batch();
      SimulatedTable table = source.table(batch.table().id());
      batch.removals().forEach(row -> rows[at(table.number, table.number(row))] = null);
      batch.deletes().forEach(row -> take(table, row));
      batch.updates().forEach(row -> put(table, row, Optional.of(take(table, row))));
      batch.inserts().forEach(row -> put(table, row, Optional.empty()));
    } else if (step instanceof NetChanges.Single single) {
      apply(single.change());
    }
  }

  private void apply(RowChange change) {
    if (change instanceof RowChange.Insert insert) {
      put(source.table(insert.table().id()), insert.row(), Optional.empty());
    } else if (change instanceof RowChange.Update update) {
      SimulatedTable table = source.table(update.table().id());
      Content old = take(table, update.before().orElse(update.after()));
      put(table, update.after(), Optional.of(old));
    } else if (change instanceof RowChange.Delete delete) {
      take(source.table(delete.table().id()), delete.before());
    } else if (change instanceof RowChange.Truncate truncate) {
      for (Table emptied : truncate.tables()) {
        clear(source.table(emptied.id()), KeyRange.everything(), List.of());
      }
    } else if (change instanceof RowChange.Clear clear) {
      clear(
          source.table(clear.table().id()),
          clear.range(),
          without.equals(Optional.of(Rule.CLEAR_SPARES_RECOPIED)) ? List.of() : clear.spared());
    } else if (change instanceof RowChange.Reopen reopen) {
      SimulatedTable table = source.table(reopen.table().id());
      int key = table.number(reopen.key());
      books.holes.get(table.number).put(key, Optional.empty());
      books.from[at(table.number, key)] = null;
    } else if (change instanceof RowChange.Uncover uncover) {
      uncover(source.table(uncover.table().id()), uncover.range());
    } else {
      throw new IllegalStateException("not a change that is applied singly: " + change);
    }
  }

  private void uncover(SimulatedTable table, KeyRange.Between range) {
    books.holes.get(table.number).clear();
    books.uncovered.add(table.table.id());
    for (int row = 0; row < SimulatedSource.KEYS; row++) {
      if (isIn(table, row, range)) {
        books.from[at(table.number, row)] = null;
      }
    }
    books
        .chunks
        .get(table.number)
        .values()
        .removeIf(
            covered -> {
              KeyRange.Between chunk = (KeyRange.Between) covered.chunk().range();
              return isWithin(table, chunk, range);
            });
  }

  private static boolean isWithin(
      SimulatedTable table, KeyRange.Between chunk, KeyRange.Between range) {
    int chunkFrom = chunk.from().map(table::number).orElse(-1);
    int chunkTo = chunk.to().map(table::number).orElse(SimulatedSource.KEYS);
    return chunkFrom >= range.from().map(table::number).orElse(-1)
        && chunkTo <= range.to().map(table::number).orElse(SimulatedSource.KEYS);
  }

  private Content take(SimulatedTable table, Row row) {
    int place = table.hasKey() ? at(table.number, table.number(row)) : find(table, row);
    Content old = place < 0 ? null : rows[place];
    if (old == null) {
      throw new Violation(
          "the log changes "
              + (table.hasKey()
                  ? table.say(table.number(row))
                  : table.content(row, Optional.empty()) + " of " + table.table.id())
              + ", which is missing");
    }
    rows[place] = null;
    return old;
  }

  /** One of the rows that are equal to this one; -1 if there is none. */
  private int find(SimulatedTable table, Row row) {
    Content wanted = table.content(row, Optional.empty());
    counts.add(RuleCounts.Decision.KEYLESS_CHANGES);
    for (int i = 0; i < SimulatedSource.KEYS; i++) {
      if (wanted.equals(rows[at(table.number, i)])) {
        return at(table.number, i);
      }
    }
    return -1;
  }

  private void put(SimulatedTable table, Row row, Optional<Content> old) {
    Content content = table.content(row, old);
    if (!table.hasKey()) {
      putAnywhere(table, content);
      return;
    }
    int place = at(table.number, table.number(row));
    if (rows[place] != null) {
      throw new Violation("the log brings " + table.say(table.number(row)) + ", which is there");
    }
    rows[place] = content;
  }

  private void putAnywhere(SimulatedTable table, Content content) {
    for (int i = 0; i < SimulatedSource.KEYS; i++) {
      if (rows[at(table.number, i)] == null) {
        rows[at(table.number, i)] = content;
        return;
      }
    }
    throw new Violation(
        "the target has "
            + SimulatedSource.KEYS
            + " rows of "
            + table.table.id()
            + " and gets one more");
  }

  private void clear(SimulatedTable table, KeyRange range, List<Key> spared) {
    for (int row = 0; row < SimulatedSource.KEYS; row++) {
      if (isIn(table, row, range) && (spared.isEmpty() || !spared.contains(table.key(row)))) {
        rows[at(table.number, row)] = null;
      }
    }
  }

  private void requireEpoch(long epoch) {
    if (epoch != books.owner.epoch() && !without.equals(Optional.of(Rule.EPOCH_FENCE))) {
      throw books.owner.replaced(epoch);
    }
  }

  static boolean isIn(SimulatedTable table, int row, KeyRange range) {
    if (range instanceof KeyRange.Points points) {
      return points.keys().stream().anyMatch(key -> table.number(key) == row);
    }
    KeyRange.Between between = (KeyRange.Between) range;
    return (between.from().isEmpty() || table.number(between.from().get()) <= row)
        && (between.to().isEmpty() || row < table.number(between.to().get()));
  }

  private String say(Chunk chunk) {
    return chunk.range() instanceof KeyRange.Points points
        ? "again for keys " + points.keys().stream().map(Key::values).toList()
        : chunk.range().toString();
  }

  static int at(int table, int row) {
    return table * SimulatedSource.KEYS + row;
  }

  /** A chunk's rows, as a reader's session sees them. */
  static Load read(
      SimulatedSource source,
      long cycle,
      Chunk chunk,
      String printed,
      SimulatedPositions.Snapshot snapshot) {
    SimulatedTable table = source.table(chunk.table());
    Content[] rows = new Content[SimulatedSource.KEYS];
    int count = 0;
    for (int row = 0; row < SimulatedSource.KEYS; row++) {
      if (isIn(table, row, chunk.range())) {
        rows[row] = source.restricted(at(table.number, row), snapshot, 0);
        count += rows[row] == null ? 0 : 1;
      }
    }
    return new Load(cycle, chunk, printed, rows, count);
  }
}
