package io.tidemark.database.postgres.position;

import io.tidemark.database.LogReader;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.postgresql.replication.LogSequenceNumber;

/**
 * A place in the write-ahead log, as PostgreSQL writes it: {@code 16/B374D848}.
 *
 * @param value 64 bits, unsigned; never 0, which PostgreSQL takes for "none"
 */
public record PostgresLsn(long value) implements Comparable<PostgresLsn>, LogReader.Place {

  private static final Pattern FORM = Pattern.compile("([0-9A-F]{1,8})/([0-9A-F]{1,8})");

  /**
   * @throws IllegalArgumentException if it is 0
   */
  public PostgresLsn {
    if (value == 0) {
      throw new IllegalArgumentException("0/0 is not a position in the log");
    }
  }

  /**
   * @throws IllegalArgumentException if {@code printed} is not a position
   */
  public static PostgresLsn parse(String printed) {
    Matcher matcher = FORM.matcher(printed);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "not a log sequence number such as 16/B374D848: '"
              + PostgresPositions.shown(printed)
              + "'");
    }
    long high = Long.parseLong(matcher.group(1), 16);
    return new PostgresLsn(high << 32 | Long.parseLong(matcher.group(2), 16));
  }

  /** The same place as a value of the JDBC driver. */
  public LogSequenceNumber toDriver() {
    return LogSequenceNumber.valueOf(value);
  }

  @Override
  public int compareTo(PostgresLsn other) {
    return Long.compareUnsigned(value, other.value);
  }

  /** The form that {@link #parse} reads. */
  @Override
  public String print() {
    return String.format(Locale.ROOT, "%X/%X", value >>> 32, value & 0xFFFFFFFFL);
  }

  @Override
  public String toString() {
    return print();
  }
}
