package io.tidemark.protocol;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.TransactionId;
import io.tidemark.schema.Known;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The coordinator's part of the protocol: runs copy cycles until every table is covered.
 *
 * <p>Every event returns what is to be done now. Time comes in with the events, in milliseconds of
 * a clock that never goes back. Answers to questions of an earlier cycle are ignored. Used by one
 * thread.
 */
public final class CopyCoordinator {

  private static final int CHUNKS_UNDER_WAY_PER_READER = 2;
  private static final long FIRST_WAIT_MILLIS = 20;
  private static final long LONGEST_WAIT_MILLIS = 1_000;
  private static final int MOST_FAILURES_PER_TABLE = 30;

  /** Where the current cycle is. */
  public enum Phase {
    /** No cycle: nothing is left to be handed out. */
    IDLE,
    /** The log reader is about to hold. */
    HOLDING,
    /** Sessions are being opened. */
    OPENING,
    /**
     * Sessions are open, and the log is read up to them, as an earlier life of the job may have
     * handed out rows that they do not have.
     */
    PASSING,
    /** Sessions are open, and chunks are handed out to them. */
    COPYING,
    /** No chunk is handed out any more; those under way finish. */
    CLOSING
  }

  private final Map<TableId, Table> tables = new LinkedHashMap<>();
  private final Map<TableId, KeySpace> spaces = new LinkedHashMap<>();
  private final Set<TableId> streamed;
  private final List<Integer> readers;
  private final long cycleMillis;
  private final int keysPerChunk;

  private Phase phase = Phase.IDLE;
  private long cycle;
  private long cycleEndsAt;
  private Set<TransactionId> mustInclude = Set.of();
  private final Map<Integer, SnapshotPosition> sessions = new TreeMap<>();
  private Optional<SnapshotPosition> shared = Optional.empty();
  private final List<Retry> retries = new ArrayList<>();
  private long wait = FIRST_WAIT_MILLIS;
  private boolean planning;
  private final Deque<Chunk> ready = new ArrayDeque<>();
  private final Map<Integer, Integer> underWay = new HashMap<>();

  /**
   * The tables that had something to copy when the cycle began, without those that failed in it.
   */
  private final Set<TableId> ofThisCycle = new LinkedHashSet<>();

  /**
   * Those of them that may have something to copy still: of thousands of tables, most are asked
   * once in a cycle, and not for each chunk.
   */
  private final Set<TableId> left = new LinkedHashSet<>();

  private final Map<TableId, Integer> failures = new HashMap<>();
  private final TreeMap<Long, Set<Chunk>> notDurable = new TreeMap<>();
  private long lastPublished;

  /** Empty where a ledger knows what has been handed out. */
  private final Optional<Announcements> announcements;

  private final int mostAnnounced;

  /** The tables of which not all is announced, in the order in which they are copied. */
  private final Deque<TableId> unannounced = new ArrayDeque<>();

  /** How many chunks are announced and not handed out. */
  private int announced;

  private boolean isOfExposed;

  /** The log has passed the sessions of an exposed cycle: the last checkpoint that was taken. */
  private Optional<Long> passedAfter = Optional.empty();

  private record Retry(long at, Decision decision) {}

