package io.tidemark.database;

import io.tidemark.change.Chunk;
import io.tidemark.schema.TableId;
import io.tidemark.settings.RecordedTerms;
import io.tidemark.settings.TableTerms;
import java.io.Serializable;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The side of the ledger that is not part of the data's transactions: the coordinator's, and the
 * finish's. The ledger is what the target has of a stream beside data; the sink commits its
 * progress there ({@link WriterLedger}) in the same transaction as the data. What it holds has
 * happened; what it does not hold has not. All of it may throw {@link DatabaseException}.
 */
public interface Ledger extends Serializable {

  /**
   * By how much a start raises the epoch. Epochs begin with the time in milliseconds, so that two
   * streams of one name, in two ledgers, hardly ever come to the same one: a session's epoch tells
   * whose it is, however often either was started.
   */
  long EPOCH_STRIDE = 256;

  /**
   * Makes this incarnation the stream's only writer: raises the epoch (waiting for a writer that is
   * just committing, and ending the sessions of older epochs), then reads what is there.
   *
   * @param incarnation names one submission of the job, and is the same after its restarts
   * @throws FencedException if another incarnation has taken over since this one last claimed
   */
  Claim claim(String incarnation);

  /**
   * What is there, for whoever does not claim the stream. Changes nothing and locks nothing.
   *
   * @return empty if the ledger, or the stream in it, does not exist
   */
  Optional<State> look();

  /**
   * Records, before the source's log is created, that it is about to be, and from which source.
   *
   * @throws FencedException if the epoch has been raised
   */
  void recordIntent(long epoch, String sourceIdentity);

  /** Records where the log of the new stream starts, and what to remember of its source. */
  void recordStart(long epoch, String position, String pending, SourceMemory memory);

  /**
   * Remembers facts, or forgets those that are empty, by what they are about.
   *
   * @throws FencedException if the epoch has been raised
   */
  void remember(long epoch, Map<String, Optional<String>> facts);

  /**
   * What the streams of this target were last started with, for whoever does not claim this one.
   * Changes nothing and locks nothing.
   */
  RecordedTerms terms();

  /**
   * Compares what the job says of its tables with what the stream's rows were copied under, and
   * with the tables of other streams, and keeps it in place of the former: in one transaction that
   * is alone in this, so that of two streams that would write one table the second is refused.
   *
   * @param terms of every table that the job selects, by its name at the source
   * @param copied tables of which rows are at the target
   * @throws DatabaseException fatal, with {@link RecordedTerms#refusal}; nothing is kept then
   * @throws FencedException if the epoch has been raised
   */
  void recordTerms(long epoch, Map<TableId, TableTerms> terms, Set<TableId> copied);

  /**
   * Records which tables the stream has from now on, before anything is done for them. What was
   * copied of others is forgotten: the log is not followed for them any more, so if they are
   * selected again later they must be copied again. Where one is not streamed yet, consistency and
   * the finish are taken back in the same transaction, as both are said of all tables.
   *
   * @throws FencedException if the epoch has been raised
   */
  void recordSelection(long epoch, Set<TableId> selected);

  /**
   * Leaves words for whoever asks for the stream's status, or takes them back. The first failure of
   * an epoch stays, as those that come after it come of it. Does nothing if the epoch has been
   * raised: what the job of an older one meets is not the stream's concern any more.
   *
   * @param words without passwords or row contents; empty to take them back
   */
  void report(long epoch, LedgerView.About about, Optional<String> words);

  /**
   * Records that what remained to be done to the tables after consistency is done.
   *
   * @param session names the connection at the server, as that of the {@link TargetFinish} is, so
   *     that both are ended alike
   * @throws FencedException if the epoch has been raised
   */
  void recordFinish(long epoch, String session);

  /**
   * Looks at the tables that the stream writes, which lie where the ledger does. Opens no
   * connection before it is asked.
   *
   * @param tables by their names at the source
   */
  TargetWatch openTargetWatch(Set<TableId> tables);

  /** For whom the stream's sessions wait where the ledger lies. Opens no connection yet. */
  Waits openWaits();

