package io.tidemark.database.mysql.position;

import io.tidemark.database.TransactionId;
import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A place in a MariaDB log: of each domain the last transaction (MariaDB documentation, "Global
 * Transaction ID": {@code gtid_binlog_pos}). It stands for all transactions up to there, which is
 * exact because within a domain the log's sequence numbers ascend; the log reader refuses a log in
 * which they do not.
 *
 * <p>Two that differ in servers only are not equal, but contain each other. Immutable.
 */
public final class MariaDbGtidList implements ExecutedSet {

  private static final int MAXIMUM_LENGTH = 1 << 20;

  /** The start of the log: no transaction of any domain. */
  public static final MariaDbGtidList EMPTY = new MariaDbGtidList(new TreeMap<>());

  private final SortedMap<Long, MariaDbGtid> last;

  private MariaDbGtidList(SortedMap<Long, MariaDbGtid> last) {
    this.last = last;
  }

  /**
   * Reads {@code 0-1-100,1-2-7}; the empty text is the place before everything.
   *
   * @throws IllegalArgumentException if it is malformed or names a domain twice
   */
  public static MariaDbGtidList parse(String printed) {
    if (printed.length() > MAXIMUM_LENGTH) {
      throw new IllegalArgumentException(
          "not a MariaDB GTID position: a text of " + printed.length() + " characters");
    }
    SortedMap<Long, MariaDbGtid> last = new TreeMap<>();
    if (!printed.isBlank()) {
      for (String part : printed.split(",", -1)) {
        MariaDbGtid gtid = MariaDbGtid.parse(part);
        if (last.put(gtid.domain(), gtid) != null) {
          throw new IllegalArgumentException(
              "a MariaDB GTID position names domain " + gtid.domain() + " twice");
        }
      }
    }
    return new MariaDbGtidList(last);
  }

  /** The last transaction of each domain. */
  Collection<MariaDbGtid> gtids() {
    return last.values();
  }

  boolean isEmpty() {
    return last.isEmpty();
  }

  @Override
  public boolean contains(TransactionId transaction) {
    if (!(transaction instanceof MariaDbGtid gtid)) {
      throw new IllegalArgumentException(
          transaction.print() + " is not the GTID of a MariaDB server");
    }
    MariaDbGtid reached = last.get(gtid.domain());
    return reached != null && Long.compareUnsigned(gtid.sequence(), reached.sequence()) <= 0;
  }

  @Override
  public boolean containsAll(ExecutedSet other) {
    if (!(other instanceof MariaDbGtidList list)) {
      throw new IllegalArgumentException(
          other.print() + " is not the GTID position of a MariaDB server");
    }
    return list.last.values().stream().allMatch(this::contains);
  }

  @Override
  public MariaDbGtidList plus(TransactionId transaction) {
    if (contains(transaction)) {
      return this;
    }
    MariaDbGtid gtid = (MariaDbGtid) transaction;
    SortedMap<Long, MariaDbGtid> grown = new TreeMap<>(last);
    grown.put(gtid.domain(), gtid);
    return new MariaDbGtidList(grown);
  }

  /** The larger of both in every domain. */
  MariaDbGtidList union(MariaDbGtidList other) {
    MariaDbGtidList sum = this;
    for (Map.Entry<Long, MariaDbGtid> entry : other.last.entrySet()) {
      sum = sum.plus(entry.getValue());
    }
    return sum;
  }

  @Override
  public String print() {
    return last.values().stream().map(MariaDbGtid::print).collect(Collectors.joining(","));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MariaDbGtidList list && last.equals(list.last);
  }

  @Override
  public int hashCode() {
    return last.hashCode();
  }

  @Override
  public String toString() {
    return print();
  }
}
