package io.tidemark.protocol;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.Ledger;
import io.tidemark.database.LogPosition;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.TransactionId;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where a stream goes on when its job starts again. What the ledger holds has happened, whichever
 * checkpoint the job was started from; without a ledger the checkpoint is all there is.
 *
 * @param log where the log is read from
 */
public record Resumption(LogProgress log, CopyState copy) {

  /**
   * What a checkpoint knows.
   *
   * @param log where the log reader was; empty if there was no checkpoint
   * @param written chunks that it contains and that the coordinator may not have heard of as
   *     durable
   * @param reopened keys that have to be copied again and that the coordinator may not have heard
   *     of
   */
  public record Checkpoint(
      CopyState copy,
      Optional<LogProgress> log,
      List<Ledger.CoveredChunk> written,
      Map<TableId, List<Key>> reopened) {

    /** The job starts for the first time, or from the ledger alone. */
    public static final Checkpoint NONE =
        new Checkpoint(CopyState.EMPTY, Optional.empty(), List.of(), Map.of());
  }

  /**
   * Goes on from the ledger.
   *
   * @throws DatabaseException fatal, if the ledger is behind the checkpoint: the target was set
   *     back
   */
  public static Resumption of(
      Ledger.Running running, Checkpoint checkpoint, PositionFormat format) {
    LogPosition position = format.logPosition(running.position());
    if (checkpoint.log().isPresent()) {
      LogPosition checkpointed = checkpoint.log().get().position();
      if (!position.covers(checkpointed)) {
        throw ledgerBehind("it stands at " + position.print(), checkpointed.print());
      }
    }
    requireChunksOf(checkpoint, running);
    return new Resumption(
        new LogProgress(position, format.transactions(running.pending()), format),
        CopyState.of(running, format));
  }

  /** Goes on from the checkpoint alone; empty if there is none. */
  public static Optional<Resumption> of(Checkpoint checkpoint, PositionFormat format) {
    if (checkpoint.log().isEmpty()) {
      return Optional.empty();
    }
    List<Ledger.CoveredChunk> written = new ArrayList<>();
    for (Ledger.CoveredChunk chunk : checkpoint.written()) {
      if (chunk.chunk().range() instanceof KeyRange.Between
          && !isCovered(chunk.chunk(), checkpoint)) {
        written.add(chunk);
      }
    }
    List<CoveredRange> covered = new ArrayList<>(checkpoint.copy().covered());
    covered.addAll(CoveredRange.runsOf(written, format));
    // What was copied again is copied once more: whether it came after the change is not known.
    Map<TableId, Set<Key>> holes = new HashMap<>(checkpoint.copy().holes());
    checkpoint.copy().recopied().forEach((table, keys) -> add(table, keys.keySet(), holes));
    checkpoint.reopened().forEach((table, keys) -> add(table, keys, holes));
    return Optional.of(
        new Resumption(
            checkpoint.log().get(),
            new CopyState(
                checkpoint.copy().streamed(),
                covered,
                holes,
                Map.of(),
                notCovered(checkpoint.copy().announced(), written))));
  }

  private static List<AnnouncedRange> notCovered(
      List<AnnouncedRange> announced, List<Ledger.CoveredChunk> written) {
    Set<String> covered = new HashSet<>();
    written.forEach(chunk -> covered.add(chunk.chunk().table() + "#" + chunk.chunk().number()));
    return announced.stream()
        .filter(range -> !covered.contains(range.table() + "#" + range.number()))
        .toList();
  }

  /** Whether the coordinator has heard of the chunk, which has its number from it. */
  private static boolean isCovered(Chunk chunk, Checkpoint checkpoint) {
    return checkpoint.copy().covered().stream()
        .anyMatch(
            range ->
                range.table().equals(chunk.table())
                    && range.firstNumber() <= chunk.number()
                    && chunk.number() <= range.lastNumber());
  }

  private static void add(TableId table, Collection<Key> keys, Map<TableId, Set<Key>> holes) {
    Set<Key> all = new HashSet<>(holes.getOrDefault(table, Set.of()));
    all.addAll(keys);
    holes.put(table, all);
  }

  /** The same, where the source knows of more transactions that may not be visible yet. */
  public Resumption withPending(Set<? extends TransactionId> more) {
    Set<TransactionId> pending = new HashSet<>(log.pending());
    pending.addAll(more);
    return new Resumption(new LogProgress(log.position(), pending, log.format()), copy);
  }

  /** The same place in the log, as the source says it. */
  public Resumption at(LogPosition position) {
    return new Resumption(new LogProgress(position, log.pending(), log.format()), copy);
  }

  private static void requireChunksOf(Checkpoint checkpoint, Ledger.Running running) {
    Set<String> chunks = new HashSet<>();
    running
        .chunks()
        .forEach(chunk -> chunks.add(chunk.chunk().table() + "#" + chunk.chunk().number()));
    for (CoveredRange range : checkpoint.copy().covered()) {
      if (!running.streamed().contains(range.table())
          && !running.uncovered().contains(range.table())
          && !chunks.contains(range.table() + "#" + range.firstNumber())) {
        throw ledgerBehind(
            "it lacks chunk " + range.firstNumber() + " of table " + range.table(),
            "a state that has it");
      }
    }
  }

  /** What a target that was set back is refused with. */
  public static DatabaseException ledgerBehind(String ledgerStands, String checkpointStands) {
    return new DatabaseException(
        DatabaseException.Kind.FATAL,
        "target: the ledger is behind the checkpoint that the job was started from: "
            + ledgerStands
            + ", the checkpoint at "
            + checkpointStands
            + ". The target was set back (restored from a backup?), so changes that the source may"
            + " have discarded are missing in it. Restore a target that is as new as the"
            + " checkpoint; or start without the checkpoint, to go on from the ledger if the source"
            + " still has its log; or drop the stream and copy anew.");
  }
}
