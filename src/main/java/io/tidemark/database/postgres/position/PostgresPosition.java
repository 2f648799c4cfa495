package io.tidemark.database.postgres.position;

import io.tidemark.database.LogPosition;
import java.util.List;
import java.util.Optional;

/**
 * A place in the log behind every transaction whose commit record ends at or before it, and what
 * tells the history in which it lies from another one of the same server. The latter is no part of
 * the position's identity.
 *
 * @param last the last commit that was delivered at or before the place; empty if none was yet
 * @param ahead what was left in the log behind the place, and must be found there
 */
public record PostgresPosition(PostgresLsn lsn, Optional<CommitMark> last, List<MessageMark> ahead)
    implements LogPosition {

  private static final char BEFORE_LAST = '@';
  private static final char BEFORE_AHEAD = '+';

  public PostgresPosition {
    ahead = List.copyOf(ahead);
  }

  /** A place of which nothing else is known. */
  public PostgresPosition(PostgresLsn lsn) {
    this(lsn, Optional.empty(), List.of());
  }

  /**
   * @param printed what {@link #print} made
   * @throws IllegalArgumentException if it is malformed
   */
  static PostgresPosition parse(String printed) {
    int plus = printed.indexOf(BEFORE_AHEAD);
    String place = plus < 0 ? printed : printed.substring(0, plus);
    int at = place.indexOf(BEFORE_LAST);
    try {
      return new PostgresPosition(
          PostgresLsn.parse(at < 0 ? place : place.substring(0, at)),
          at < 0 ? Optional.empty() : Optional.of(CommitMark.parse(place.substring(at + 1))),
          plus < 0 ? List.of() : MessageMark.parse(printed.substring(plus + 1)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "not a position in the log: '"
              + PostgresPositions.shown(printed)
              + "': "
              + e.getMessage(),
          e);
    }
  }

  /** From where the log must be kept, so that the last commit can be found in it again. */
  public PostgresLsn needed() {
    return last.map(CommitMark::start).orElse(lsn);
  }

  /** The same place, where other messages are to be found behind it. */
  public PostgresPosition withAhead(List<MessageMark> marks) {
    return new PostgresPosition(lsn, last, marks);
  }

  @Override
  public boolean covers(LogPosition other) {
    return lsn.compareTo(((PostgresPosition) other).lsn) >= 0;
  }

  @Override
  public String print() {
    return lsn.print()
        + last.map(mark -> BEFORE_LAST + mark.print()).orElse("")
        + (ahead.isEmpty() ? "" : BEFORE_AHEAD + MessageMark.print(ahead));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PostgresPosition position && lsn.equals(position.lsn);
  }

  @Override
  public int hashCode() {
    return lsn.hashCode();
  }

  @Override
  public String toString() {
    return print();
  }
}
