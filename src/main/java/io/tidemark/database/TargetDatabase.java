package io.tidemark.database;

import java.io.Serializable;
import java.sql.Connection;

/**
 * A database that is copied to. Immutable and serializable; holds no connection. May throw {@link
 * DatabaseException}.
 */
public interface TargetDatabase extends Serializable {

  /**
   * A plain connection for the ledger and for checks: auto-commit off, READ COMMITTED, named after
   * {@code session} where the server shows names.
   */
  Connection connect(String session);

  /**
   * A connection that writes replicated data: constraints between rows are not checked and triggers
   * do not fire, because the source has done both.
   */
  TargetWriter openWriter(String session);

  /**
   * Ends the sessions whose name starts with {@code sessionPrefix}, other than this caller's and
   * those that {@code sessionToKeep} is a prefix of. For writers that were given up for dead.
   *
   * @return how many were ended
   */
  int expelSessions(String sessionPrefix, String sessionToKeep);

  /** The statements in which this database's SQL differs where the ledger needs it. */
  LedgerDialect ledgerDialect();
}
