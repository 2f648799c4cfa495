package io.tidemark.protocol;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.RowChange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.Inclusion;
import io.tidemark.database.LogPosition;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.TransactionId;
import io.tidemark.schema.Known;
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
    /**
     * For each key, how many of the ascending {@code bounds} are at or below it. May ask the
     * source.
     */
    int[] locate(Table table, List<Key> keys, List<Key> bounds);
  }

  /**
   * How many keys of a table that have to be copied again are kept one by one: several hundred
   * bytes each, at the log reader and at the coordinator, and a row in the ledger.
   */
  public static final int MOST_REOPENED = 200_000;

  /**
   * What becomes of a table with more of them.
   *
   * @param most how many are kept
   * @param givesUp whether what was copied of the table is given up, which takes a ledger that
   *     forgets it; if not, the stream stops
   */
  public record Reopening(int most, boolean givesUp) {}

  private final PositionFormat format;
  private final Reopening reopening;
  private final Map<TableId, GatedTable> coverage = new HashMap<>();
  private final Map<Long, List<SnapshotPosition>> sessions = new LinkedHashMap<>();
  private final Set<TransactionId> pending = new HashSet<>();
  private Optional<Long> holdFor = Optional.empty();
  private Optional<Long> passingFor = Optional.empty();
  private Optional<SnapshotPosition> visible = Optional.empty();
  private final Set<SnapshotPosition> snapshots = new HashSet<>();
  private LogPosition position;
  private int unpassed;

  /** The last cycle that is known to be durable, with all before it. */
  private long durable;

  /** How many tables are given up without the coordinator being known to have heard it. */
  private int givenUp;

  /**
   * @param start what the log has been processed up to
   * @param coverage every selected table, with what is durable of it
   * @param reopening how many keys of a table that have to be copied again are kept one by one
   */
  public LogGate(LogProgress start, Map<TableId, TableCoverage> coverage, Reopening reopening) {
    this.format = start.format();
    this.reopening = reopening;
    this.position = start.position();
    this.pending.addAll(start.pending());
    coverage.forEach(
        (table, known) -> this.coverage.put(table, new GatedTable(known, reopening.most())));
    forgetPassed();
  }

  /** The coordinator is about to open the sessions of {@code cycle}: stay where you are. */
  public void hold(long cycle) {
    holdFor = Optional.of(cycle);
    passingFor = Optional.empty();
  }

  /** The cycle that the coordinator's hold is for, while it lasts. */
  public Optional<Long> heldFor() {
    return holdFor;
  }

  /**
   * The cycle's sessions are open; the hold for it ends.
   *
   * @param isOfExposed whether the coordinator has to know that everything they contain has been
   *     processed
   */
  public void arm(long cycle, List<SnapshotPosition> opened, boolean isOfExposed) {
    sessions.put(cycle, List.copyOf(opened));
    passingFor = isOfExposed ? Optional.of(cycle) : Optional.empty();
    if (holdFor.filter(held -> held == cycle).isPresent()) {
      holdFor = Optional.empty();
    }
  }

  /** The cycle whose sessions have to be passed before anything is copied from them. */
  Optional<Long> passingFor() {
    return passingFor;
  }

  /** Whether no session of that cycle contains what lies behind {@code position}. */
  boolean isPassed(LogPosition upTo) {
    return sessionsToPass().stream().allMatch(session -> session.isPassedBy(upTo));
  }

  /** The same, of what has been processed. */
  boolean isPassed() {
    return isPassed(position);
  }

  /** Whether a session of that cycle contains the transaction, or may. */
  boolean isToBePassed(TransactionId transaction) {
    return sessionsToPass().stream()
        .anyMatch(session -> session.inclusion(transaction) != Inclusion.NO);
  }

  /** Whether one may contain it or not. */
  boolean isInDoubt(TransactionId transaction) {
    return sessionsToPass().stream()
        .anyMatch(session -> session.inclusion(transaction) == Inclusion.MAYBE);
  }

  private List<SnapshotPosition> sessionsToPass() {
    return passingFor.map(cycle -> Known.require(sessions, cycle)).orElse(List.of());
  }

  /** The coordinator has been told. */
  void passingEnds() {
    passingFor = Optional.empty();
  }

  /**
   * The ranges copied in all cycles up to {@code cycle} are durable.
   *
   * @param durable for every table that the coordinator does not know to be passed, what is durable
   *     of its ranges
   * @param recopied keys that were reopened and have been copied again by these cycles
   * @param uncovered tables that are known by this to have been given up
   */
  public void durable(
      long cycle,
      Map<TableId, TableCoverage> durable,
      Map<TableId, Map<Key, SnapshotPosition>> recopied,
      Set<TableId> uncovered) {
    this.durable = cycle;
    sessions.keySet().removeIf(open -> open <= cycle);
    durable.forEach(
        (table, covered) -> {
          GatedTable gated = Known.require(coverage, table);
          if (gated.isGivenUp()) {
            if (!uncovered.contains(table)) {
              // Has what was given up as copied; nothing is judged by it until it is right.
              return;
            }
            gated.givenUpHeard();
            givenUp--;
          }
          gated.cover(covered);
          gated.recopied(recopied.getOrDefault(table, Map.of()));
        });
    forgetPassed();
  }

  /** The last cycle of which the log reader knows that it is durable; 0 at the start. */
  public long durable() {
    return durable;
  }

  /** Whether the log is held until the coordinator has heard that a table was given up. */
  public boolean awaitsUncovered() {
    return givenUp > 0;
  }

  /** The hold rule. Asked before anything of the transaction is processed. */
  public boolean mayProcess(TransactionId transaction) {
    if (holdFor.isPresent() || givenUp > 0) {
      return false;
    }
    for (List<SnapshotPosition> ofCycle : sessions.values()) {
      for (SnapshotPosition session : ofCycle) {
        if (!session.includes(transaction)) {
          return false;
        }
      }
    }
    return true;
  }

  /** The emission rule, for some changes of one transaction, in order. */
  Judgement.Judged judge(TransactionId transaction, List<RowChange> changes, KeyLocator locator) {
    if (unpassed == 0) {
      return new Judgement.Judged(changes, null);
    }
    Judgement.Judged judged = new Judgement(coverage, transaction, locator).of(changes);
    List<RowChange> kept = judged.kept();
    Map<Table, List<Key>> reopened = new HashMap<>();
    for (RowChange change : kept) {
      if (change instanceof RowChange.Reopen reopen) {
        reopened.computeIfAbsent(reopen.table(), table -> new ArrayList<>()).add(reopen.key());
      }
    }
    // A table of which a key is reopened has other keys in other states, so it is counted already.
    reopened.forEach(
        (table, keys) -> {
          GatedTable gated = Known.require(coverage, table.id());
          if (gated.reopen(keys)) {
            giveUp(table, gated, kept);
          }
        });
    return judged;
  }

  /** What was copied is taken away: whatever was emitted of it before comes to the target first. */
  private void giveUp(Table table, GatedTable gated, List<RowChange> kept) {
    if (!reopening.givesUp()) {
      throw new DatabaseException(
          DatabaseException.Kind.FATAL,
          "more than "
              + reopening.most()
              + " rows of table "
              + table
              + " were given other keys while it is being copied, with large values that the source"
              + " does not write to its log as they were unchanged, so each of these rows would have"
              + " to be read again by itself. Copy anew; do not renumber the table's keys before it"
              + " is consistent, or have the source write whole rows meanwhile (ALTER TABLE ..."
              + " REPLICA IDENTITY FULL)");
    }
    if (!gated.isGivenUp()) {
      givenUp++;
    }
    List<KeyRange.Between> ranges = gated.giveUp();
    ranges.forEach(range -> kept.add(new RowChange.Uncover(table, range)));
    ranges.forEach(range -> kept.add(new RowChange.Clear(table, range, List.of())));
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

  /** How far the log has been processed, and what of that is not known to be visible. */
  public LogProgress progress() {
    return new LogProgress(position, pending, format);
  }

  /** Whether the target, with everything emitted so far applied, is the source at this position. */
  public boolean isConsistent() {
    return unpassed == 0 && sessions.isEmpty();
  }

  /**
   * Whether only the log has to get past snapshots: all is copied and durable, or nothing may be
   * copied from them before.
   */
  public boolean isWaitingToPass() {
    return passingFor.isPresent()
        || unpassed > 0
            && sessions.isEmpty()
            && coverage.values().stream().noneMatch(GatedTable::hasUncovered);
  }

  /** Forgets the snapshots that the log has passed, and counts what is left. */
  private void forgetPassed() {
    coverage.values().forEach(table -> table.at(position));
    countUnpassed();
  }

  private void countUnpassed() {
    unpassed = 0;
    snapshots.clear();
    for (GatedTable covered : coverage.values()) {
      if (!covered.isStreamed()) {
        unpassed++;
        covered.states().forEach(this::remember);
        covered.pointStates().forEach(this::remember);
      }
    }
  }

  private void remember(RangeState state) {
    if (state instanceof RangeState.Copied copied) {
      snapshots.add(copied.snapshot());
    }
  }
}
