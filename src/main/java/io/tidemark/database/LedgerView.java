package io.tidemark.database;

import io.tidemark.schema.TableId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads where a stream stands, for progress screens and checks. Changes nothing and locks nothing.
 * Keeps one connection, which a failure closes and the next call opens again; used by one thread.
 */
public interface LedgerView extends AutoCloseable {

  /**
   * @return empty if the ledger, or the stream in it, does not exist
   * @throws DatabaseException if the target does not answer
   */
  Optional<Standing> read();

  @Override
  void close();

  /**
   * Where a stream stands.
   *
   * @param state {@code fresh}, {@code intended} or {@code running}
   * @param progress how far the log has been applied; empty before the start is recorded
   * @param tables what has been copied, in the order of their names
   * @param holes keys inside copied ranges that have to be copied again
   * @param deadLetters per table, how many rows are kept in the ledger because the target cannot
   *     hold them; tables without any are left out
   * @param claims when the job that has the stream took it
   * @param reports what its jobs have left, the oldest first; empty in a ledger of version 1
   */
  record Standing(
      long epoch,
      String state,
      Optional<String> sourceIdentity,
      Optional<LogStanding> progress,
      List<TableStanding> tables,
      long holes,
      Map<TableId, Long> deadLetters,
      Claims claims,
      List<Report> reports) {
    public Standing {
      reports = List.copyOf(reports);
      deadLetters = new TreeMap<>(deadLetters);
      tables = List.copyOf(tables);
    }
  }

  /**
   * By the clock of the job's machine.
   *
   * @param submitted when the job was submitted that has the stream
   * @param latest when it last took it, which it does at each of its restarts
   */
  record Claims(Instant submitted, Instant latest) {}

  /** What a {@link Report} is about. Of each there is one at most. */
  enum About {
    /** Why a job, or an attempt of it, has failed. */
    FAILURE,
    /** For whom the source's side has been waiting for more than a few seconds. */
    SOURCE_WAIT,
    /** The same of the target's side. */
    TARGET_WAIT
  }

  /**
   * What a job has left for whoever asks.
   *
   * @param epoch of the attempt that left it
   * @param at when, by the clock of the job's machine
   */
  record Report(About about, long epoch, Instant at, String words) {}

  /**
   * @param position the printed log position
   * @param consistent whether every commit at the target is a state that the source had
   * @param committedAt when the source committed the last transaction that is at the target
   * @param updatedAt when progress was last recorded, by the clock of the job's machine
   * @param finished whether, after consistency, indexes and constraints have been built too
   */
  record LogStanding(
      String position,
      boolean consistent,
      Optional<Instant> committedAt,
      Instant updatedAt,
      boolean finished) {}

  /**
   * @param table its name at the source
   * @param rows rows that were copied; changes since then are not counted
   * @param chunks how many chunks the ledger holds; 0 once the table is streamed
   * @param lastCycle the copy cycle of the latest of them; 0 once the table is streamed
   * @param complete whether all of it has been copied
   * @param streamed whether it is complete and its snapshots lie behind the log
   */
  record TableStanding(
      TableId table, long rows, long chunks, long lastCycle, boolean complete, boolean streamed) {}
}
