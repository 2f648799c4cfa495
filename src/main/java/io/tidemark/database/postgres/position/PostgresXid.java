package io.tidemark.database.postgres.position;

import io.tidemark.database.TransactionId;

/**
 * The id of a top-level transaction with its epoch ({@code xid8}), which never comes back.
 *
 * @param value 64 bits, unsigned; ids below 3 are never given to a transaction
 */
public record PostgresXid(long value) implements TransactionId, Comparable<PostgresXid> {

  private static final long FIRST = 3;

  /**
   * @throws IllegalArgumentException if it is below 3, which no transaction has
   */
  public PostgresXid {
    if (Long.compareUnsigned(value, FIRST) < 0) {
      throw new IllegalArgumentException(
          Long.toUnsignedString(value) + " is not the id of a transaction");
    }
  }

  /**
   * @throws IllegalArgumentException if {@code printed} is not an id
   */
  public static PostgresXid parse(String printed) {
    if (!printed.matches("[1-9][0-9]{0,19}|0")) {
      throw new IllegalArgumentException(
          "not a transaction id: '" + PostgresPositions.shown(printed) + "'");
    }
    try {
      return new PostgresXid(Long.parseUnsignedLong(printed));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "not a transaction id: '" + PostgresPositions.shown(printed) + "'", e);
    }
  }

  /**
   * The id whose lower 32 bits are {@code low} and that is nearest to this one. The log writes ids
   * without their epoch; ids in use at the same time are less than 2^31 apart (PostgreSQL manual,
   * 24.1.5).
   */
  public PostgresXid nearest(int low) {
    return new PostgresXid(value + (low - (int) value));
  }

  /** The id after this one, whether or not a transaction has it yet. */
  public PostgresXid next() {
    return new PostgresXid(value + 1);
  }

  @Override
  public int compareTo(PostgresXid other) {
    return Long.compareUnsigned(value, other.value);
  }

  @Override
  public String print() {
    return Long.toUnsignedString(value);
  }

  @Override
  public String toString() {
    return print();
  }
}
