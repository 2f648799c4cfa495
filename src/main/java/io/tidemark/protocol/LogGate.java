package io.tidemark.protocol;

import io.tidemark.change.Key;
import io.tidemark.change.RowChange;
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

  private final PositionFormat format;
  private final Map<TableId, GatedTable> coverage = new HashMap<>();
  private final Map<Long, List<SnapshotPosition>> sessions = new LinkedHashMap<>();
  private final Set<TransactionId> pending = new HashSet<>();
  private Optional<Long> holdFor = Optional.empty();
  private Optional<Long> passingFor = Optional.empty();
  private Optional<SnapshotPosition> visible = Optional.empty();
  private final Set<SnapshotPosition> snapshots = new HashSet<>();
  private LogPosition position;
  private int unpassed;

  /**
   * @param start what the log has been processed up to
   * @param coverage every selected table, with what is durable of it
   */
  public LogGate(LogProgress start, Map<TableId, TableCoverage> coverage) {
    this.format = start.format();
    this.position = start.position();
    this.pending.addAll(start.pending());
    coverage.forEach((table, known) -> this.coverage.put(table, new GatedTable(table, known)));
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
   */
  public void durable(
      long cycle,
      Map<TableId, TableCoverage> durable,
      Map<TableId, Map<Key, SnapshotPosition>> recopied) {
    sessions.keySet().removeIf(open -> open <= cycle);
    durable.forEach(
        (table, covered) -> {
          GatedTable gated = Known.require(coverage, table);
          gated.cover(covered);
          gated.recopied(recopied.getOrDefault(table, Map.of()));
        });
    forgetPassed();
  }

  /** The hold rule. Asked before anything of the transaction is processed. */
  public boolean mayProcess(TransactionId transaction) {
    if (holdFor.isPresent()) {
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
  public List<RowChange> judge(
      TransactionId transaction, List<RowChange> changes, KeyLocator locator) {
    if (unpassed == 0) {
      return changes;
    }
    List<RowChange> kept = new Judgement(coverage, transaction, locator).of(changes);
    Map<TableId, List<Key>> reopened = new HashMap<>();
    for (RowChange change : kept) {
      if (change instanceof RowChange.Reopen reopen) {
        reopened.computeIfAbsent(reopen.table().id(), table -> new ArrayList<>()).add(reopen.key());
      }
    }
    // A table of which a key is reopened has other keys in other states, so it is counted already.
    reopened.forEach((table, keys) -> Known.require(coverage, table).reopen(keys));
    return kept;
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
