package io.tidemark.sink;

import io.tidemark.apply.LogGathering;
import io.tidemark.apply.NetChanges;
import io.tidemark.change.ChangeEvent.Commit;
import io.tidemark.change.ChangeEvent.Heartbeat;
import io.tidemark.change.ChangeEvent.ReachedConsistency;
import io.tidemark.change.ChangeEvent.SequenceValues;
import io.tidemark.change.Key;
import io.tidemark.change.Progress;
import io.tidemark.change.RowChange;
import io.tidemark.database.DaemonThreads;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.TargetWriter.Savepoint;
import io.tidemark.database.TargetWriter.UniqueConflictException;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies the log: carries out the target transactions that {@link LogGathering} makes of it. Used
 * by one thread; only {@link #abort} may be called from another one.
 *
 * <p>While one target transaction is made, by a thread of its own, the next one is gathered. There
 * is one at a time: nothing is done at the target before the one under way is committed, so that
 * the order of the log is kept, and its failure is met before anything that came after it.
 */
final class LogApplier {

  private static final Logger LOG = LoggerFactory.getLogger(LogApplier.class);

  private static final int MAX_ATTEMPTS = 8;

  /** How many changes are netted together once all of them were refused: one by one is slow. */
  private static final int REPLAYED_TOGETHER = 1_000;

  private static final long FIRST_BACK_OFF_MILLIS = 20;
  private static final long NOTHING_DUE_SECONDS = 60;

  /** How far the log will have been applied when what is gathered is. */
  private record Reached(long epoch, Progress progress, Optional<Instant> committedAt) {}

  private final WriterSession session;
  private final SinkMeasures measures;
  private final SinkLimits limits;
  private final boolean netting;
  private final CountDownLatch stopped;

  private final Runnable wake;
  private final ExecutorService making =
      Executors.newSingleThreadExecutor(DaemonThreads.named("tidemark-apply"));

  /** The target transaction that is being made, or was and has not been looked at. */
  private @Nullable FutureTask<Boolean> underWay;

  private final LogGathering<Reached, InterruptedException> gathering;
  private volatile long recordedAt = System.nanoTime();

  /**
   * @param netting whether changes are reduced to their net effect; otherwise, for comparison, they
   *     are applied one by one
   * @param stopped counted down when waiting has no point any more
   * @param wake called by any thread when {@link #idle} may have something to do
   */
  LogApplier(
      WriterSession session,
      SinkMeasures measures,
      SinkLimits limits,
      boolean netting,
      CountDownLatch stopped,
      Runnable wake) {
    this.session = session;
    this.measures = measures;
    this.limits = limits;
    this.netting = netting;
    this.stopped = stopped;
    this.wake = wake;
    this.gathering = new LogGathering<>(new Applying(), limits.maxChanges(), limits.maxBytes());
  }

  void changes(List<RowChange> changes) throws InterruptedException {
    gathering.changes(changes);
  }

  void commit(Commit commit) throws InterruptedException {
    session.open(commit.epoch());
    gathering.commit(
        new Reached(commit.epoch(), commit.progress(), Optional.of(commit.committedAt())));
  }

  void heartbeat(Heartbeat heartbeat) {
    session.open(heartbeat.epoch());
    gathering.advance(
        new Reached(
            heartbeat.epoch(),
            heartbeat.progress(),
            gathering.reached().flatMap(Reached::committedAt)));
  }

  /** Everything before it is committed first: consistency is a fact about what is there. */
  void consistent(ReachedConsistency event) throws InterruptedException {
    flush();
    session.open(event.epoch());
    session.ledger().recordConsistency(event.epoch(), event.progress());
    session.writer().commit();
    recordedAt = System.nanoTime();
  }

  void sequences(SequenceValues event) throws InterruptedException {
    flush();
    session.open(event.epoch());
    // Setting a sequence is not undone by a rollback, so the epoch is checked first.
    session.ledger().requireEpoch(event.epoch());
    session.writer().setSequences(event.values());
    session.writer().commit();
  }

  /** Whether the target is consistent, and what remains to be done to its tables is not done. */
  boolean isUnfinished() throws InterruptedException {
    settle();
    boolean unfinished = session.ledger().isUnfinished();
    session.writer().rollback();
    return unfinished;
  }

  /** Nothing more is at hand: what is complete is committed at once. */
  void idle() throws InterruptedException {
    if (isUnderWay()) {
      return;
    }
    settle();
    if (gathering.hasChanges() || (gathering.reached().isPresent() && heartbeatDueIn().isZero())) {
      gathering.flush();
    }
  }

  /** How long nothing needs to be done if nothing arrives. */
  Duration idleWait() {
    return gathering.reached().isPresent() && !isUnderWay()
        ? heartbeatDueIn()
        : Duration.ofSeconds(NOTHING_DUE_SECONDS);
  }

  /** Commits everything whose source transaction is complete, and the newest progress. */
  void flush() throws InterruptedException {
    gathering.flush();
    settle();
  }

  void abort() {
    session.abort();
  }

  /** Waits for the statement that is being executed: nobody else may close its connection. */
  void close() {
    making.shutdownNow();
    boolean interrupted = false;
    while (!making.isTerminated()) {
      try {
        making.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    session.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isUnderWay() {
    return underWay != null && !underWay.isDone();
  }

  /** Returns when nothing is under way any more; throws what that failed with, each time. */
  private void settle() throws InterruptedException {
    if (underWay == null) {
      return;
    }
    try {
      underWay.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error failure) {
        throw failure;
      }
      if (e.getCause() instanceof InterruptedException stopping) {
        throw stopping;
      }
      throw new IllegalStateException("applying the log failed", e.getCause());
    }
    underWay = null;
  }

  /** Has it committed, after what is under way, while the next is gathered. */
  private void startCommit(NetChanges gathered, Reached at) throws InterruptedException {
    List<NetChanges.Step> steps = gathered.steps();
    settle();
    FutureTask<Boolean> task =
        new FutureTask<>(
            () -> {
              commitGathered(gathered, steps, at);
              return true;
            }) {
          @Override
          protected void done() {
            wake.run();
          }
        };
    underWay = task;
    making.execute(task);
  }

  private Duration heartbeatDueIn() {
    Duration left = limits.heartbeat().minusNanos(System.nanoTime() - recordedAt);
    return left.isNegative() ? Duration.ZERO : left;
  }

  /**
   * Applies what is gathered in one target transaction. It is all in memory, so it can be tried
   * again: after a deadlock or a serialization failure, and in small pieces where the set-based
   * statements were refused.
   */
  private void commitGathered(NetChanges gathered, List<NetChanges.Step> steps, Reached at)
      throws InterruptedException {
    boolean piecewise = false;
    for (int attempt = 1; ; attempt++) {
      session.at(at.epoch(), at.progress()::printPosition);
      try {
        if (piecewise) {
          replay(gathered.changes());
        } else {
          apply(gathered, steps, !netting);
        }
        record(at);
        session.writer().commit();
        break;
      } catch (DatabaseException e) {
        rollback(e);
        if (e.kind() == Kind.DATA && netting && !piecewise) {
          LOG.debug("set-based changes were refused and are replayed in small pieces", e);
          piecewise = true;
        } else if (session.writer().lostToAnotherTransaction(e) && attempt < MAX_ATTEMPTS) {
          LOG.info(
              "a target transaction lost to another one and is tried again: {}", e.getMessage());
          backOff(attempt);
        } else {
          throw e;
        }
      }
    }
    applied(gathered.size(), at);
  }

  /** One by one only near the changes that were refused. */
  private void replay(List<RowChange> changes) {
    for (int from = 0; from < changes.size(); from += REPLAYED_TOGETHER) {
      NetChanges piece = new NetChanges();
      changes.subList(from, Math.min(changes.size(), from + REPLAYED_TOGETHER)).forEach(piece::add);
      applyWithSavepoint(piece);
    }
  }

  /** Applies in the target transaction that stays open. */
  private void applyPiece(List<RowChange> changes) {
    // Only a Commit tells the epoch. A name with a lower one is right: it is ended by any claim.
    session.open(0);
    session.atPiece();
    NetChanges piece = new NetChanges();
    changes.forEach(piece::add);
    if (netting) {
      applyWithSavepoint(piece);
    } else {
      apply(piece, true);
    }
  }

  private void applyWithSavepoint(NetChanges piece) {
    Savepoint before = session.writer().savepoint();
    try {
      apply(piece, false);
    } catch (DatabaseException e) {
      if (e.kind() != Kind.DATA) {
        throw e;
      }
      LOG.debug("set-based changes were refused and are replayed one by one", e);
      before.rollback();
      applyOneByOne(piece, before);
    }
    before.release();
  }

  /**
   * The way the source did it; where that breaks a unique key which the source does not have or
   * defers, with the rows of that table set aside. Ends, as each table is set aside once.
   */
  private void applyOneByOne(NetChanges piece, Savepoint before) {
    Map<TableId, Table> aside = new LinkedHashMap<>();
    while (true) {
      try {
        aside.values().forEach(session.writer()::setAside);
        apply(piece, true);
        return;
      } catch (UniqueConflictException e) {
        if (aside.putIfAbsent(e.table().id(), e.table()) != null) {
          throw e;
        }
        LOG.debug("rows of table {} are set aside", e.table().id(), e);
        before.rollback();
      }
    }
  }

  private void apply(NetChanges changes, boolean singly) {
    apply(changes, singly ? List.of() : changes.steps(), singly);
  }

  private void apply(NetChanges changes, List<NetChanges.Step> steps, boolean singly) {
    Map<TableId, List<Key>> reopened = new LinkedHashMap<>();
    if (singly) {
      changes.changes().forEach(change -> applySingly(change, reopened));
    } else {
      for (NetChanges.Step step : steps) {
        if (step instanceof NetChanges.Net net) {
          session.writer().apply(net.batch());
        } else if (step instanceof NetChanges.Single single) {
          applySingly(single.change(), reopened);
        }
      }
    }
    reopened.forEach(session.ledger()::recordHoles);
  }

  /**
   * @param reopened takes the keys that are to be copied again, which are noted in the ledger at
   *     once
   */
  private void applySingly(RowChange change, Map<TableId, List<Key>> reopened) {
    if (change instanceof RowChange.Reopen reopen) {
      reopened.computeIfAbsent(reopen.table().id(), table -> new ArrayList<>()).add(reopen.key());
    } else if (change instanceof RowChange.Uncover uncover) {
      reopened.remove(uncover.table().id());
      session.ledger().recordUncovered(uncover.table().id(), uncover.range());
    } else {
      session.writer().applySingly(change);
    }
  }

  private void record(Reached at) {
    session.ledger().recordProgress(at.epoch(), at.progress(), at.committedAt());
  }

  private void applied(long changes, Reached at) {
    recordedAt = System.nanoTime();
    measures.logApplied(
        changes, changes == 0 ? Instant.now() : at.committedAt().orElseGet(Instant::now));
  }

  private void rollback(DatabaseException cause) {
    try {
      session.writer().rollback();
    } catch (DatabaseException e) {
      cause.addSuppressed(e);
      throw cause;
    }
  }

  /** Waits longer each time, and not for the same time as whoever it collided with. */
  private void backOff(int attempt) throws InterruptedException {
    long millis = FIRST_BACK_OFF_MILLIS << attempt;
    if (stopped.await(
        millis / 2 + ThreadLocalRandom.current().nextLong(millis), TimeUnit.MILLISECONDS)) {
      throw new InterruptedException("stopped");
    }
  }

  /** Carries out what is gathered. */
  private final class Applying implements LogGathering.Target<Reached, InterruptedException> {
    @Override
    public void apply(NetChanges gathered, Reached reached) throws InterruptedException {
      startCommit(gathered, reached);
    }

    @Override
    public void piece(List<RowChange> changes) throws InterruptedException {
      settle();
      applyPiece(changes);
    }

    @Override
    public void commitPieces(long changes, Reached reached) throws InterruptedException {
      settle();
      session.date(reached.epoch(), reached.progress()::printPosition);
      record(reached);
      session.writer().commit();
      applied(changes, reached);
    }
  }
}
