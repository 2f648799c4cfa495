package io.tidemark.database;

import io.tidemark.schema.TableId;
import io.tidemark.settings.CheckedJob;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.OnBadValue;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A database that is copied to. Immutable and serializable; holds no connection. May throw {@link
 * DatabaseException}.
 */
public interface TargetDatabase extends Serializable {

  /** Whether rows and chunks of {@code source} can be taken in the source's own form. */
  boolean understands(SourceDatabase source);

  /**
   * Looks the target over, before anything is touched.
   *
   * @param source where the rows will come from
   * @param description its tables; empty if they could not be read, then the target is looked over
   *     without them
   */
  List<Preflight.Finding> check(
      CheckedJob job, SourceDatabase source, Optional<SchemaDescription> description);

  /**
   * Makes the tables ready: creates those that are missing, and sees to rows that are there.
   *
   * @param copied tables of which the ledger holds anything; they are left alone
   * @return what remains to be done after the copy
   */
  TargetFinish prepareTables(
      SchemaDescription description, Set<TableId> copied, ExistingRows existing);

  /**
   * A connection that writes replicated data: constraints between rows are not checked and triggers
   * do not fire, because the source has done both.
   *
   * @param session names it, where the server shows names
   */
  TargetWriter openWriter(String session);

  /**
   * Ends the sessions whose name starts with {@code sessionPrefix}, other than this caller's and
   * those that {@code sessionToKeep} is a prefix of. For writers that were given up for dead.
   *
   * @return how many were ended
   */
  int expelSessions(String sessionPrefix, String sessionToKeep);

  /** For whom the stream's sessions here wait. Opens no connection before it is asked. */
  Waits openWaits();

  /** How many sessions are open whose name starts with {@code sessionPrefix}. */
  int sessions(String sessionPrefix);

  /** What becomes of values that a column here cannot hold. */
  OnBadValue onBadValue();

  /** What the ledger here holds of a stream, for whoever coordinates it. Opens no connection. */
  Ledger ledger(String stream);

  /** The same for whoever only looks. Opens no connection before it is read. */
  LedgerView ledgerView(String stream);

  /**
   * Takes a stream out of the ledger for good, and the ledger out of the target with its last
   * stream. A writer that still runs is fenced by it. Idempotent.
   *
   * @return whether there was anything to remove
   */
  boolean removeLedger(String stream);

  /**
   * How many rows of each table, by its name at the source, the ledgers of all streams keep because
   * the target cannot hold them.
   */
  Map<TableId, Long> deadLetters();
}
