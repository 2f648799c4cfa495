package io.tidemark.source;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.Ledger;
import io.tidemark.database.LogPosition;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceDatabase;
import io.tidemark.protocol.CopyState;
import io.tidemark.protocol.CoveredRange;
import io.tidemark.protocol.LogProgress;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Takes a stream over and finds out where it stands: raises the epoch first, then reads the ledger,
 * which counts beyond any checkpoint; without a ledger the checkpoint is all there is.
 */
final class StreamOpening {

  private final SourceDatabase source;
  private final Optional<Ledger> ledger;
  private final String incarnation;
  private final PositionFormat format;

  StreamOpening(SourceDatabase source, Optional<Ledger> ledger, String incarnation) {
    this.source = source;
    this.ledger = ledger;
    this.incarnation = incarnation;
    this.format = source.positions();
  }

  /**
   * What a checkpoint knows.
   *
   * @param log where the log reader was; empty if there was no checkpoint
   * @param written chunks that it contains and that the enumerator had not heard of as durable
   */
  record Checkpointed(
      EnumeratorState state,
      Optional<CopySplit.LogSplit> log,
      List<CopySplit.ChunkSplit> written) {}

  /** A stream that is ours, and its place. The receiver closes {@code control}. */
  record Opened(
      long epoch,
      SourceControl control,
      String sourceIdentity,
      List<Table> tables,
      LogProgress log,
      CopyState copy) {}

  /** May block: for a writer that is just committing, and for the source to create its log. */
  Opened open(Checkpointed checkpoint) {
    Optional<Ledger.Claim> claim = ledger.map(claimed -> claimed.claim(incarnation));
    // Without a ledger nothing is fenced; the epoch only names sessions.
    long epoch = claim.map(Ledger.Claim::epoch).orElse(System.currentTimeMillis());
    SourceControl control = source.openControl(epoch);
    try {
      control.expelFormerSessions();
      String identity = control.identity();
      requireSameSource(identity, checkpoint.state().sourceIdentity());
      List<Table> tables = control.tables();
      if (claim.isEmpty()) {
        return openFromCheckpoint(epoch, control, identity, tables, checkpoint);
      }
      Optional<Ledger.Running> running = claim.get().running();
      if (running.isPresent()) {
        return openFromLedger(epoch, control, identity, tables, running.get(), checkpoint);
      }
      if (checkpoint.log().isPresent()) {
        throw ledgerBehind("it has not begun there", checkpoint.log().get().position());
      }
      LogProgress start = begin(epoch, control, identity, claim.get().state());
      return new Opened(epoch, control, identity, tables, start, CopyState.EMPTY);
    } catch (Throwable failure) {
      control.close();
      throw failure;
    }
  }

  private LogProgress begin(
      long epoch, SourceControl control, String identity, Ledger.State state) {
    if (state instanceof Ledger.Intended intended) {
      requireSameSource(identity, intended.sourceIdentity());
    } else {
      control.requireNoLog();
      ledger.orElseThrow().recordIntent(epoch, identity);
    }
    SourceControl.LogStart created = control.createLog();
    LogProgress start = new LogProgress(created.position(), created.pending(), format);
    ledger.orElseThrow().recordStart(epoch, start.printPosition(), start.printPending());
    return start;
  }

  private Opened openFromLedger(
      long epoch,
      SourceControl control,
      String identity,
      List<Table> tables,
      Ledger.Running running,
      Checkpointed checkpoint) {
    requireSameSource(identity, running.sourceIdentity());
    LogPosition position = format.logPosition(running.position());
    checkpoint
        .log()
        .map(log -> format.logPosition(log.position()))
        .filter(checkpointed -> !position.covers(checkpointed))
        .ifPresent(
            checkpointed -> {
              throw ledgerBehind("it stands at " + position.print(), checkpointed.print());
            });
    requireChunksOf(checkpoint, running);
    forgetUnselected(epoch, running, tables);
    Set<io.tidemark.database.TransactionId> pending =
        new HashSet<>(format.transactions(running.pending()));
    pending.addAll(control.requireLog(position));
    return new Opened(
        epoch,
        control,
        identity,
        tables,
        new LogProgress(position, pending, format),
        CopyState.of(running, format));
  }

  private void forgetUnselected(long epoch, Ledger.Running running, List<Table> tables) {
    Set<TableId> unselected = new HashSet<>(running.tables());
    tables.forEach(table -> unselected.remove(table.id()));
    if (!unselected.isEmpty()) {
      ledger.orElseThrow().forget(epoch, unselected);
    }
  }

  private Opened openFromCheckpoint(
      long epoch,
      SourceControl control,
      String identity,
      List<Table> tables,
      Checkpointed checkpoint) {
    if (checkpoint.log().isEmpty()) {
      SourceControl.LogStart created = control.createLog();
      return new Opened(
          epoch,
          control,
          identity,
          tables,
          new LogProgress(created.position(), created.pending(), format),
          CopyState.EMPTY);
    }
    LogPosition position = format.logPosition(checkpoint.log().get().position());
    Set<io.tidemark.database.TransactionId> pending =
        new HashSet<>(format.transactions(checkpoint.log().get().pending()));
    pending.addAll(control.requireLog(position));
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
    Map<TableId, Set<Key>> holes = new HashMap<>();
    checkpoint.state().holes().forEach((table, keys) -> holes.put(table, new HashSet<>(keys)));
    List<Ledger.CoveredChunk> written = new ArrayList<>();
    for (CopySplit.ChunkSplit split : checkpoint.written()) {
      if (split.chunk().range() instanceof KeyRange.Between) {
        written.add(new Ledger.CoveredChunk(split.chunk(), split.snapshot(), 0, split.cycle()));
      }
    }
    covered.addAll(CoveredRange.runsOf(written, format));
    return new Opened(
        epoch,
        control,
        identity,
        tables,
        new LogProgress(position, pending, format),
        new CopyState(checkpoint.state().streamed(), covered, holes, Map.of()));
  }

  private static void requireChunksOf(Checkpointed checkpoint, Ledger.Running running) {
    Set<TableId> tables = new HashSet<>(running.streamed());
    Set<String> chunks = new HashSet<>();
    running
        .chunks()
        .forEach(chunk -> chunks.add(chunk.chunk().table() + "#" + chunk.chunk().number()));
    for (EnumeratorState.Covered range : checkpoint.state().covered()) {
      if (!tables.contains(range.table())
          && !chunks.contains(range.table() + "#" + range.first())) {
        throw ledgerBehind(
            "it lacks chunk " + range.first() + " of table " + range.table(),
            "a state that has it");
      }
    }
  }

  private static void requireSameSource(String identity, String recorded) {
    if (!recorded.isEmpty() && !recorded.equals(identity)) {
      throw new DatabaseException(
          DatabaseException.Kind.FATAL,
          "source: the stream was begun from "
              + recorded
              + ", and the URL now leads to "
              + identity
              + ". A stream can only go on from the database it began with (a restored or promoted"
              + " copy is another one). Point the URL back, or drop the stream and begin anew.");
    }
  }

  private static DatabaseException ledgerBehind(String ledgerStands, String checkpointStands) {
    return new DatabaseException(
        DatabaseException.Kind.FATAL,
        "target: the ledger is behind the checkpoint that the job was started from: "
            + ledgerStands
            + ", the checkpoint at "
            + checkpointStands
            + ". The target was set back (restored from a backup?), so changes that the source may"
            + " have discarded are missing in it. Restore a target that is as new as the checkpoint;"
            + " or start without the checkpoint, to go on from the ledger if the source still has"
            + " its log; or drop the stream and copy anew.");
  }
}
