package io.tidemark.source;

import io.tidemark.change.Key;
import io.tidemark.database.Ledger;
import io.tidemark.database.Ledger.TargetWatch;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.SourceMemory;
import io.tidemark.protocol.CopyState;
import io.tidemark.protocol.CoveredRange;
import io.tidemark.protocol.LogProgress;
import io.tidemark.protocol.Resumption;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Takes a stream over and finds out where it stands: raises the epoch first, then reads the ledger,
 * which counts beyond any checkpoint; without a ledger the checkpoint is all there is.
 */
final class StreamOpening {

  private final SourceDatabase source;
  private final Optional<Ledger> ledger;
  private final Submission submission;
  private final PositionFormat format;
  private volatile long claimed;

  StreamOpening(SourceDatabase source, Optional<Ledger> ledger, Submission submission) {
    this.source = source;
    this.ledger = ledger;
    this.submission = submission;
    this.format = source.positions();
  }

  /**
   * What a checkpoint knows.
   *
   * @param log where the log reader was; empty if there was no checkpoint
   * @param written chunks that it contains and that the enumerator may not have heard of as durable
   * @param reopened keys to be copied again that the enumerator may not have heard of
   */
  record Checkpointed(
      EnumeratorState state,
      Optional<CopySplit.LogSplit> log,
      List<CopySplit.ChunkSplit> written,
      List<CopySplit.ReopenedSplit> reopened) {}

  /**
   * A stream that is ours, and its place. The receiver closes {@code control}.
   *
   * @param memory what the ledger remembers of the source; without a ledger, what there is to
   *     remember
   */
  record Opened(
      long epoch,
      SourceControl control,
      String sourceIdentity,
      List<Table> tables,
      LogProgress log,
      CopyState copy,
      SourceMemory memory) {}

  /** Under which epoch the stream is ours; 0 as long as it is not. From any thread. */
  long epoch() {
    return claimed;
  }

  /** May block: for a writer that is just committing, and for the source to create its log. */
  Opened open(Checkpointed checkpoint) {
    Optional<Ledger.Claim> claim = ledger.map(claimed -> claimed.claim(submission.incarnation()));
    // Without a ledger nothing is fenced; the epoch only names sessions.
    long epoch = claim.map(Ledger.Claim::epoch).orElse(System.currentTimeMillis());
    claimed = epoch;
    SourceControl control = source.openControl(epoch);
    try {
      String identity = control.identity();
      StreamExamination.requireSameSource(identity, checkpoint.state().sourceIdentity());
      claim.ifPresent(claimed -> requireOurs(control, identity, claimed.state()));
      control.expelFormerSessions();
      List<Table> tables = control.tables();
      if (claim.isEmpty()) {
        return openFromCheckpoint(epoch, control, identity, tables, checkpoint);
      }
      Optional<Ledger.Running> running = claim.get().running();
      if (running.isPresent()) {
        CopiedTables.requireThere(source, running.get().written(), ids(tables));
        // Before the selection is recorded, whose commit would be the stream's last one.
        lookAtTarget(epoch, tables, running.get().tables());
        return openFromLedger(epoch, control, identity, tables, running.get(), checkpoint);
      }
      if (checkpoint.log().isPresent()) {
        throw Resumption.ledgerBehind("it has not begun there", checkpoint.log().get().position());
      }
      submission.requireAsPrepared(control, tables, Set.of(), Set.of());
      Opened begun = begin(epoch, control, identity, tables);
      lookAtTarget(epoch, tables, Set.of());
      return begun;
    } catch (Throwable failure) {
      control.close();
      throw failure;
    }
  }

  /**
   * Before any session is ended: those of a job of the same name that copies to another target are
   * not former ones of this stream.
   */
  private static void requireOurs(SourceControl control, String identity, Ledger.State state) {
    if (state instanceof Ledger.Running running) {
      StreamExamination.requireSameSource(identity, running.sourceIdentity());
    } else if (state instanceof Ledger.Intended intended) {
      StreamExamination.requireSameSource(identity, intended.sourceIdentity());
    } else {
      control.requireNoLog();
    }
  }

  private void lookAtTarget(long epoch, List<Table> tables, Set<TableId> copied) {
    try (TargetWatch target = ledger.orElseThrow().openTargetWatch(ids(tables))) {
      target.begin(epoch, copied);
    }
  }

