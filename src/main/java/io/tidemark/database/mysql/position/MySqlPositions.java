package io.tidemark.database.mysql.position;

import io.tidemark.database.LogPosition;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.TransactionId;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Prints and reads the positions of MySQL and MariaDB. Each says in whose terms it is: {@code
 * mysql:uuid:1-5}, {@code mariadb:0-1-100}, {@code file:binlog.000003:1234}; a log position may
 * have the place in the files behind an {@code @} and a mark behind two, and a snapshot position
 * may be two sets, {@code mysql:uuid:1-5..mysql:uuid:1-9}.
 */
public record MySqlPositions() implements PositionFormat {

  private static final long serialVersionUID = 1L;

  /** Between the two sets of a snapshot that is known within bounds only. */
  static final String BOUNDS = "..";

  /** Before the mark of a log position; no file's name has it. */
  static final String MARK = "@@";

  private static final String MYSQL = "mysql:";
  private static final String MARIADB = "mariadb:";
  private static final String FILE = "file:";

  /** More transactions than a server has on their way at once; a larger set is a mistake. */
  private static final long MAXIMUM_TRANSACTIONS = 1_000_000;

  static String print(ExecutedSet executed) {
    if (executed instanceof GtidSet) {
      return MYSQL + executed.print();
    }
    return (executed instanceof MariaDbGtidList ? MARIADB : FILE) + executed.print();
  }

  private static ExecutedSet executed(String printed) {
    if (printed.startsWith(MYSQL)) {
      return GtidSet.parse(printed.substring(MYSQL.length()));
    }
    if (printed.startsWith(MARIADB)) {
      return MariaDbGtidList.parse(printed.substring(MARIADB.length()));
    }
    if (printed.startsWith(FILE)) {
      return BinlogPlace.parse(printed.substring(FILE.length()));
    }
    throw new IllegalArgumentException(
        "not a position of MySQL or MariaDB: '"
            + (printed.length() <= 200 ? printed : printed.substring(0, 200) + "…")
            + "'");
  }

  @Override
  public LogPosition logPosition(String printed) {
    int marks = printed.indexOf(MARK);
    String position = marks < 0 ? printed : printed.substring(0, marks);
    int at = position.lastIndexOf('@');
    return new BinlogPosition(
        executed(at < 0 ? position : position.substring(0, at)),
        at < 0 ? Optional.empty() : Optional.of(place(position.substring(at + 1))),
        marks < 0
            ? Optional.empty()
            : Optional.of(LogMark.parse(printed.substring(marks + MARK.length()))));
  }

  /**
   * A place in the files of a log.
   *
   * @param printed {@code file:offset}
   * @throws IllegalArgumentException if it is malformed
   */
  public static BinlogPlace place(String printed) {
    return BinlogPlace.parse(printed);
  }

  @Override
  public SnapshotPosition snapshotPosition(String printed) {
    int bounds = printed.startsWith(MYSQL) ? printed.indexOf(BOUNDS) : -1;
    return bounds < 0
        ? new MySqlSnapshotPosition(executed(printed))
        : new MySqlSnapshotPosition(
            executed(printed.substring(0, bounds)),
            executed(printed.substring(bounds + BOUNDS.length())));
  }

  @Override
  public String printTransactions(Set<? extends TransactionId> transactions) {
    if (transactions.isEmpty()) {
      return "";
    }
    TransactionId first = transactions.iterator().next();
    if (first instanceof Gtid) {
      GtidSet.Builder set = new GtidSet.Builder();
      for (TransactionId transaction : transactions) {
        Gtid gtid = (Gtid) transaction;
        set.add(new GtidSet.Origin(gtid.source(), gtid.tag()), gtid.number(), gtid.number());
      }
      return MYSQL + set.build().print();
    }
    String prefix = first instanceof MariaDbGtid ? MARIADB : FILE;
    return transactions.stream()
        .map(TransactionId::print)
        .sorted()
        .collect(Collectors.joining(",", prefix, ""));
  }

  @Override
  public Set<TransactionId> transactions(String printed) {
    if (printed.isEmpty()) {
      return new LinkedHashSet<>();
    }
    if (printed.startsWith(MYSQL)) {
      return gtids(GtidSet.parse(printed.substring(MYSQL.length())));
    }
    if (printed.startsWith(MARIADB)) {
      return list(printed.substring(MARIADB.length()), MariaDbGtid::parse);
    }
    if (printed.startsWith(FILE)) {
      return list(printed.substring(FILE.length()), BinlogPlace::parse);
    }
    throw new IllegalArgumentException(
        "not a set of transactions of MySQL or MariaDB: '"
            + (printed.length() <= 200 ? printed : printed.substring(0, 200) + "…")
            + "'");
  }

  private static Set<TransactionId> gtids(GtidSet set) {
    if (set.size() > MAXIMUM_TRANSACTIONS) {
      throw new IllegalArgumentException("too many transactions: " + set.size());
    }
    Set<TransactionId> gtids = new LinkedHashSet<>();
    for (GtidSet.Origin origin : set.origins()) {
      set.forEachInterval(
          origin,
          (from, to) -> {
            for (long number = from; number <= to; number++) {
              gtids.add(new Gtid(origin.source(), origin.tag(), number));
            }
          });
    }
    return gtids;
  }

  private static Set<TransactionId> list(
      String printed, Function<String, ? extends TransactionId> parse) {
    Set<TransactionId> transactions = new LinkedHashSet<>();
    for (String part : printed.split(",", -1)) {
      transactions.add(parse.apply(part));
    }
    return transactions;
  }
}