  /** What the ledger holds. */
  sealed interface State extends Serializable {}

  /** The stream has never been started. */
  record Fresh() implements State {}

  /**
   * The source's log was about to be created, and nothing after that is known to have happened.
   *
   * @param sourceIdentity which source that was, as {@link SourceControl#identity} says it
   */
  record Intended(String sourceIdentity) implements State {}

  /**
   * The stream is under way.
   *
   * @param sourceIdentity the source that it reads, as {@link SourceControl#identity} says it
   * @param position the printed position up to which the log has been applied
   * @param pending the printed transactions at or before it that are not known to be visible
   * @param streamed tables that are complete and whose snapshots the log has passed
   * @param chunks what has been copied of the others
   * @param holes keys inside copied ranges that have to be copied again
   * @param recopied keys inside copied ranges that have been copied again, each from a snapshot of
   *     its own
   * @param uncovered tables of which copied ranges were given up, so that an earlier state may have
   *     chunks that are not here any more
   * @param memory what was remembered of the source
   */
  record Running(
      String sourceIdentity,
      String position,
      String pending,
      Set<TableId> streamed,
      List<CoveredChunk> chunks,
      List<Chunk> holes,
      List<CoveredChunk> recopied,
      Set<TableId> uncovered,
      SourceMemory memory)
      implements State {
    public Running {
      streamed = Set.copyOf(streamed);
      chunks = List.copyOf(chunks);
      holes = List.copyOf(holes);
      recopied = List.copyOf(recopied);
      uncovered = Set.copyOf(uncovered);
    }

    /** Every table of which the ledger holds something. */
    public Set<TableId> tables() {
      Set<TableId> tables = new HashSet<>(streamed);
      chunks.forEach(chunk -> tables.add(chunk.chunk().table()));
      holes.forEach(hole -> tables.add(hole.table()));
      recopied.forEach(key -> tables.add(key.chunk().table()));
      return tables;
    }

    /** Every table of which the target may have rows: also those whose ranges were all given up. */
    public Set<TableId> written() {
      Set<TableId> written = tables();
      written.addAll(uncovered);
      return written;
    }
  }

  /**
   * A chunk that is at the target.
   *
   * @param snapshot the printed position of the snapshot that it was read from
   * @param rows how many were copied; 0 where that was not kept
   * @param cycle the copy cycle that it was read in, from 1; 0 where that was not kept
   */
  record CoveredChunk(Chunk chunk, String snapshot, long rows, long cycle)
      implements Serializable {}

  /**
   * What a {@link #claim} gave: the epoch under which to write from now on, and what the ledger
   * held then.
   */
  record Claim(long epoch, State state) implements Serializable {
    /** The state of a stream that is under way; empty otherwise. */
    public Optional<Running> running() {
      return state instanceof Running running ? Optional.of(running) : Optional.empty();
    }
  }

  /**
   * Looks whether the target's tables are still those that the stream writes, and still store what
   * is written to them. Whatever happens to them beside the stream's own writes (another table
   * under the name, an emptied one, a trigger, a column of another type) no row of the log tells
   * of.
   *
   * <p>Keeps one connection, which a failure closes and the next look opens again; used by one
   * thread at a time. All of it may throw {@link DatabaseException}: a fatal one, where something
   * has changed that matters.
   */
  interface TargetWatch extends AutoCloseable {

    /**
     * Compares what is there with what the ledger remembers, as {@link #begin} does, and changes
     * nothing. Tables of which nothing is remembered are looked at by themselves.
     */
    void examine();

    /**
     * Takes a start's first look, before anything is written under its epoch, and has the ledger
     * remember what there is to compare with later.
     *
     * @param copied tables, by their names at the source, of which the ledger holds anything; the
     *     others are taken as they are now
     * @throws FencedException if the epoch has been raised
     */
    void begin(long epoch, Set<TableId> copied);

    /**
     * Looks once more, after {@link #begin}.
     *
     * @throws FencedException if the epoch has been raised
     */
    void look(long epoch);

    @Override
    void close();
  }
}