  /**
   * @param tables all selected ones, in the order in which they are to be copied
   * @param readers the subtasks that copy chunks
   * @param cycleMillis how long a cycle hands out chunks
   * @param keysPerChunk how many keys that have to be copied again make up a chunk at most
   * @param mostAnnounced 0 where a ledger tells what was handed out. Where checkpoints alone do, a
   *     chunk is handed out once a completed one has announced it, and so many are announced at
   *     most; what {@code known} has of them may be anywhere
   */
  public CopyCoordinator(
      List<Table> tables,
      CopyState known,
      List<Integer> readers,
      long cycleMillis,
      int keysPerChunk,
      int mostAnnounced) {
    this.mostAnnounced = mostAnnounced;
    this.announcements = mostAnnounced > 0 ? Optional.of(new Announcements()) : Optional.empty();
    this.readers = List.copyOf(readers);
    this.cycleMillis = cycleMillis;
    this.keysPerChunk = keysPerChunk;
    this.streamed = new HashSet<>(known.streamed());
    Map<TableId, List<CoveredRange>> covered = new HashMap<>();
    known
        .covered()
        .forEach(
            range -> covered.computeIfAbsent(range.table(), id -> new ArrayList<>()).add(range));
    Map<TableId, List<AnnouncedRange>> exposed = new HashMap<>();
    known
        .announced()
        .forEach(
            range -> exposed.computeIfAbsent(range.table(), id -> new ArrayList<>()).add(range));
    for (Table table : tables) {
      this.tables.put(table.id(), table);
      Set<Key> holes = known.holes().getOrDefault(table.id(), Set.of());
      if (streamed.contains(table.id()) && !holes.isEmpty()) {
        throw new IllegalStateException("table " + table + " is complete but has holes");
      }
      if (!streamed.contains(table.id())) {
        KeySpace space =
            new KeySpace(
                table.id(),
                covered.getOrDefault(table.id(), List.of()),
                holes,
                known.recopied().getOrDefault(table.id(), Map.of()),
                // Who is given rows without a key cannot keep one that is gone by mistake.
                table.key().isEmpty() ? List.of() : exposed.getOrDefault(table.id(), List.of()));
        if (announcements.isPresent()) {
          space.exposeHoles();
        }
        spaces.put(table.id(), space);
        unannounced.add(table.id());
        announced += space.announced().size();
      }
    }
    streamed.retainAll(this.tables.keySet());
  }

  /** What the log reader has to know of every selected table when it starts. */
  public Map<TableId, TableCoverage> coverage() {
    Map<TableId, TableCoverage> coverage = new HashMap<>();
    streamed.forEach(table -> coverage.put(table, TableCoverage.STREAMED));
    spaces.forEach((table, space) -> coverage.put(table, space.coverage()));
    return coverage;
  }

  /** What a checkpoint has to keep. */
  public CopyState state() {
    List<CoveredRange> covered = new ArrayList<>();
    Map<TableId, Set<Key>> holes = new HashMap<>();
    Map<TableId, Map<Key, SnapshotPosition>> recopied = new HashMap<>();
    List<AnnouncedRange> all = new ArrayList<>();
    spaces.forEach(
        (table, space) -> {
          covered.addAll(space.covered());
          all.addAll(space.announced());
          if (!space.openHoles().isEmpty()) {
            holes.put(table, space.openHoles());
          }
          if (!space.recopied().isEmpty()) {
            recopied.put(table, space.recopied());
          }
        });
    return new CopyState(streamed, covered, holes, recopied, all);
  }

  /** A checkpoint is taken, and {@link #state} is its part of it. */
  public void checkpointTaken(long checkpoint) {
    announcements.ifPresent(announced -> announced.taken(checkpoint));
  }

  /** A checkpoint is complete, so that a restart goes on from it or a later one. */
  public List<Decision> checkpointCompleted(long checkpoint, long now) {
    List<Decision> decisions = new ArrayList<>();
    if (announcements.isEmpty()) {
      return decisions;
    }
    announcements.get().completed(checkpoint);
    announceAhead(decisions);
    if (phase == Phase.PASSING && passedAfter.filter(after -> after < checkpoint).isPresent()) {
      beginCopying(now, decisions);
    } else if (phase == Phase.COPYING) {
      left.addAll(ofThisCycle);
      handOut(decisions);
    } else {
      beginCycleIfNeeded(decisions);
    }
    return decisions;
  }

  /**
   * Everything that the sessions of an exposed cycle contain has been processed, and what is gone
   * of the exposed ranges has been said.
   */
  public List<Decision> logPassed(long passedCycle) {
    if (phase == Phase.PASSING && passedCycle == cycle) {
      passedAfter = Optional.of(announcements.orElseThrow().lastTaken());
    }
    return List.of();
  }

  /**
   * The sessions of an exposed cycle contain what lies in the log behind something that they do not
   * contain, which cannot be processed before they are copied: others are opened.
   */
  public List<Decision> logAhead(long aheadCycle) {
    List<Decision> decisions = new ArrayList<>();
    if (phase == Phase.PASSING && aheadCycle == cycle) {
      close(decisions);
    }
    return decisions;
  }

