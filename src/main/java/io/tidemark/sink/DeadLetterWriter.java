package io.tidemark.sink;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.change.SequenceValue;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.DeadLetterStore;
import io.tidemark.database.DeadLetterStore.Letter;
import io.tidemark.database.TargetWriter;
import io.tidemark.database.ValueRefusedException;
import io.tidemark.database.WriterLedger;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A writer that keeps rows which the target cannot hold in the ledger instead: a key of a table is
 * at the target or there, never in both places.
 *
 * <p><b>Why a table without such rows costs nothing.</b> A change of a row that is kept in the
 * ledger cannot pass unseen: the target does not have its row, so what updates or deletes it fails,
 * and so does a value that does not fit. Only then is the ledger asked, and the changes, which the
 * caller applies again, are looked at one by one from there on until the table has no such row any
 * more. Changes that do not mind a missing row ask always.
 */
final class DeadLetterWriter implements TargetWriter {

  private static final long CHUNK_BYTES = 4 << 20;

  private final TargetWriter writer;
  private final DeadLetters letters;

  /** Tables that have rows here, or values that do not fit. */
  private final Set<TableId> watched = new HashSet<>();

  /** Tables of which something failed since the ledger was asked. */
  private final Set<TableId> doubtful = new HashSet<>();

  /** Tables about which the ledger was asked in this transaction. */
  private final Set<TableId> asked = new HashSet<>();

  /** Watched tables that may have no row here any more. */
  private final Set<TableId> passed = new HashSet<>();

  DeadLetterWriter(TargetWriter writer, DeadLetters letters) {
    this.writer = writer;
    this.letters = letters;
  }

  @Override
  public WriterLedger ledger(String stream) {
    return writer.ledger(stream);
  }

  @Override
  public DeadLetterStore deadLetters(String stream) {
    return writer.deadLetters(stream);
  }

  @Override
  public ChunkLoad beginChunk(Table table, String format, BadRows unused) {
    if (table.key().isEmpty()) {
      return writer.beginChunk(table, format);
    }
    Kept kept = new Kept(table);
    ChunkLoad load = writer.beginChunk(table, format, kept);
    return new ChunkLoad() {
      @Override
      public void write(byte[] bytes, int length) {
        load.write(bytes, length);
      }

      @Override
      public long end() {
        return load.end() + kept.rows;
      }

      @Override
      public void abort() {
        load.abort();
      }
    };
  }

  private final class Kept implements BadRows {
    private final Table table;
    private final List<Letter> waiting = new ArrayList<>();
    private long weight;
    private long rows;

    Kept(Table table) {
      this.table = table;
    }

    @Override
    public boolean take(Row row, ValueRefusedException why) {
      Letter letter = letters.letter(table, row, why);
      waiting.add(letter);
      rows++;
      weight += letter.weight();
      return weight > CHUNK_BYTES;
    }

    @Override
    public void write() {
      letters.put(table, waiting);
      waiting.clear();
      weight = 0;
    }
  }

  @Override
  public Optional<ValueRefusedException> problem(Table table, Row row) {
    return writer.problem(table, row);
  }

  @Override
  public Optional<Row> stored(Table table, Row named, int[] fields) {
    return writer.stored(table, named, fields);
  }

  @Override
  public void apply(RowBatch batch) {
    Table table = batch.table();
    if (!isWatched(table) && batch.removals().isEmpty()) {
      noticing(table, () -> writer.apply(batch));
      return;
    }
    Sorted sorted = new Sorted(table, batch);
    noticing(table, () -> writer.apply(sorted.batch(batch.removals())));
    sorted.keep();
  }

  /** The changes of a batch by where their rows are and where they go. */
  private final class Sorted {
    private final Table table;
    private final Map<Key, Row> here;
    private final List<Row> deletes = new ArrayList<>();
    private final List<Row> updates = new ArrayList<>();
    private final List<Row> inserts = new ArrayList<>();
    private final List<Key> gone = new ArrayList<>();
    private final List<Letter> kept = new ArrayList<>();

    Sorted(Table table, RowBatch batch) {
      this.table = table;
      List<Key> keys = new ArrayList<>();
      for (List<Row> rows :
          List.of(batch.removals(), batch.deletes(), batch.updates(), batch.inserts())) {
        rows.forEach(row -> keys.add(Key.of(table, row)));
      }
      this.here = letters.find(table, keys);
      batch.removals().forEach(this::takeOut);
      batch.deletes().stream().filter(row -> takeOut(row).isEmpty()).forEach(deletes::add);
      batch.updates().forEach(this::update);
      batch.inserts().forEach(this::insert);
    }

