package io.tidemark.database.jdbc;

import io.tidemark.database.DatabaseException;
import java.io.Serializable;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * How a target creates and locks the ledger's tables. The rest of the ledger is standard SQL that
 * every vendor takes; a moment is written and read in UTC.
 */
public interface LedgerDialect extends Serializable {

  /**
   * Creates the schema (or database) {@code tidemark} and the tables of version 1 where they are
   * missing; the table {@code streamed} last, as it tells whether all are there.
   */
  List<String> createStatements();

  /** What later versions add, in this order; the table {@code version} last. */
  List<LedgerVersion.Step> steps();

  /** Appended to a SELECT: blocks, and is blocked by, {@link #forShare()} on the same row. */
  String forUpdate();

  /** Appended to a SELECT: lets others share, and keeps {@link #forUpdate()} waiting. */
  String forShare();

  /**
   * A condition on the rows of {@code tidemark.hole} whose {@code key_values} equal one of so many
   * parameters; in a form that an index serves.
   */
  default String keyValuesIn(int keys) {
    return "key_values IN (" + String.join(", ", Collections.nCopies(keys, "?")) + ")";
  }

  /**
   * A query that says whether the target takes names of tables for the same that differ in case
   * only; empty where it never does.
   */
  default Optional<String> caselessNames() {
    return Optional.empty();
  }

  /**
   * Sets how long this session waits for a row lock, in milliseconds. To be run again in every
   * transaction, as a rollback may undo it.
   */
  String lockTimeoutStatement(long millis);

  /**
   * Classifies an error that a statement of the ledger, or a commit, met.
   *
   * @param what what failed, as the start of a sentence
   */
  DatabaseException failure(String what, SQLException error);
}
