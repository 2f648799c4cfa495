package io.tidemark.simulation;

import io.tidemark.database.LogPosition;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.TransactionId;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The positions of the simulated source: transactions are numbered in the order in which they
 * begin, places in the log in the order in which they commit.
 */
final class SimulatedPositions implements PositionFormat {

  private static final long serialVersionUID = 1L;

  /** Parsing is most of a restart's cost, and there are few different snapshots. */
  private final transient Map<String, SnapshotPosition> parsed = new HashMap<>();

  record Id(int number) implements TransactionId {
    @Override
    public String print() {
      return "T" + number;
    }
  }

  record At(int place) implements LogPosition {
    @Override
    public boolean covers(LogPosition other) {
      return ((At) other).place <= place;
    }

    @Override
    public String print() {
      return Integer.toString(place);
    }
  }

  /**
   * @param passedAt every included transaction lies at or before it
   */
  record Snapshot(BitSet included, int passedAt) implements SnapshotPosition {
    @Override
    public boolean includes(TransactionId transaction) {
      return included.get(((Id) transaction).number());
    }

    @Override
    public boolean isPassedBy(LogPosition position) {
      return ((At) position).place() >= passedAt;
    }

    @Override
    public String print() {
      StringBuilder printed = new StringBuilder();
      for (long word : included.toLongArray()) {
        printed.append(Long.toHexString(word)).append('.');
      }
      return printed.append('@').append(passedAt).toString();
    }

    @Override
    public String toString() {
      return "S" + included + "@" + passedAt;
    }
  }

  @Override
  public LogPosition logPosition(String printed) {
    return new At(Integer.parseInt(printed));
  }

  @Override
  public SnapshotPosition snapshotPosition(String printed) {
    return parsed.computeIfAbsent(printed, SimulatedPositions::parse);
  }

  private static Snapshot parse(String printed) {
    int at = printed.indexOf('@');
    long[] words =
        Arrays.stream(printed.substring(0, at).split("\\."))
            .filter(word -> !word.isEmpty())
            .mapToLong(word -> Long.parseUnsignedLong(word, 16))
            .toArray();
    return new Snapshot(BitSet.valueOf(words), Integer.parseInt(printed.substring(at + 1)));
  }

  @Override
  public String printTransactions(Set<? extends TransactionId> transactions) {
    return transactions.stream()
        .map(transaction -> Integer.toString(((Id) transaction).number()))
        .sorted()
        .collect(Collectors.joining(","));
  }

  @Override
  public Set<TransactionId> transactions(String printed) {
    return printed.isEmpty()
        ? Set.of()
        : Arrays.stream(printed.split(","))
            .map(number -> new Id(Integer.parseInt(number)))
            .collect(Collectors.toUnmodifiableSet());
  }
}
