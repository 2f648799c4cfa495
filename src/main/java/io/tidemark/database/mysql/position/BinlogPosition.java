package io.tidemark.database.mysql.position;

import io.tidemark.database.LogPosition;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which transactions lie at or before a place in the log, and, as a hint, where that was in the
 * server's files. The hint says how many bytes are left to read; it is no part of the position's
 * identity, because another server of the same group has the same transactions elsewhere. Nor is
 * the mark, by which the log is known again.
 */
public final class BinlogPosition implements LogPosition {

  private final ExecutedSet executed;
  private final @Nullable BinlogPlace place;
  private final @Nullable LogMark mark;

  /**
   * @param place where the last of it ended; a set that is a place itself is taken instead
   * @param mark the last transaction of it
   */
  public BinlogPosition(ExecutedSet executed, Optional<BinlogPlace> place, Optional<LogMark> mark) {
    this.executed = executed;
    this.place = executed instanceof BinlogPlace itself ? itself : place.orElse(null);
    this.mark = mark.orElse(null);
  }

  /**
   * @param place where the last of it ended; a set that is a place itself is taken instead
   */
  public BinlogPosition(ExecutedSet executed, Optional<BinlogPlace> place) {
    this(executed, place, Optional.empty());
  }

  /** Without a hint. */
  public BinlogPosition(ExecutedSet executed) {
    this(executed, Optional.empty());
  }

  /** The transactions at or before it. */
  public ExecutedSet executed() {
    return executed;
  }

  /** Where the last of it ended in the files of the server that delivered it. */
  public Optional<BinlogPlace> place() {
    return Optional.ofNullable(place);
  }

  /** The last transaction that was delivered of it; empty if none was yet. */
  public Optional<LogMark> mark() {
    return Optional.ofNullable(mark);
  }

  @Override
  public boolean covers(LogPosition other) {
    return executed.containsAll(((BinlogPosition) other).executed);
  }

  @Override
  public String print() {
    String printed = MySqlPositions.print(executed);
    String at =
        place == null || executed instanceof BinlogPlace ? printed : printed + "@" + place.print();
    return mark == null ? at : at + MySqlPositions.MARK + mark.print();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof BinlogPosition position && executed.equals(position.executed);
  }

  @Override
  public int hashCode() {
    return executed.hashCode();
  }

  @Override
  public String toString() {
    return print();
  }
}