  /** Those of the tables that a stream has not had. */
  static Set<TableId> added(List<Table> tables, Set<TableId> had) {
    Set<TableId> added = ids(tables);
    added.removeAll(had);
    return added;
  }

  /** The names of tables. */
  static Set<TableId> ids(List<Table> tables) {
    return tables.stream().map(Table::id).collect(Collectors.toSet());
  }

  private Opened begin(long epoch, SourceControl control, String identity, List<Table> tables) {
    Ledger records = ledger.orElseThrow();
    // Also where the intent is there: an attempt that was stalled since its claim must not replace
    // the log of the one that has taken over. Whoever raises the epoch after this ends the session
    // of this control before it creates a log.
    records.recordIntent(epoch, identity);
    SourceControl.LogStart created = control.createLog();
    // It may have waited long; from here on the log, or the look at the source, tells of a change.
    submission.requireAsPrepared(control, control.tables(), Set.of(), Set.of());
    LogProgress start = new LogProgress(created.position(), created.pending(), format);
    records.recordStart(epoch, start.printPosition(), start.printPending(), created.memory());
    return new Opened(epoch, control, identity, tables, start, CopyState.EMPTY, created.memory());
  }

  private Opened openFromLedger(
      long epoch,
      SourceControl control,
      String identity,
      List<Table> tables,
      Ledger.Running running,
      Checkpointed checkpoint) {
    submission.requireAsPrepared(
        control, tables, running.tables(), control.watched(running.memory()));
    Resumption found = Resumption.of(running, checkpointed(checkpoint), format);
    control.requireAddable(added(tables, running.tables()));
    ledger.orElseThrow().recordSelection(epoch, ids(tables));
    return opened(epoch, control, identity, tables, found, running.memory());
  }

  private Opened opened(
      long epoch,
      SourceControl control,
      String identity,
      List<Table> tables,
      Resumption resumption,
      SourceMemory memory) {
    SourceControl.LogResumed log = control.requireLog(resumption.log().position(), memory);
    SourceWatch.remember(ledger, epoch, memory, log.memory());
    Resumption found = log.from().map(resumption::at).orElse(resumption).withPending(log.pending());
    return new Opened(epoch, control, identity, tables, found.log(), found.copy(), log.memory());
  }

  private Opened openFromCheckpoint(
      long epoch,
      SourceControl control,
      String identity,
      List<Table> tables,
      Checkpointed checkpoint) {
    Optional<Resumption> found = Resumption.of(checkpointed(checkpoint), format);
    if (found.isEmpty()) {
      SourceControl.LogStart created = control.createLog();
      return new Opened(
          epoch,
          control,
          identity,
          tables,
          new LogProgress(created.position(), created.pending(), format),
          CopyState.EMPTY,
          created.memory());
    }
    CopiedTables.requireRestoredThere(found.get().copy().tables(), ids(tables));
    control.requireAddable(added(tables, found.get().copy().tables()));
    return opened(epoch, control, identity, tables, found.get(), checkpoint.state().memory());
  }

  private Resumption.Checkpoint checkpointed(Checkpointed checkpoint) {
    List<CoveredRange> covered = new ArrayList<>();
    for (EnumeratorState.Covered range : checkpoint.state().covered()) {
      covered.add(
          new CoveredRange(
              range.table(),
              range.first(),
              range.last(),
              range.range(),
              format.snapshotPosition(range.snapshot())));
    }
    List<Ledger.CoveredChunk> written = new ArrayList<>();
    for (CopySplit.ChunkSplit split : checkpoint.written()) {
      written.add(new Ledger.CoveredChunk(split.chunk(), split.snapshot(), 0, split.cycle()));
    }
    Map<TableId, List<Key>> reopened = new HashMap<>();
    for (CopySplit.ReopenedSplit split : checkpoint.reopened()) {
      reopened.computeIfAbsent(split.table(), table -> new ArrayList<>()).addAll(split.keys());
    }
    return new Resumption.Checkpoint(
        new CopyState(
            checkpoint.state().streamed(),
            covered,
            checkpoint.state().holes(),
            Map.of(),
            checkpoint.state().announced()),
        checkpoint
            .log()
            .map(
                log ->
                    new LogProgress(
                        format.logPosition(log.position()),
                        format.transactions(log.pending()),
                        format)),
        written,
        reopened);
  }
}
