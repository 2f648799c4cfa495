package io.tidemark.database.postgres.position;

import io.tidemark.database.LogPosition;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.TransactionId;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Prints and reads PostgreSQL's positions. Sets of transactions are ascending ranges: {@code
 * 100-105,107}.
 */
public record PostgresPositions() implements PositionFormat {

  private static final long serialVersionUID = 1L;

  /** More transactions than a server can have open at once; a larger set is a mistake. */
  private static final long MAXIMUM_TRANSACTIONS = 1_000_000;

  private static final int LONGEST_SHOWN = 200;

  /** A text that is not what it should be, cut where it is long; for messages. */
  static String shown(String text) {
    return text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "…";
  }

  @Override
  public LogPosition logPosition(String printed) {
    return PostgresPosition.parse(printed);
  }

  @Override
  public SnapshotPosition snapshotPosition(String printed) {
    return PostgresSnapshot.parse(printed);
  }

  @Override
  public String printTransactions(Set<? extends TransactionId> transactions) {
    List<PostgresXid> sorted = transactions.stream().map(PostgresXid.class::cast).sorted().toList();
    StringBuilder printed = new StringBuilder();
    for (int i = 0; i < sorted.size(); ) {
      int end = i;
      while (end + 1 < sorted.size() && sorted.get(end + 1).equals(sorted.get(end).next())) {
        end++;
      }
      printed.append(i == 0 ? "" : ",").append(sorted.get(i));
      if (end > i) {
        printed.append('-').append(sorted.get(end));
      }
      i = end + 1;
    }
    return printed.toString();
  }

  @Override
  public Set<TransactionId> transactions(String printed) {
    Set<TransactionId> transactions = new LinkedHashSet<>();
    if (printed.isEmpty()) {
      return transactions;
    }
    try {
      PostgresXid last = null;
      for (String range : printed.split(",", -1)) {
        int dash = range.indexOf('-');
        PostgresXid from = PostgresXid.parse(dash < 0 ? range : range.substring(0, dash));
        PostgresXid to = dash < 0 ? from : PostgresXid.parse(range.substring(dash + 1));
        boolean ascending = last == null || last.compareTo(from) < 0;
        if (!ascending || from.compareTo(to) > 0 || (dash >= 0 && from.equals(to))) {
          throw new IllegalArgumentException("the ranges do not ascend at " + shown(range));
        }
        long more = to.value() - from.value();
        if (Long.compareUnsigned(more, MAXIMUM_TRANSACTIONS - transactions.size()) >= 0) {
          throw new IllegalArgumentException("too many transactions");
        }
        for (PostgresXid xid = from; xid.compareTo(to) <= 0; xid = xid.next()) {
          transactions.add(xid);
        }
        last = to;
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "not a set of transactions: '" + shown(printed) + "': " + e.getMessage(), e);
    }
    return transactions;
  }
}