  /** Where the current cycle is. */
  public Phase phase() {
    return phase;
  }

  /** The current cycle's number, or the last one's; 0 before the first. */
  public long cycle() {
    return cycle;
  }

  /** The log reader runs; the copy can begin. */
  public List<Decision> start() {
    List<Decision> decisions = new ArrayList<>();
    announceAhead(decisions);
    beginCycleIfNeeded(decisions);
    return decisions;
  }

  /**
   * The log reader holds for {@code heldCycle}.
   *
   * @param pending the transactions that it has processed and does not know to be visible
   */
  public List<Decision> logHeld(long heldCycle, Set<TransactionId> pending) {
    if (phase != Phase.HOLDING || heldCycle != cycle) {
      return List.of();
    }
    phase = Phase.OPENING;
    mustInclude = Set.copyOf(pending);
    wait = FIRST_WAIT_MILLIS;
    return List.of(new Decision.OpenSharedSnapshot(cycle));
  }

  /** A snapshot for all is open: the opening rule decides whether it may be used. */
  public List<Decision> sharedSnapshotOpened(
      long openedCycle, String name, SnapshotPosition snapshot, long now) {
    if (phase != Phase.OPENING || openedCycle != cycle) {
      return List.of();
    }
    if (!satisfiesOpeningRule(snapshot)) {
      retryLater(now, new Decision.OpenSharedSnapshot(cycle));
      return List.of();
    }
    shared = Optional.of(snapshot);
    List<Decision> decisions = new ArrayList<>();
    readers.forEach(reader -> decisions.add(openSession(reader, Optional.of(name))));
    return decisions;
  }

  /** The database has no snapshots that can be shared: every reader opens its own. */
  public List<Decision> noSharedSnapshot(long openedCycle) {
    if (phase != Phase.OPENING || openedCycle != cycle) {
      return List.of();
    }
    List<Decision> decisions = new ArrayList<>();
    for (int reader : isOfExposed ? readers.subList(0, 1) : readers) {
      decisions.add(openSession(reader, Optional.empty()));
    }
    return decisions;
  }

  /** A reader's session is open: the opening rule decides whether it may be used. */
  public List<Decision> sessionOpened(
      int reader, long openedCycle, SnapshotPosition snapshot, long now) {
    if (phase != Phase.OPENING || openedCycle != cycle) {
      return List.of();
    }
    if (!satisfiesOpeningRule(snapshot)) {
      retryLater(now, openSession(reader, Optional.empty()));
      return List.of();
    }
    // Sessions of one snapshot are told apart by nothing, so that their ranges merge.
    sessions.put(reader, shared.orElse(snapshot));
    if (sessions.size() < (isOfExposed && shared.isEmpty() ? 1 : readers.size())) {
      return List.of();
    }
    List<Decision> decisions = new ArrayList<>();
    decisions.add(
        new Decision.ArmLog(cycle, sessions.values().stream().distinct().toList(), isOfExposed));
    if (isOfExposed) {
      phase = Phase.PASSING;
      passedAfter = Optional.empty();
    } else {
      beginCopying(now, decisions);
    }
    return decisions;
  }

  private void beginCopying(long now, List<Decision> decisions) {
    phase = Phase.COPYING;
    cycleEndsAt = now + cycleMillis;
    handOut(decisions);
  }

  /** The database's answer to {@link Decision.Plan}. */
  public List<Decision> boundaryPlanned(
      TableId table, long plannedCycle, int number, Optional<Key> boundary) {
    planning = false;
    List<Decision> decisions = new ArrayList<>();
    if (announcements.isPresent()) {
      announce(table, number, boundary);
      announceAhead(decisions);
      return decisions;
    }
    // A chunk that failed meanwhile is one gap again with what was to be cut.
    if (phase == Phase.COPYING && plannedCycle == cycle && ofThisCycle.contains(table)) {
      ready.add(Known.require(spaces, table).handOut(number, boundary, cycle));
    }
    if (phase == Phase.COPYING) {
      handOut(decisions);
    }
    return decisions;
  }

