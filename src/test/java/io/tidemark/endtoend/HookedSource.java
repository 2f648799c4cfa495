package io.tidemark.endtoend;

import io.tidemark.change.KeyRange;
import io.tidemark.change.SequenceValue;
import io.tidemark.database.ChunkPlanner;
import io.tidemark.database.LogPosition;
import io.tidemark.database.LogReader;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.SchemaDescription;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.SourceLookup;
import io.tidemark.database.StreamRemains;
import io.tidemark.database.TransactionId;
import io.tidemark.schema.Table;
import io.tidemark.settings.CheckedJob;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A source that lets a test act at the moments that matter, and that can be told to lie about one
 * thing, so that a rule of the protocol is as good as switched off.
 *
 * @param hooks where this process keeps the test's actions
 */
record HookedSource(SourceDatabase real, Lie lie, String hooks) implements SourceDatabase {

  /** What is said that is not so. */
  enum Lie {
    NONE,
    /** Every snapshot that is compared with the log is said to include every transaction. */
    SNAPSHOTS_INCLUDE_ALL,
    /** What the log shows is said to be visible. */
    DELIVERED_IS_VISIBLE,
    /** At the log's start, everything before it is said to be visible. */
    NOTHING_PENDING_AT_START
  }

  /** What a test does at a moment of the copy, in the thread that gets there. */
  interface Hook {
    void run() throws Exception;
  }

  /**
   * @param beforeSnapshot before each shared snapshot is taken, while the log reader holds
   * @param beforeRead before each chunk is read, from a session that is open
   */
  record Hooks(Hook beforeSnapshot, Hook beforeRead) {}

  private static final Map<String, Hooks> HOOKS = new ConcurrentHashMap<>();

  static HookedSource of(SourceDatabase real, Lie lie, String name, Hooks hooks) {
    HOOKS.put(name, hooks);
    return new HookedSource(real, lie, name);
  }

  private static void run(Hook hook) {
    try {
      hook.run();
    } catch (Exception e) {
      throw new AssertionError("a test's hook failed", e);
    }
  }

  @Override
  public PositionFormat positions() {
    return new Format(real.positions(), lie);
  }

  @Override
  public SourceControl openControl(long epoch) {
    return new Control(real.openControl(epoch), lie, HOOKS.get(hooks));
  }

  @Override
  public SnapshotSession openSession(long epoch, Optional<String> shared, List<Table> tables) {
    return new Session(real.openSession(epoch, shared, tables), HOOKS.get(hooks));
  }

  @Override
  public SourceCheck check(CheckedJob job) {
    return real.check(job);
  }

  @Override
  public SchemaDescription describe() {
    return real.describe();
  }

  @Override
  public StreamRemains remains() {
    return real.remains();
  }

  @Override
  public SourceDatabase portable() {
    return new HookedSource(real.portable(), lie, hooks);
  }

  @Override
  public SourceLookup openLookup(long epoch, List<Table> tables) {
    return new Lookup(real.openLookup(epoch, tables), lie);
  }

  @Override
  public LogReader openLog(long epoch, LogPosition from, List<Table> tables) {
    return real.openLog(epoch, from, tables);
  }

  /** A snapshot that claims to include everything. */
  private record Everything(SnapshotPosition real) implements SnapshotPosition {
    @Override
    public boolean includes(TransactionId transaction) {
      return true;
    }

    @Override
    public boolean isPassedBy(LogPosition position) {
      return real.isPassedBy(position);
    }

    @Override
    public String print() {
      return real.print();
    }
  }

  private record Format(PositionFormat real, Lie lie) implements PositionFormat {
    @Override
    public LogPosition logPosition(String printed) {
      return real.logPosition(printed);
    }

    @Override
    public SnapshotPosition snapshotPosition(String printed) {
      SnapshotPosition position = real.snapshotPosition(printed);
      return lie == Lie.SNAPSHOTS_INCLUDE_ALL ? new Everything(position) : position;
    }

    @Override
    public String printTransactions(Set<? extends TransactionId> transactions) {
      return real.printTransactions(transactions);
    }

    @Override
    public Set<TransactionId> transactions(String printed) {
      return real.transactions(printed);
    }
  }

  private record Session(SnapshotSession real, Hooks hooks) implements SnapshotSession {
    @Override
    public SnapshotPosition position() {
      return real.position();
    }

    @Override
    public String format(Table table) {
      return real.format(table);
    }

    @Override
    public long read(Table table, KeyRange range, Output output) throws InterruptedException {
      run(hooks.beforeRead());
      return real.read(table, range, output);
    }

    @Override
    public void close() {
      real.close();
    }
  }

  private record Lookup(SourceLookup real, Lie lie) implements SourceLookup {
    @Override
    public SnapshotPosition visible() {
      SnapshotPosition visible = real.visible();
      return lie == Lie.DELIVERED_IS_VISIBLE ? new Everything(visible) : visible;
    }

    @Override
    public int[] locate(
        Table table, List<io.tidemark.change.Key> keys, List<io.tidemark.change.Key> bounds) {
      return real.locate(table, keys, bounds);
    }

    @Override
    public List<SequenceValue> sequences() {
      return real.sequences();
    }

    @Override
    public void nudgeLog() {
      real.nudgeLog();
    }

    @Override
    public void close() {
      real.close();
    }
  }

  private record Control(SourceControl real, Lie lie, Hooks hooks) implements SourceControl {
    @Override
    public String identity() {
      return real.identity();
    }

    @Override
    public List<Table> tables() {
      return real.tables();
    }

    @Override
    public void expelFormerSessions() {
      real.expelFormerSessions();
    }

    @Override
    public LogStart createLog() {
      LogStart start = real.createLog();
      return lie == Lie.NOTHING_PENDING_AT_START ? new LogStart(start.position(), Set.of()) : start;
    }

    @Override
    public Set<TransactionId> requireLog(LogPosition position) {
      return real.requireLog(position);
    }

    @Override
    public void requireNothingUnlogged() {
      real.requireNothingUnlogged();
    }

    @Override
    public void requireNoLog() {
      real.requireNoLog();
    }

    @Override
    public Optional<SharedSnapshot> openSharedSnapshot() {
      run(hooks.beforeSnapshot());
      return real.openSharedSnapshot();
    }

    @Override
    public SnapshotPosition visible() {
      return real.visible();
    }

    @Override
    public ChunkPlanner chunkPlanner() {
      return real.chunkPlanner();
    }

    @Override
    public long bytesBehind(LogPosition position) {
      return real.bytesBehind(position);
    }

    @Override
    public void close() {
      real.close();
    }
  }
}
