package io.tidemark.database;

/**
 * A place in the source's log between two transactions: which ones lie at or before it.
 *
 * <p>A value: implementations have {@code equals}, and print and parse round-trip ({@link
 * PositionFormat}).
 */
public interface LogPosition {

  /** Whether everything at or before {@code other} is at or before this one too. */
  boolean covers(LogPosition other);

  /** The form that {@link PositionFormat#logPosition} reads. */
  String print();
}
