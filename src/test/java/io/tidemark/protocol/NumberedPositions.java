package io.tidemark.protocol;

import io.tidemark.database.Inclusion;
import io.tidemark.database.LogPosition;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.TransactionId;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/** Positions for tests: transaction {@code n} is logged at place {@code n}. */
record NumberedPositions() implements PositionFormat {

  private static final long serialVersionUID = 1L;

  record Id(int number) implements TransactionId {
    @Override
    public String print() {
      return Integer.toString(number);
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

  record Snapshot(Set<Integer> included) implements SnapshotPosition {
    static Snapshot of(Integer... included) {
      return new Snapshot(Set.of(included));
    }

    @Override
    public boolean includes(TransactionId transaction) {
      return included.contains(((Id) transaction).number());
    }

    @Override
    public boolean isPassedBy(LogPosition position) {
      return included.stream().allMatch(number -> number <= ((At) position).place());
    }

    @Override
    public String print() {
      return included.stream().sorted().map(String::valueOf).collect(Collectors.joining(","));
    }
  }

  /** A snapshot that has all of one set and nothing outside of another. */
  record Bounds(Set<Integer> lower, Set<Integer> upper) implements SnapshotPosition {
    @Override
    public boolean includes(TransactionId transaction) {
      return lower.contains(((Id) transaction).number());
    }

    @Override
    public Inclusion inclusion(TransactionId transaction) {
      return includes(transaction)
          ? Inclusion.YES
          : upper.contains(((Id) transaction).number()) ? Inclusion.MAYBE : Inclusion.NO;
    }

    @Override
    public boolean isPassedBy(LogPosition position) {
      return new Snapshot(upper).isPassedBy(position);
    }

    @Override
    public String print() {
      return new Snapshot(lower).print() + ".." + new Snapshot(upper).print();
    }
  }

  @Override
  public LogPosition logPosition(String printed) {
    return new At(Integer.parseInt(printed));
  }

  @Override
  public SnapshotPosition snapshotPosition(String printed) {
    return new Snapshot(numbers(printed));
  }

  @Override
  public String printTransactions(Set<? extends TransactionId> transactions) {
    return transactions.stream()
        .map(TransactionId::print)
        .sorted()
        .collect(Collectors.joining(","));
  }

  @Override
  public Set<TransactionId> transactions(String printed) {
    return numbers(printed).stream().map(Id::new).collect(Collectors.toSet());
  }

  private static Set<Integer> numbers(String printed) {
    return printed.isEmpty()
        ? Set.of()
        : Arrays.stream(printed.split(",")).map(Integer::valueOf).collect(Collectors.toSet());
  }
}