  /** A chunk and its coverage are on their way into one target transaction: read to its end. */
  public List<Decision> chunkWritten(int reader, long writtenCycle, Chunk chunk) {
    requireCurrent(writtenCycle, chunk);
    Known.require(spaces, chunk.table()).written(chunk, Known.require(sessions, reader));
    failures.remove(chunk.table());
    notDurable.computeIfAbsent(writtenCycle, unused -> new HashSet<>()).add(chunk);
    return chunkEnded(reader);
  }

  /**
   * A reader could not read a chunk as of its snapshot; nothing of it is at the target. Its table
   * is left for the next cycle's sessions.
   *
   * @throws IllegalStateException if the table fails again and again
   */
  public List<Decision> chunkFailed(int reader, long failedCycle, Chunk chunk, String reason) {
    requireCurrent(failedCycle, chunk);
    failed(chunk);
    // Whatever else was handed out of the table in this cycle fails for the same reason.
    boolean first = ofThisCycle.remove(chunk.table());
    if (first && failures.merge(chunk.table(), 1, Integer::sum) > MOST_FAILURES_PER_TABLE) {
      throw new IllegalStateException(
          chunk
              + " could not be read "
              + MOST_FAILURES_PER_TABLE
              + " times running; the last time: "
              + reason);
    }
    return chunkEnded(reader);
  }

  /** Completed checkpoints contain these chunks. */
  public List<Decision> chunksDurable(long durableCycle, List<Chunk> chunks) {
    for (Chunk chunk : chunks) {
      Known.require(spaces, chunk.table()).durable(chunk);
      Known.require(notDurable, durableCycle).remove(chunk);
    }
    List<Decision> decisions = new ArrayList<>();
    publishDurable(decisions);
    // A table that was given up may have waited for chunks that do not count any more.
    beginCycleIfNeeded(decisions);
    return decisions;
  }

  /**
   * The log reader met rows that have to be copied again, and a completed checkpoint contains the
   * transactions in which it did: nothing that the target gets from the log for these keys can come
   * after what is copied of them now.
   */
  public List<Decision> keysReopened(TableId table, List<Key> keys) {
    Known.require(spaces, table).reopen(keys);
    if (ofThisCycle.contains(table)) {
      left.add(table);
    }
    List<Decision> decisions = new ArrayList<>();
    beginCycleIfNeeded(decisions);
    return decisions;
  }

  /**
   * The log reader met more rows of a table that have to be copied again than are kept one by one,
   * and has given up what it knew to be copied of the table. A completed checkpoint contains the
   * transaction in which it did: nothing of it is at the target, and nothing can come to it from
   * the log any more.
   *
   * @param upTo the cycle up to which the log reader knew what was durable
   */
  public List<Decision> uncovered(TableId table, long upTo) {
    Known.require(spaces, table).uncover(upTo);
    // What was to be cut is another gap now.
    ofThisCycle.remove(table);
    List<Decision> decisions = new ArrayList<>();
    publish(lastPublished, Set.of(table), decisions);
    beginCycleIfNeeded(decisions);
    return decisions;
  }

  /** The log held back has reached its limit: the cycle ends as if its time were up. */
  public List<Decision> logLimitReached() {
    List<Decision> decisions = new ArrayList<>();
    if (phase == Phase.COPYING) {
      close(decisions);
    }
    return decisions;
  }

  /** Time passes. To be called a few times a second. */
  public List<Decision> tick(long now) {
    List<Decision> decisions = new ArrayList<>();
    if (phase == Phase.OPENING) {
      List<Retry> due = retries.stream().filter(retry -> retry.at() <= now).toList();
      retries.removeAll(due);
      due.forEach(retry -> decisions.add(retry.decision()));
    } else if (phase == Phase.COPYING && now >= cycleEndsAt) {
      close(decisions);
    }
    return decisions;
  }