    /** The row as it is in the ledger, if it is there; from there it goes in any case. */
    private Optional<Row> takeOut(Row row) {
      Key key = Key.of(table, row);
      Optional<Row> letter = Optional.ofNullable(here.get(key));
      letter.ifPresent(unused -> gone.add(key));
      return letter;
    }

    private void update(Row row) {
      Optional<Row> letter = takeOut(row);
      if (letter.isPresent()) {
        insert(row.completedFrom(letter.get()));
        return;
      }
      Optional<ValueRefusedException> problem = writer.problem(table, row);
      if (problem.isEmpty()) {
        updates.add(row);
        return;
      }
      deletes.add(row);
      kept.add(whole(table, Optional.of(row), row, problem.get()));
    }

    private void insert(Row row) {
      Optional<ValueRefusedException> problem = writer.problem(table, row);
      if (problem.isPresent()) {
        kept.add(letters.letter(table, row, problem.get()));
      } else {
        inserts.add(row);
      }
    }

    /** Rows that are deleted because of another value are named by their keys only. */
    RowBatch batch(List<Row> removals) {
      return new RowBatch(
          table,
          removals,
          deletes.stream().map(row -> keyOnly(table, row)).toList(),
          updates,
          inserts);
    }

    void keep() {
      letters.remove(table, gone);
      letters.put(table, kept);
    }
  }

  @Override
  public void applySingly(RowChange change) {
    if (change instanceof RowChange.Truncate truncate) {
      writer.applySingly(truncate);
      truncate.tables().forEach(letters::removeAll);
    } else if (change instanceof RowChange.Clear clear) {
      writer.applySingly(clear);
      clear(clear);
    } else if (change instanceof RowChange.Insert insert) {
      singly(insert.table(), Optional.empty(), Optional.of(insert.row()), change, false);
    } else if (change instanceof RowChange.Update update) {
      Row before = update.before().map(b -> b.completedFrom(update.after())).orElse(update.after());
      Row after = update.after().completedFrom(before);
      singly(update.table(), Optional.of(before), Optional.of(after), change, false);
    } else if (change instanceof RowChange.Delete delete) {
      singly(delete.table(), Optional.of(delete.before()), Optional.empty(), change, false);
    } else if (change instanceof RowChange.Put put) {
      singly(put.table(), Optional.of(put.row()), Optional.of(put.row()), change, true);
    } else if (change instanceof RowChange.Remove remove) {
      singly(remove.table(), Optional.of(remove.before()), Optional.empty(), change, true);
    } else {
      writer.applySingly(change);
    }
  }

  @Override
  public void setAside(Table table) {
    writer.setAside(table);
  }

  /**
   * @param old names the row that was there
   * @param after the row that is there now; absent fields are as they were
   * @param unminding whether the row may be missing
   */
  private void singly(
      Table table, Optional<Row> old, Optional<Row> after, RowChange change, boolean unminding) {
    if (table.key().isEmpty()) {
      writer.applySingly(change);
      return;
    }
    // Nobody applies again what fails here.
    if (!isWatched(table) && asked.add(table.id()) && letters.any(table)) {
      watched.add(table.id());
    }
    if (!watched.contains(table.id()) && !unminding && appliedAsItIs(change, table)) {
      return;
    }
    Optional<Key> oldKey = old.map(row -> Key.of(table, row));
    Optional<Row> here =
        oldKey.flatMap(key -> Optional.ofNullable(letters.find(table, List.of(key)).get(key)));
    Optional<Row> now = after.map(row -> here.map(row::completedFrom).orElse(row));
    Optional<ValueRefusedException> problem = now.flatMap(row -> writer.problem(table, row));
    if (here.isEmpty() && problem.isEmpty()) {
      writer.applySingly(change);
      return;
    }
    Optional<Letter> kept = problem.map(why -> whole(table, old, now.orElseThrow(), why));
    if (here.isPresent()) {
      letters.remove(table, List.of(oldKey.orElseThrow()));
    } else if (old.isPresent()) {
      Row named = keyOnly(table, old.get());
      writer.applySingly(
          unminding ? new RowChange.Remove(table, named) : new RowChange.Delete(table, named));
    }
    if (kept.isPresent()) {
      letters.put(table, List.of(kept.get()));
    } else if (now.isPresent()) {
      writer.applySingly(new RowChange.Insert(table, now.get()));
    }
  }

