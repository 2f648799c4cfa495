package io.tidemark.protocol;

import io.tidemark.change.Key;
import io.tidemark.change.RowChange;
import io.tidemark.database.LogPosition;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.TransactionId;
import io.tidemark.schema.TableId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntToLongFunction;

/**
 * What the log reader does with what it reads: when it holds and what it then says, what it lets
 * through to the target, and when it says how far it has come. Whoever drives it reads the log, and
 * carries the coordinator's orders out on the {@link LogGate} between two calls. Used by one
 * thread.
 *
 * @param <E> what the surroundings may throw
 */
public final class LogFollower<E extends Exception> {

  /** The source, and whom the log reader talks to. */
  public interface Surroundings<E extends Exception> extends LogGate.KeyLocator {

    /** A look at what the source shows now. */
    SnapshotPosition visible();

    /** Whether it is time to say how far the log has been processed without a change. */
    boolean isTimeForHeartbeat();

    /**
     * Changes of a source transaction, on their way to the target.
     *
     * @param ordinals for each its {@link io.tidemark.change.Origin#ordinal}
     */
    void changes(List<RowChange> changes, IntToLongFunction ordinals) throws E;

    /** The source transaction of the changes before is complete. */
    void committed(LogProgress progress, Instant committedAt) throws E;

    /** The log was processed up to here, and there was nothing for the target. */
    void heartbeat(LogProgress progress) throws E;

    /**
     * Whether nothing that was copied has changed without a word in the log; false as long as only
     * what follows in the log can tell.
     */
    boolean isNothingUnlogged() throws E;

    /** The target, with everything before applied, is the source. */
    void consistent(LogProgress progress) throws E;

    /** The coordinator's question: the log is held for its cycle. */
    void held(long cycle, LogProgress progress) throws E;

    /** Everything that the sessions of the exposed cycle contain has been processed. */
    void passed(long cycle) throws E;

    /**
     * The sessions of the exposed cycle contain what cannot be processed before they are copied.
     */
    void ahead(long cycle) throws E;

    /** Keys have to be copied again, once the transaction that was just committed is durable. */
    void reopened(TableId table, List<Key> keys) throws E;

    /**
     * What was copied of the table in the cycles up to {@code cycle} has to be copied again, and no
     * key of it by itself, once the transaction that was just committed is durable.
     */
    void uncovered(TableId table, long cycle) throws E;
  }

  private final LogGate gate;
  private final int pendingBeforeLook;
  private final Surroundings<E> surroundings;
  private long heldReportedFor = -1;
  private boolean announcedConsistency;
  private boolean heartbeatDue;
  private boolean emitted;

  /** How many changes of the open transaction the log has had, kept or not. */
  private long read;

  private final Map<TableId, List<Key>> reopened = new LinkedHashMap<>();
  private final Set<TableId> uncovered = new LinkedHashSet<>();

  /**
   * @param pendingBeforeLook for how many transactions at once it is asked whether they are visible
   */
  public LogFollower(LogGate gate, int pendingBeforeLook, Surroundings<E> surroundings) {
    this.gate = gate;
    this.pendingBeforeLook = pendingBeforeLook;
    this.surroundings = surroundings;
  }

  /** Whether the coordinator has the log held. Then it is told so, once. */
  public boolean holds() throws E {
    if (gate.heldFor().isEmpty()) {
      return false;
    }
    long cycle = gate.heldFor().get();
    if (heldReportedFor != cycle) {
      gate.seen(surroundings.visible());
      heldReportedFor = cycle;
      flushHeartbeat();
      surroundings.held(cycle, gate.progress());
    }
    return true;
  }

  /** Says so, once, when the target is consistent with everything that was emitted. */
  public void announceConsistency() throws E {
    if (!announcedConsistency && gate.isConsistent() && surroundings.isNothingUnlogged()) {
      announcedConsistency = true;
      surroundings.consistent(gate.progress());
    }
  }

  /** Says so, once, when the log has passed the sessions that the coordinator waits for. */
  public void announcePassing() throws E {
    Optional<Long> cycle = gate.passingFor();
    if (cycle.isPresent() && gate.isPassed()) {
      passed(cycle.get());
    }
  }

