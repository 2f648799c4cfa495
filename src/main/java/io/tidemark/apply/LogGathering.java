package io.tidemark.apply;

import io.tidemark.change.RowChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which of the log's changes make up one target transaction: one or more whole source transactions,
 * in their order, with the progress that they reach. Used by one thread.
 *
 * <p>A source transaction that is larger than the limits is handed over piece by piece, for a
 * target transaction that stays open until the source's commit arrives, so that it is seen whole or
 * not at all, and memory does not grow with it.
 *
 * @param <P> what is recorded together with the changes
 * @param <E> what carrying it out may throw
 */
public final class LogGathering<P, E extends Exception> {

  /** Carries it out. */
  public interface Target<P, E extends Exception> {

    /** Applies and commits, with the progress that was reached, in one target transaction. */
    void apply(NetChanges gathered, P reached) throws E;

    /** Applies in a target transaction that stays open. */
    void piece(List<RowChange> changes) throws E;

    /** Commits the pieces since the last commit, with the progress that was reached. */
    void commitPieces(long changes, P reached) throws E;
  }

  private final Target<P, E> target;
  private final int maxChanges;
  private final long maxWeight;

  private NetChanges gathered = new NetChanges();
  private Optional<P> reached = Optional.empty();

  /** Changes of the source transaction whose commit has not come, that are not handed over yet. */
  private List<RowChange> current = new ArrayList<>();

  private long currentWeight;

  /** How many of its changes are handed over, in an open target transaction. */
  private long pieces;

  /**
   * @param maxChanges how many changes are gathered into one target transaction, or handed over as
   *     one piece of a large one
   * @param maxWeight the same by their weight
   */
  public LogGathering(Target<P, E> target, int maxChanges, long maxWeight) {
    this.target = target;
    this.maxChanges = maxChanges;
    this.maxWeight = maxWeight;
  }

  /** Some changes of the source transaction that is under way. */
  public void changes(List<RowChange> changes) throws E {
    for (RowChange change : changes) {
      current.add(change);
      currentWeight += change.weight();
    }
    boolean large = exceeds(current.size(), currentWeight);
    if (large || pieces > 0) {
      flush();
    } else if (exceeds(gathered.size() + current.size(), gathered.weight() + currentWeight)) {
      flush();
    }
    if (large) {
      applyPiece();
    }
  }

  /** The source transaction ends. */
  public void commit(P at) throws E {
    if (pieces > 0) {
      applyPiece();
      target.commitPieces(pieces, at);
      pieces = 0;
      return;
    }
    current.forEach(gathered::add);
    clearCurrent();
    reached = Optional.of(at);
    if (exceeds(gathered.size(), gathered.weight())) {
      flush();
    }
  }

  /** The log went on without a change. */
  public void advance(P at) {
    reached = Optional.of(at);
  }

  /** Hands over everything whose source transaction is complete, and the newest progress. */
  public void flush() throws E {
    if (reached.isPresent()) {
      target.apply(gathered, reached.get());
      gathered = new NetChanges();
      reached = Optional.empty();
    }
  }

  /** Whether there are changes of complete source transactions that are not handed over. */
  public boolean hasChanges() {
    return !gathered.isEmpty();
  }

  /** The newest progress that is not handed over. */
  public Optional<P> reached() {
    return reached;
  }

  private void applyPiece() throws E {
    if (!current.isEmpty()) {
      target.piece(current);
      pieces += current.size();
      clearCurrent();
    }
  }

  private boolean exceeds(int changes, long weight) {
    return changes >= maxChanges || weight >= maxWeight;
  }

  private void clearCurrent() {
    current = new ArrayList<>();
    currentWeight = 0;
  }
}