  /** A value that does not fit is found before anything is done. */
  private boolean appliedAsItIs(RowChange change, Table table) {
    try {
      writer.applySingly(change);
      return true;
    } catch (ValueRefusedException e) {
      watched.add(table.id());
      return false;
    }
  }

  private void clear(RowChange.Clear clear) {
    Table table = clear.table();
    Set<Key> spared = new HashSet<>(clear.spared());
    letters.remove(
        table,
        letters.keys(table).stream()
            .filter(key -> !spared.contains(key) && isInside(table, clear.range(), key))
            .toList());
  }

  private static boolean isInside(Table table, KeyRange range, Key key) {
    if (range instanceof KeyRange.Points points) {
      return points.keys().contains(key);
    }
    KeyRange.Between between = (KeyRange.Between) range;
    if (between.from().isEmpty() && between.to().isEmpty()) {
      return true;
    }
    int[] fields = table.keyIndexes();
    if (fields.length != 1 || !(table.columns().get(fields[0]).values() instanceof ValueType.Int)) {
      throw new DatabaseException(
          Kind.FATAL,
          "table "
              + table.id()
              + " was truncated at the source while it was being copied, and has rows in"
              + " tidemark.dead_letter of which only the source can tell whether they were in the"
              + " part that was copied before. Take the table out of the job for one start, so that"
              + " it is copied anew");
    }
    BigInteger number = number(key);
    return between.from().map(from -> number.compareTo(number(from)) >= 0).orElse(true)
        && between.to().map(to -> number.compareTo(number(to)) < 0).orElse(true);
  }

  private static BigInteger number(Key key) {
    return new BigInteger(key.values().get(0));
  }

  private boolean isWatched(Table table) {
    if (table.key().isEmpty()) {
      return false;
    }
    boolean maybe = doubtful.remove(table.id());
    if (passed.remove(table.id()) || maybe) {
      if (letters.any(table)) {
        watched.add(table.id());
      } else {
        watched.remove(table.id());
      }
    }
    return watched.contains(table.id());
  }

  @Override
  public void commit() {
    writer.commit();
    asked.clear();
    passed.addAll(watched);
    letters.committed();
  }

  @Override
  public void rollback() {
    writer.rollback();
    asked.clear();
    passed.clear();
    letters.rolledBack();
  }

  @Override
  public Savepoint savepoint() {
    Savepoint there = writer.savepoint();
    DeadLetters.Mark mark = letters.mark();
    return new Savepoint() {
      @Override
      public void rollback() {
        there.rollback();
        letters.backTo(mark);
      }

      @Override
      public void release() {
        there.release();
      }
    };
  }

  @Override
  public boolean lostToAnotherTransaction(DatabaseException failure) {
    return writer.lostToAnotherTransaction(failure);
  }

  @Override
  public void abort() {
    writer.abort();
  }

  /** What fails here is applied again by the caller, in a transaction that was rolled back. */
  private void noticing(Table table, Runnable step) {
    try {
      step.run();
    } catch (ValueRefusedException e) {
      if (table.key().isPresent()) {
        watched.add(table.id());
      }
      throw e;
    } catch (DatabaseException e) {
      if (e.kind() == Kind.DATA) {
        doubtful.add(table.id());
      }
      throw e;
    }
  }

  /**
   * What the log left out of a row is as it was: the target has it.
   *
   * @param old names the row at the target
   */
  private Letter whole(Table table, Optional<Row> old, Row row, ValueRefusedException why) {
    if (row.isComplete()) {
      return letters.letter(table, row, why);
    }
    int[] absent = IntStream.range(0, row.size()).filter(field -> !row.isPresent(field)).toArray();
    return old.flatMap(named -> writer.stored(table, named, absent))
        .map(stored -> letters.letter(table, row.completedFrom(stored), why))
        .orElseThrow(
            () ->
                new DatabaseException(
                    Kind.DATA,
                    why.getMessage()
                        + ". The row cannot be kept whole either: the log left out columns that"
                        + " were unchanged, and the target has them in another form. Use REPLICA"
                        + " IDENTITY FULL (PostgreSQL) or binlog_row_image = FULL (MySQL, MariaDB)"
                        + " at the source"));
  }

  private static Row keyOnly(Table table, Row row) {
    Row.Builder key = Row.builder(row.array(), row.size());
    for (int field : table.keyIndexes()) {
      key.setValue(field, row.offset(field), row.length(field));
    }
    return key.build();
  }

  @Override
  public void setSequences(List<SequenceValue> values) {
    writer.setSequences(values);
  }

  @Override
  public void settleSequences() {
    writer.settleSequences();
  }

  @Override
  public void close() {
    writer.close();
  }
}
