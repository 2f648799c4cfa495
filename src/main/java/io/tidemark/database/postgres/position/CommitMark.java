package io.tidemark.database.postgres.position;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A commit record of the log, told from every other one: no second history of a server has at the
 * same place a record of the same transaction with the same time to the microsecond, unless it was
 * copied from the first, with all that lies before it.
 *
 * @param start where the record starts
 * @param xid the lower 32 bits of the transaction's id
 * @param micros when it committed by the server's clock, in microseconds since 1970
 */
public record CommitMark(PostgresLsn start, int xid, long micros) {

  private static final Pattern FORM = Pattern.compile("([0-9A-F/]{3,17}):([0-9]{1,10}):(-?\\d+)");

  /** A commit as the log tells it. */
  public static CommitMark of(PostgresLsn start, int xid, Instant committedAt) {
    return new CommitMark(start, xid, ChronoUnit.MICROS.between(Instant.EPOCH, committedAt));
  }

  /**
   * @param printed what {@link #print} made
   * @throws IllegalArgumentException if it is malformed
   */
  static CommitMark parse(String printed) {
    Matcher matcher = FORM.matcher(printed);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "not a commit's mark: '" + PostgresPositions.shown(printed) + "'");
    }
    return new CommitMark(
        PostgresLsn.parse(matcher.group(1)),
        Integer.parseUnsignedInt(matcher.group(2)),
        Long.parseLong(matcher.group(3)));
  }

  String print() {
    return start.print() + ":" + Integer.toUnsignedString(xid) + ":" + micros;
  }

  @Override
  public String toString() {
    return print();
  }
}
