package io.tidemark.database;

import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the coordinator asks of the source. Calls may block for as long as they say. Used by one
 * thread at a time, except for {@link #chunkPlanner} and {@link #openSharedSnapshot}, which another
 * one may use meanwhile: what the copy asks does not hold up who watches over the source.
 */
public interface SourceControl extends AutoCloseable {

  /** Which database this is, so that a stream is never continued from another one. */
  String identity();

  /** The selected tables as they are now, in the order in which they are to be copied. */
  List<Table> tables();

  /**
   * What gives the rows of these tables their meaning beyond what {@link #tables} says: what the
   * server computes from them, and what their types are made of.
   */
  SourceMemory describe(List<Table> tables);

  /**
   * What of that has changed since, in words for a person.
   *
   * @param described what {@link #describe} said
   * @param tables those of them that matter, which are all there
   */
  List<String> changesSince(SourceMemory described, List<Table> tables);

  /**
   * The tables over which a stream that remembers this watches by itself, and more closely than
   * {@link #changesSince} can.
   */
  Set<TableId> watched(SourceMemory memory);

  /** Ends the sessions (snapshots, log readers) that older epochs of this stream left open. */
  void expelFormerSessions();

  /**
   * Creates what the source needs to keep its log for this stream (for PostgreSQL: publication and
   * slot), in place of what an attempt that recorded nothing may have left. May wait for the
   * source's open transactions.
   */
  LogStart createLog();

  /**
   * Checks that the log can still be read from {@code position} on, and adapts what {@link
   * #createLog} made to the tables selected now.
   *
   * <p>Checks too that what is copied is still described as {@code memory} has it, but for changes
   * that cannot matter to a row.
   *
   * @param memory what was last remembered; {@link SourceMemory#NONE} if nothing was
   * @throws DatabaseException fatal, if it cannot: names what is missing, or what has changed, and
   *     what to do
   */
  LogResumed requireLog(LogPosition position, SourceMemory memory);

  /**
   * Checks that tables can be taken into a stream that goes on, which has not had them: that
   * nothing of theirs is under way that neither a snapshot of them nor the log behind the stream's
   * position would show. May wait some seconds for it. {@link #requireLog} sees to what the
   * source's log itself needs.
   *
   * @param added those tables; often none
   * @throws DatabaseException fatal, if something is: says what, and what to do
   */
  void requireAddable(Set<TableId> added);

  /**
   * Checks what {@link #requireLog} checks and changes nothing, for whoever does not have the
   * stream. To be called on a control that is used for nothing else afterwards.
   *
   * @throws DatabaseException fatal, if the stream cannot go on: as {@link #requireLog} says it
   */
  void examineLog(LogPosition position, SourceMemory memory);

  /**
   * Checks that nothing that gives the stream's rows their meaning has changed without a word in
   * the log since it was last asked, or since {@link #createLog} or {@link #requireLog}. Asked
   * about once a second while the stream runs. A source whose log tells of everything has nothing
   * to check.
   *
   * @return what to remember from now on
   * @throws DatabaseException fatal, if something has: names the change and what to do
   */
  SourceMemory requireNothingUnlogged();

  /**
   * Told when a session was opened and before anything is read from it, so that the next start can
   * tell whether the source still has what the session contains.
   *
   * @return what to remember from now on
   * @throws DatabaseException as {@link #requireNothingUnlogged}
   */
  SourceMemory sessionOpened();

  /**
   * Checks that nothing is there of what {@link #createLog} would make: a stream that nobody began
   * has none, so it would be another stream's.
   *
   * @throws DatabaseException fatal, if something is there
   */
  void requireNoLog();

  /** Opens a snapshot that sessions can share; empty where the database has no such thing. */
  Optional<SharedSnapshot> openSharedSnapshot();

  /** What a consistent read that is opened now would contain. */
  SnapshotPosition visible();

  /**
   * Cuts the source's tables. It asks through a connection of its own, and lives as long as this.
   */
  ChunkPlanner chunkPlanner();

  /** How many bytes of log the source holds after {@code position}. */
  long bytesBehind(LogPosition position);

  @Override
  void close();

  /**
   * Where the log of a new stream starts.
   *
   * @param pending transactions at or before {@code position} that were not yet visible
   * @param memory what to remember of the source
   */
  record LogStart(LogPosition position, Set<TransactionId> pending, SourceMemory memory) {
    public LogStart {
      pending = Set.copyOf(pending);
    }
  }

  /**
   * A log that can be read on.
   *
   * @param pending transactions whose changes of newly selected tables the log may not carry
   *     although no snapshot shows them yet; the next sessions must include them
   * @param memory what to remember of the source from now on
   * @param from the position, with what the source needs to recognize its log; empty where it needs
   *     nothing
   */
  record LogResumed(Set<TransactionId> pending, SourceMemory memory, Optional<LogPosition> from) {
    public LogResumed {
      pending = Set.copyOf(pending);
    }

    /** Where the position says it all. */
    public LogResumed(Set<TransactionId> pending, SourceMemory memory) {
      this(pending, memory, Optional.empty());
    }
  }

  /** A snapshot that stays importable until it is closed. */
  interface SharedSnapshot extends AutoCloseable {
    /** Names the snapshot to the sessions that import it; travels as text. */
    String name();

    /** What every session that imports it contains. */
    SnapshotPosition position();

    @Override
    void close();
  }
}
