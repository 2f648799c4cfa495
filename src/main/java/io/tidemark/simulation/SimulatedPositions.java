package io.tidemark.simulation;

import io.tidemark.database.Inclusion;
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
   * What a read contains, and what is known of it.
   *
   * @param included the truth
   * @param lower what it is known to contain
   * @param upper what it is not known not to contain
   * @param passedAt every transaction of {@code upper} lies at or before it
   */
  record Snapshot(BitSet included, BitSet lower, BitSet upper, int passedAt)
      implements SnapshotPosition {

    /** A read of which all is known. */
    Snapshot(BitSet included, int passedAt) {
      this(included, included, included, passedAt);
    }

    @Override
    public boolean includes(TransactionId transaction) {
      return lower.get(((Id) transaction).number());
    }

    @Override
    public Inclusion inclusion(TransactionId transaction) {
      return includes(transaction)
          ? Inclusion.YES
          : isInDoubt(((Id) transaction).number()) ? Inclusion.MAYBE : Inclusion.NO;
    }

    boolean isInDoubt(int transaction) {
      return upper.get(transaction) && !lower.get(transaction);
    }

    @Override
    public boolean isPassedBy(LogPosition position) {
      return ((At) position).place() >= passedAt;
    }

    @Override
    public String print() {
      String truth = print(included);
      return (lower == included && upper == included
              ? truth
              : truth + "|" + print(lower) + "|" + print(upper))
          + "@"
          + passedAt;
    }

    private static String print(BitSet set) {
      StringBuilder printed = new StringBuilder();
      for (long word : set.toLongArray()) {
        printed.append(Long.toHexString(word)).append('.');
      }
      return printed.toString();
    }

    @Override
    public String toString() {
      return lower.equals(upper)
          ? "S" + included + "@" + passedAt
          : "S" + included + " between " + lower + " and " + upper + "@" + passedAt;
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
    String[] sets = printed.substring(0, at).split("\\|", -1);
    int passedAt = Integer.parseInt(printed.substring(at + 1));
    return sets.length == 1
        ? new Snapshot(set(sets[0]), passedAt)
        : new Snapshot(set(sets[0]), set(sets[1]), set(sets[2]), passedAt);
  }

  private static BitSet set(String printed) {
    return BitSet.valueOf(
        Arrays.stream(printed.split("\\."))
            .filter(word -> !word.isEmpty())
            .mapToLong(word -> Long.parseUnsignedLong(word, 16))
            .toArray());
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