  /** What the opening of this cycle's sessions waits for, for a message. */
  public Optional<String> waitingFor() {
    return phase == Phase.OPENING && wait > FIRST_WAIT_MILLIS
        ? Optional.of(
            "a snapshot that shows "
                + mustInclude.size()
                + " transaction(s) which the log has delivered and which are not visible yet, as "
                + mustInclude.stream().findFirst().map(TransactionId::print).orElse("none")
                + " (a commit that waits for a synchronous standby?)")
        : Optional.empty();
  }

  private boolean satisfiesOpeningRule(SnapshotPosition snapshot) {
    return mustInclude.stream().allMatch(snapshot::includes);
  }

  private void retryLater(long now, Decision decision) {
    retries.add(new Retry(now + wait, decision));
    wait = Math.min(LONGEST_WAIT_MILLIS, wait * 2);
  }

  private void beginCycleIfNeeded(List<Decision> decisions) {
    if (phase == Phase.IDLE && spaces.values().stream().anyMatch(this::isDue)) {
      phase = Phase.HOLDING;
      isOfExposed = spaces.values().stream().anyMatch(space -> space.isDue(0, true));
      cycle++;
      sessions.clear();
      shared = Optional.empty();
      retries.clear();
      ofThisCycle.clear();
      spaces.forEach(
          (table, space) -> {
            if (isOfExposed ? space.isDue(0, true) : isDue(space)) {
              ofThisCycle.add(table);
            }
          });
      left.clear();
      left.addAll(ofThisCycle);
      decisions.add(new Decision.HoldLog(cycle));
    }
  }

  private boolean isDue(KeySpace space) {
    return announcements.isPresent()
        ? space.isDue(announcements.get().upTo(), false)
        : space.hasGap();
  }

  private Decision.OpenSession openSession(int reader, Optional<String> name) {
    return new Decision.OpenSession(reader, cycle, name, List.copyOf(ofThisCycle));
  }

  private List<Decision> chunkEnded(int reader) {
    underWay.merge(reader, -1, Integer::sum);
    List<Decision> decisions = new ArrayList<>();
    if (phase == Phase.COPYING) {
      handOut(decisions);
    } else {
      closeWhenDone(decisions);
    }
    return decisions;
  }

  private void handOut(List<Decision> decisions) {
    fillReady(decisions);
    boolean assigned = true;
    while (assigned && !ready.isEmpty()) {
      assigned = false;
      for (int reader : sessions.keySet()) {
        if (underWay.getOrDefault(reader, 0) < CHUNKS_UNDER_WAY_PER_READER && !ready.isEmpty()) {
          underWay.merge(reader, 1, Integer::sum);
          decisions.add(
              new Decision.Assign(reader, cycle, ready.remove(), Known.require(sessions, reader)));
          assigned = true;
        }
      }
      fillReady(decisions);
    }
    if (ready.isEmpty() && !isPlanningThis() && chunksUnderWay() == 0) {
      close(decisions);
    }
  }

  private boolean isPlanningThis() {
    return planning && announcements.isEmpty();
  }

  /** Keeps some chunks ahead of the readers, in table and key order. */
  private void fillReady(List<Decision> decisions) {
    for (Iterator<TableId> next = left.iterator(); next.hasNext(); ) {
      if (isPlanningThis() || ready.size() >= readers.size() * CHUNKS_UNDER_WAY_PER_READER) {
        return;
      }
      TableId table = next.next();
      KeySpace space = Known.require(spaces, table);
      if (ofThisCycle.contains(table) && isDue(space)) {
        fillFrom(Known.require(tables, table), space, decisions);
      } else {
        next.remove();
      }
    }
  }

  private void fillFrom(Table table, KeySpace space, List<Decision> decisions) {
    for (Optional<Chunk> holes = space.handOutHoles(keysPerChunk, cycle);
        holes.isPresent();
        holes = space.handOutHoles(keysPerChunk, cycle)) {
      ready.add(holes.get());
    }
    if (announcements.isPresent()) {
      space
          .handOutAnnounced(announcements.get().upTo(), isOfExposed, cycle)
          .ifPresent(
              chunk -> {
                announced--;
                ready.add(chunk);
              });
      return;
    }
    Optional<KeySpace.Gap> gap = space.firstGap();
    if (gap.isEmpty()) {
      return;
    }
    if (table.key().isEmpty() || gap.get().isOneChunk()) {
      ready.add(space.handOut(gap.get().first(), Optional.empty(), cycle));
    } else {
      planning = true;
      decisions.add(new Decision.Plan(table, gap.get().first(), gap.get().from(), gap.get().to()));
    }
  }

