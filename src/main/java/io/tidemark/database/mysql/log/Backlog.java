package io.tidemark.database.mysql.log;

import io.tidemark.database.mysql.position.BinlogPlace;
import io.tidemark.database.mysql.position.BinlogPosition;
import java.util.Optional;

/**
 * The part of the log that was there when the catalog was read. Rows in it that do not name their
 * columns are read by what the catalog says, which is as of its end: this is right only if no table
 * was altered within it.
 */
interface Backlog {

  /** One in which nothing was altered. */
  Backlog UNALTERED = (from, at) -> {};

  /**
   * Called before such a row is read.
   *
   * @param from behind which the log has not been processed yet
   * @param at where the log is read now; empty if that is not known
   * @throws io.tidemark.database.DatabaseException fatal, if a table was altered from there on;
   *     retryable, if the log cannot be read
   */
  void requireUnaltered(BinlogPosition from, Optional<BinlogPlace> at);
}
