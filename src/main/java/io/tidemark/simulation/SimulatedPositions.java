package io.tidemark.simulation;

import io.tidemark.database.Inclusion;
import io.tidemark.database.LogPosition;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.TransactionId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The positions of the simulated source: transactions are numbered in the order in which they
 * begin, places in the log in the order in which they commit.
 */
final class SimulatedPositions implements PositionFormat {

  private static final long serialVersionUID = 1L;

  /** All that were printed: what is printed of one is its place in here. */
  private final transient List<Snapshot> printed = new ArrayList<>();

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

  /** What a read contains, and what is known of it. */
  final class Snapshot implements SnapshotPosition {
    private final BitSet included;
    private final BitSet lower;
    private final BitSet upper;
    private final int passedAt;
    private int number = -1;

    /**
     * @param included the truth
     * @param lower what it is known to contain
     * @param upper what it is not known not to contain
     * @param passedAt every transaction of {@code upper} lies at or before it
     */
    Snapshot(BitSet included, BitSet lower, BitSet upper, int passedAt) {
      this.included = included;
      this.lower = lower;
      this.upper = upper;
      this.passedAt = passedAt;
    }

    BitSet included() {
      return included;
    }

    BitSet lower() {
      return lower;
    }

    BitSet upper() {
      return upper;
    }

    int passedAt() {
      return passedAt;
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
      if (number < 0) {
        number = printed.size();
        printed.add(this);
      }
      return Integer.toString(number);
    }

    @Override
    public String toString() {
      return lower.equals(upper)
          ? "S" + included + "@" + passedAt
          : "S" + included + " between " + lower + " and " + upper + "@" + passedAt;
    }
  }

  /** A read of which all is known. */
  Snapshot snapshot(BitSet included, int passedAt) {
    return new Snapshot(included, included, included, passedAt);
  }

  @Override
  public LogPosition logPosition(String printed) {
    return new At(Integer.parseInt(printed));
  }

  @Override
  public Snapshot snapshotPosition(String text) {
    return printed.get(Integer.parseInt(text));
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
