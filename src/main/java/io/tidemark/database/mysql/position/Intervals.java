package io.tidemark.database.mysql.position;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Numbers as ascending intervals with a gap between any two. Immutable; adding the next number, as
 * a log does all the time, costs a copy of the ends.
 */
final class Intervals {

  static final Intervals NONE = new Intervals(new long[0]);

  /** First and last number of each interval, both included. */
  private final long[] ends;

  private Intervals(long[] ends) {
    this.ends = ends;
  }

  int count() {
    return ends.length / 2;
  }

  long from(int interval) {
    return ends[2 * interval];
  }

  long to(int interval) {
    return ends[2 * interval + 1];
  }

  boolean contains(long number) {
    int place = lastStartingAtOrBefore(number);
    return place >= 0 && number <= to(place);
  }

  boolean containsAll(Intervals other) {
    for (int i = 0; i < other.count(); i++) {
      int place = lastStartingAtOrBefore(other.from(i));
      if (place < 0 || other.to(i) > to(place)) {
        return false;
      }
    }
    return true;
  }

  /** -1 if all of them start later. */
  private int lastStartingAtOrBefore(long number) {
    int low = 0;
    int high = count() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (from(middle) <= number) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return high;
  }

  Intervals plus(long number) {
    if (contains(number)) {
      return this;
    }
    int last = count() - 1;
    if (last >= 0 && to(last) + 1 == number) {
      long[] grown = ends.clone();
      grown[grown.length - 1] = number;
      return new Intervals(grown);
    }
    return union(new Intervals(new long[] {number, number}));
  }

  Intervals union(Intervals other) {
    Builder builder = new Builder();
    builder.addAll(this);
    builder.addAll(other);
    return builder.build();
  }

  Intervals subtract(Intervals other) {
    Builder builder = new Builder();
    int next = 0;
    for (int i = 0; i < count(); i++) {
      long from = from(i);
      long to = to(i);
      while (next < other.count() && other.to(next) < from) {
        next++;
      }
      for (int j = next; j < other.count() && other.from(j) <= to && from <= to; j++) {
        if (other.from(j) > from) {
          builder.add(from, other.from(j) - 1);
        }
        from = other.to(j) + 1;
      }
      if (from <= to) {
        builder.add(from, to);
      }
    }
    return builder.build();
  }

  void print(StringBuilder printed) {
    for (int i = 0; i < count(); i++) {
      printed.append(':').append(from(i));
      if (to(i) > from(i)) {
        printed.append('-').append(to(i));
      }
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Intervals intervals && Arrays.equals(ends, intervals.ends);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(ends);
  }

  /** Collects intervals in any order, overlapping or not. Used by one thread. */
  static final class Builder {
    private record Interval(long from, long to) {}

    private final List<Interval> added = new ArrayList<>();

    /**
     * @throws IllegalArgumentException if the ends are not in order or out of range
     */
    void add(long from, long to) {
      if (from < 1 || to < from || to > Gtid.MAXIMUM) {
        throw new IllegalArgumentException(
            from + "-" + to + " is not an interval of numbers from 1 to " + Gtid.MAXIMUM);
      }
      added.add(new Interval(from, to));
    }

    private void addAll(Intervals intervals) {
      for (int i = 0; i < intervals.count(); i++) {
        added.add(new Interval(intervals.from(i), intervals.to(i)));
      }
    }

    Intervals build() {
      added.sort(Comparator.comparingLong(Interval::from));
      long[] ends = new long[2 * added.size()];
      int size = 0;
      for (Interval interval : added) {
        if (size > 0 && interval.from() <= ends[size - 1] + 1) {
          ends[size - 1] = Math.max(ends[size - 1], interval.to());
        } else {
          ends[size++] = interval.from();
          ends[size++] = interval.to();
        }
      }
      return new Intervals(Arrays.copyOf(ends, size));
    }
  }
}
