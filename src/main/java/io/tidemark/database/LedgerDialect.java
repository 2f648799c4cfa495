package io.tidemark.database;

import java.io.Serializable;
import java.util.List;

/** How a target creates and locks the ledger's tables. The rest of the ledger is standard SQL. */
public interface LedgerDialect extends Serializable {

  /** Creates the schema (or database) {@code tidemark} and its tables where they are missing. */
  List<String> createStatements();

  /** Appended to a SELECT: blocks, and is blocked by, {@link #forShare()} on the same row. */
  String forUpdate();

  /** Appended to a SELECT: lets others share, and keeps {@link #forUpdate()} waiting. */
  String forShare();

  /** Sets how long this session waits for a row lock, in milliseconds. */
  String lockTimeoutStatement(long millis);
}
