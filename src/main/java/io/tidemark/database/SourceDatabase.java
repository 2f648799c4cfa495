package io.tidemark.database;

import io.tidemark.schema.Table;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/**
 * A database that is copied from, and the stream's part of its configuration (which tables, which
 * columns, which rows). Immutable and serializable; holds no connection.
 *
 * <p>What it opens is used by one thread at a time and closed by whoever opened it. All of it may
 * throw {@link DatabaseException}. Sessions carry the stream's name and epoch where the server
 * shows them, so that a newer epoch can tell and end those of an older one.
 */
public interface SourceDatabase extends Serializable {

  PositionFormat positions();

  /** The coordinator's connection. */
  SourceControl openControl(long epoch);

  /**
   * Opens a consistent read.
   *
   * @param shared the name of a shared snapshot to read from; empty to take one of its own
   */
  SnapshotSession openSession(long epoch, Optional<String> shared);

  /** The log reader's connection for look-ups. */
  SourceLookup openLookup(long epoch, List<Table> tables);

  /**
   * Opens the log after {@code from}: the first transaction delivered is the first that does not
   * lie at or before it.
   */
  LogReader openLog(long epoch, LogPosition from, List<Table> tables);
}