  /** Has the next boundary planned, for a chunk that is handed out later. */
  private void announceAhead(List<Decision> decisions) {
    if (announcements.isEmpty() || planning) {
      return;
    }
    while (!unannounced.isEmpty() && announced < mostAnnounced) {
      Table table = Known.require(tables, unannounced.getFirst());
      KeySpace space = Known.require(spaces, table.id());
      Optional<KeySpace.Gap> gap = space.firstGap();
      if (gap.isEmpty()) {
        unannounced.removeFirst();
      } else if (table.key().isPresent() && !gap.get().isOneChunk()) {
        planning = true;
        decisions.add(
            new Decision.Plan(table, gap.get().first(), gap.get().from(), gap.get().to()));
        return;
      } else {
        announce(table.id(), gap.get().first(), Optional.empty());
      }
    }
  }

  private void announce(TableId table, int number, Optional<Key> boundary) {
    announced++;
    Known.require(spaces, table).announce(number, boundary, announcements.orElseThrow().next());
  }

  private int chunksUnderWay() {
    return underWay.values().stream().mapToInt(Integer::intValue).sum();
  }

  private void failed(Chunk chunk) {
    Known.require(spaces, chunk.table()).failed(chunk);
    announced += chunk.range() instanceof KeyRange.Between ? 1 : 0;
  }

  private void close(List<Decision> decisions) {
    phase = Phase.CLOSING;
    while (!ready.isEmpty()) {
      Chunk unread = ready.remove();
      failed(unread);
    }
    closeWhenDone(decisions);
  }

  private void closeWhenDone(List<Decision> decisions) {
    announceAhead(decisions);
    if (phase != Phase.CLOSING || chunksUnderWay() > 0) {
      return;
    }
    decisions.add(new Decision.CloseSessions(cycle));
    phase = Phase.IDLE;
    notDurable.computeIfAbsent(cycle, unused -> new HashSet<>());
    publishDurable(decisions);
    beginCycleIfNeeded(decisions);
  }

  /** Cycles are published whole and in order; the current one only once it is closed. */
  private void publishDurable(List<Decision> decisions) {
    long upTo = lastPublished;
    while (!notDurable.isEmpty()
        && notDurable.firstEntry().getValue().isEmpty()
        && (notDurable.firstKey() < cycle || phase == Phase.IDLE)) {
      upTo = notDurable.pollFirstEntry().getKey();
    }
    if (upTo == lastPublished) {
      return;
    }
    lastPublished = upTo;
    publish(upTo, Set.of(), decisions);
  }

  private void publish(long upTo, Set<TableId> uncovered, List<Decision> decisions) {
    Map<TableId, TableCoverage> coverage = new HashMap<>();
    Map<TableId, Map<Key, SnapshotPosition>> recopied = new HashMap<>();
    spaces.forEach(
        (table, space) -> {
          Map<Key, SnapshotPosition> closed = space.settle();
          if (!closed.isEmpty()) {
            recopied.put(table, closed);
          }
          coverage.put(table, space.rangeCoverage(upTo));
        });
    decisions.add(new Decision.PublishDurable(upTo, coverage, recopied, uncovered));
  }

  private void requireCurrent(long chunkCycle, Chunk chunk) {
    if (chunkCycle != cycle) {
      throw new IllegalStateException(
          chunk
              + " of cycle "
              + chunkCycle
              + " ended in cycle "
              + cycle
              + ", which it must not outlive");
    }
    if (chunk.range() instanceof KeyRange.Points && !spaces.containsKey(chunk.table())) {
      throw new IllegalStateException(chunk + " belongs to a table that is complete");
    }
  }
}
