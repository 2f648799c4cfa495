package io.tidemark.database.postgres.position;

import io.tidemark.database.LogPosition;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.TransactionId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a snapshot contains, as {@code pg_current_snapshot()} tells it (PostgreSQL manual, 9.27.8),
 * and a place in the log that lies behind all of it.
 *
 * @param xmin every transaction below it has ended
 * @param xmax no transaction at or above it had ended
 * @param inProgress those between the two that had not ended, ascending
 * @param passedAt the end of the log, read after the snapshot was taken: a transaction writes its
 *     commit record before it becomes visible, so every included one lies before this place
 */
public record PostgresSnapshot(
    PostgresXid xmin, PostgresXid xmax, List<PostgresXid> inProgress, PostgresLsn passedAt)
    implements SnapshotPosition {

  /**
   * Yields a snapshot and then the end of the log. The functions of one select list are evaluated
   * from left to right, and the snapshot is in any case older than the statement's execution.
   */
  public static final String SELECT =
      "SELECT pg_catalog.pg_current_snapshot()::text, pg_catalog.pg_current_wal_insert_lsn()::text";

  /**
   * @throws IllegalArgumentException if {@code xmin} lies above {@code xmax}, or the list does not
   *     ascend between the two
   */
  public PostgresSnapshot {
    inProgress = List.copyOf(inProgress);
    if (xmin.compareTo(xmax) > 0) {
      throw new IllegalArgumentException("a snapshot's xmin lies above its xmax");
    }
    PostgresXid last = null;
    for (PostgresXid xid : inProgress) {
      boolean ascending = last == null || last.compareTo(xid) < 0;
      if (!ascending || xid.compareTo(xmin) < 0 || xid.compareTo(xmax) >= 0) {
        throw new IllegalArgumentException(
            "transaction " + xid + " is out of place in a snapshot's list");
      }
      last = xid;
    }
  }

  /**
   * @param snapshot {@code xmin:xmax:xip,xip}
   * @throws IllegalArgumentException if it is malformed
   */
  public static PostgresSnapshot of(String snapshot, PostgresLsn passedAt) {
    String[] parts = snapshot.split(":", -1);
    if (parts.length != 3) {
      throw new IllegalArgumentException(
          "not a snapshot: '" + PostgresPositions.shown(snapshot) + "'");
    }
    List<PostgresXid> inProgress = new ArrayList<>();
    if (!parts[2].isEmpty()) {
      for (String xid : parts[2].split(",", -1)) {
        inProgress.add(PostgresXid.parse(xid));
      }
    }
    return new PostgresSnapshot(
        PostgresXid.parse(parts[0]), PostgresXid.parse(parts[1]), inProgress, passedAt);
  }

  /**
   * @param printed what {@link #print} made
   * @throws IllegalArgumentException if it is malformed
   */
  public static PostgresSnapshot parse(String printed) {
    int at = printed.indexOf('@');
    if (at < 0) {
      throw new IllegalArgumentException(
          "not a snapshot position: '" + PostgresPositions.shown(printed) + "'");
    }
    try {
      return of(printed.substring(0, at), PostgresLsn.parse(printed.substring(at + 1)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "not a snapshot position: '" + PostgresPositions.shown(printed) + "': " + e.getMessage(),
          e);
    }
  }

  @Override
  public boolean includes(TransactionId transaction) {
    return includes((PostgresXid) transaction);
  }

  /**
   * Whether the transaction had ended when the snapshot was taken: if it committed, its changes are
   * in the snapshot.
   */
  public boolean includes(PostgresXid xid) {
    if (xid.compareTo(xmin) < 0) {
      return true;
    }
    return xid.compareTo(xmax) < 0 && Collections.binarySearch(inProgress, xid) < 0;
  }

  @Override
  public boolean isPassedBy(LogPosition position) {
    return ((PostgresPosition) position).lsn().compareTo(passedAt) >= 0;
  }

  @Override
  public String print() {
    return inProgress.stream()
        .map(PostgresXid::print)
        .collect(Collectors.joining(",", xmin + ":" + xmax + ":", "@" + passedAt.print()));
  }

  @Override
  public String toString() {
    return print();
  }
}
