package io.tidemark.database.postgres.log;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.postgres.position.CommitMark;
import io.tidemark.database.postgres.position.MessageMark;
import io.tidemark.database.postgres.position.PostgresLsn;
import io.tidemark.database.postgres.position.PostgresPosition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether the log that is read now is the one that was read before. A server whose data were set
 * back (a copied data directory, a restored volume, a standby that was promoted before it had
 * everything) writes a second history over the same places and transaction ids, and nothing in its
 * catalog tells the two apart.
 *
 * <p>So the log is read from the start of the last commit record that is known, which must be the
 * first that comes, and must be that record. What follows up to the position had nothing for the
 * stream, and must have nothing again. Behind it lie messages of which each has to be met before
 * its place is passed. Used by one thread.
 */
final class LogHistory {

  private final PostgresPosition from;
  private final String slot;
  private final List<MessageMark> ahead;
  private boolean found;
  private Optional<CommitMark> last;
  private @Nullable CommitMark open;

  /**
   * @param from behind which the stream goes on
   * @param slot for messages
   */
  LogHistory(PostgresPosition from, String slot) {
    this.from = from;
    this.slot = slot;
    this.ahead = new ArrayList<>(from.ahead());
    this.last = from.last();
    this.found = from.last().isEmpty();
  }

  /** Whether the record that was read last has been found again. */
  boolean isFound() {
    return found;
  }

  /** A transaction comes. */
  void begin(PgOutputMessage.Begin begin) {
    CommitMark mark =
        CommitMark.of(new PostgresLsn(begin.finalLsn()), begin.xid(), begin.committedAt());
    if (!found) {
      if (!from.last().equals(Optional.of(mark))) {
        throw another("the log has " + mark + " where this stream read " + from.needed());
      }
      found = true;
    }
    open = mark;
  }

  /** Whether the transaction that came lies at or before the position, where all was read. */
  boolean isRead() {
    CommitMark mark = open;
    return mark != null && mark.start().compareTo(from.lsn()) < 0;
  }

  /** A change comes of a transaction that {@link #isRead}. */
  void changeOfRead() {
    if (!from.last().equals(Optional.ofNullable(open))) {
      throw another("the log has transaction " + open + ", which was not there before");
    }
  }

  /** A message comes. */
  void emitted(PgOutputMessage.Emitted message) {
    ahead.removeIf(mark -> mark.token().equals(message.content()));
  }

  /** The transaction that came is complete. */
  PostgresPosition commit(PostgresLsn end) {
    last = Optional.ofNullable(open);
    open = null;
    return position(end);
  }

  /**
   * Everything that commits at or before {@code lsn} has come.
   *
   * @throws DatabaseException fatal, if what must lie there has not
   */
  PostgresPosition position(PostgresLsn lsn) {
    if (!found && lsn.compareTo(from.lsn()) >= 0) {
      throw another("the log has no commit at " + from.needed());
    }
    for (MessageMark mark : ahead) {
      if (mark.before().compareTo(lsn) <= 0) {
        throw another("the log lacks what was left in it before " + mark.before());
      }
    }
    return new PostgresPosition(lsn, last, ahead);
  }

  private DatabaseException another(String detail) {
    return new DatabaseException(
        Kind.FATAL,
        "the source's log (replication slot "
            + slot
            + ") is not the one that this stream has read up to "
            + from.lsn()
            + ": "
            + detail
            + ". The server was set back and has gone on from there: a copied data directory, a"
            + " restored volume, or a standby that was promoted before it had everything. What the"
            + " target has and the source has lost is not in the log. Point the job back at the"
            + " server that has it; or drop the stream with ./tidemark drop and copy again");
  }
}