  /**
   * Whether it matters what comes behind a transaction that {@link #mayBegin} has refused: the
   * coordinator waits for the log to pass sessions that do not contain it.
   */
  public boolean hasToSeeBehind(TransactionId refused) throws E {
    if (gate.passingFor().isPresent() && gate.isInDoubt(refused)) {
      // It can be processed neither before the sessions are copied nor after.
      cannotPass();
    }
    return gate.passingFor().isPresent() && !gate.isToBePassed(refused);
  }

  /** For which cycle that is. */
  public Optional<Long> passingFor() {
    return gate.passingFor();
  }

  /** A transaction that lies behind one that is refused. */
  public void seenAhead(TransactionId transaction) throws E {
    Optional<Long> cycle = gate.passingFor();
    if (cycle.isPresent() && gate.isToBePassed(transaction)) {
      cannotPass();
    }
  }

  /** Nothing else lies between one that is refused and {@code position}. */
  public void seenAheadTo(LogPosition position) throws E {
    Optional<Long> cycle = gate.passingFor();
    if (cycle.isPresent() && gate.isPassed(position)) {
      passed(cycle.get());
    }
  }

  /** What lies behind the refused transaction is more than can be looked at. */
  public void cannotPass() throws E {
    Optional<Long> cycle = gate.passingFor();
    if (cycle.isPresent()) {
      gate.passingEnds();
      surroundings.ahead(cycle.get());
    }
  }

  private void passed(long cycle) throws E {
    gate.passingEnds();
    surroundings.passed(cycle);
  }

  /** Whether {@link #announceConsistency} has said so. */
  public boolean hasAnnouncedConsistency() {
    return announcedConsistency;
  }

  /**
   * The hold rule: whether the transaction that comes next may be processed. If not, this is to be
   * asked again when the coordinator has given an order.
   */
  public boolean mayBegin(TransactionId transaction) throws E {
    if (gate.mayProcess(transaction)) {
      return true;
    }
    if (!holds()) {
      flushHeartbeat();
    }
    return false;
  }

  /** Some changes of the transaction that {@link #mayBegin} has let through. */
  public void changes(TransactionId transaction, List<RowChange> changes) throws E {
    Judgement.Judged judged = gate.judge(transaction, changes, surroundings);
    long first = 1 + read;
    read += changes.size();
    List<RowChange> kept = judged.kept();
    if (kept.isEmpty()) {
      return;
    }
    surroundings.changes(kept, change -> first + judged.place(change));
    emitted = true;
    for (RowChange change : kept) {
      if (change instanceof RowChange.Reopen reopen) {
        reopened.computeIfAbsent(reopen.table().id(), table -> new ArrayList<>()).add(reopen.key());
      } else if (change instanceof RowChange.Uncover uncover) {
        reopened.remove(uncover.table().id());
        uncovered.add(uncover.table().id());
      }
    }
  }

  /** The transaction ends. */
  public void commit(TransactionId transaction, LogPosition position, Instant committedAt)
      throws E {
    gate.processed(transaction, position);
    if (gate.pendingCount() >= pendingBeforeLook) {
      gate.seen(surroundings.visible());
    }
    if (emitted) {
      heartbeatDue = false;
      surroundings.committed(gate.progress(), committedAt);
    } else {
      heartbeatDue = true;
      heartbeatWhenDue();
    }
    // After the commit, so that a checkpoint that contains this contains the transaction.
    for (Map.Entry<TableId, List<Key>> keys : reopened.entrySet()) {
      surroundings.reopened(keys.getKey(), keys.getValue());
    }
    for (TableId table : uncovered) {
      surroundings.uncovered(table, gate.durable());
    }
    emitted = false;
    read = 0;
    reopened.clear();
    uncovered.clear();
  }

  /** The log went on, and there was nothing in it for this stream. */
  public void advance(LogPosition position) throws E {
    if (!position.equals(gate.progress().position())) {
      gate.advance(position);
      heartbeatDue = true;
    }
    heartbeatWhenDue();
  }

  /** Nothing comes. */
  public void idle() throws E {
    int pending = gate.pendingCount();
    if (pending > 0) {
      gate.seen(surroundings.visible());
      heartbeatDue |= gate.pendingCount() < pending;
    }
    heartbeatWhenDue();
  }

  private void heartbeatWhenDue() throws E {
    if (heartbeatDue && surroundings.isTimeForHeartbeat()) {
      flushHeartbeat();
    }
  }

  private void flushHeartbeat() throws E {
    if (heartbeatDue) {
      heartbeatDue = false;
      surroundings.heartbeat(gate.progress());
    }
  }
}
