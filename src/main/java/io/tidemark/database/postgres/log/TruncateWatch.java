package io.tidemark.database.postgres.log;

import io.tidemark.database.postgres.position.PostgresLsn;
import io.tidemark.database.postgres.position.PostgresXid;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.schema.TableId;
import io.tidemark.settings.SchemaChanges;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Whether a partitioned table whose leaves were all truncated at once was truncated as a whole. The
 * catalog looks the same where each of them was truncated by its own name (that of a table with one
 * partition, above all), and the log does not: it tells of the table's TRUNCATE, in the transaction
 * that the catalog names, and of none of a partition. So, once the log has been read up to what the
 * catalog was seen at, there has to have been one. (What was done inside of a savepoint has an id
 * of its own in the catalog, later than the transaction's, which is all that the log has: there,
 * one that has committed since the look before is enough.)
 *
 * <p>Borrows the connection; used by one thread.
 */
final class TruncateWatch {

  /** How many of a table's truncates are kept that a look has not asked for. */
  private static final int MOST_NOTED = 100;

  /**
   * @param writer the transaction that has truncated all leaves, by the lower half of its id
   * @param since where the log was before they had been
   * @param seen up to where the log has to be read to know
   */
  private record Doubt(TableId table, long writer, PostgresLsn since, PostgresLsn seen) {}

  /** A truncate in the log: by which transaction, and where that has committed. */
  private record Logged(long xid, PostgresLsn commit) {

    private boolean explains(Doubt doubt) {
      return xid == doubt.writer()
          || commit.compareTo(doubt.since()) > 0 && (int) (doubt.writer() - xid) > 0;
    }
  }

  private final PostgresQueries queries;
  private final SchemaChanges changes;
  private final Map<Long, TableId> roots;
  private final Map<TableId, Deque<Logged>> logged = new HashMap<>();
  private final Map<Long, Doubt> doubts = new TreeMap<>();
  private Partitions partitions;
  private PostgresLsn since;

  /**
   * Looks for the first time.
   *
   * @param roots partitioned tables by their object ids
   */
  TruncateWatch(PostgresQueries queries, Map<Long, TableId> roots, SchemaChanges changes) {
    this.queries = queries;
    this.roots = Map.copyOf(roots);
    this.changes = changes;
    this.since = end();
    this.partitions = read();
  }

  private Partitions read() {
    return Partitions.read(queries, roots.keySet().toArray(Long[]::new));
  }

  /**
   * The log tells that a table was truncated as a whole.
   *
   * @param commit where the transaction has committed
   */
  void truncated(TableId table, PostgresXid xid, PostgresLsn commit) {
    Deque<Logged> noted = logged.computeIfAbsent(table, none -> new ArrayDeque<>());
    noted.add(new Logged(xid.value() & 0xFFFF_FFFFL, commit));
    if (noted.size() > MOST_NOTED) {
      noted.remove();
    }
  }

  /** The same, by the table's object id; of one that is not partitioned it does not matter. */
  void truncated(long relation, PostgresXid xid, PostgresLsn commit) {
    TableId table = roots.get(relation);
    if (table != null) {
      truncated(table, xid, commit);
    }
  }

  /** Looks whether all leaves of a table have been truncated since the last look. */
  void look() {
    if (roots.isEmpty()) {
      return;
    }
    PostgresLsn before = end();
    Partitions now = read();
    roots.forEach(
        (root, table) ->
            now.truncatedSince(partitions, root)
                .map(Long::valueOf)
                .ifPresent(writer -> doubts.put(root, new Doubt(table, writer, since, end()))));
    partitions = now;
    since = before;
  }

  /** Whether the log has to be read further to know. */
  boolean isInDoubt() {
    return !doubts.isEmpty();
  }

  /** Up to where the log goes now. */
  PostgresLsn end() {
    return queries.one(
        "asking for the end of the log",
        "SELECT pg_catalog.pg_current_wal_insert_lsn()::text",
        row -> PostgresLsn.parse(row.getString(1)));
  }

  /**
   * The log has been read up to here.
   *
   * @throws io.tidemark.database.DatabaseException fatal, unless such changes are ignored, if all
   *     leaves of a table have been truncated before it, and the table has not
   */
  void read(PostgresLsn covered) {
    Iterator<Doubt> open = doubts.values().iterator();
    while (open.hasNext()) {
      Doubt doubt = open.next();
      if (Optional.ofNullable(logged.get(doubt.table()))
          .filter(noted -> noted.stream().anyMatch(truncate -> truncate.explains(doubt)))
          .isPresent()) {
        open.remove();
      } else if (covered.compareTo(doubt.seen()) >= 0) {
        open.remove();
        Publication.unlogged(
            "all partitions of table "
                + doubt.table()
                + " were truncated by their own names, and the table was not",
            changes);
      }
    }
  }
}
