package io.tidemark.database.mysql.session;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.Waits;
import io.tidemark.schema.Known;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.StreamNames;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Asks MySQL or MariaDB who blocks the stream's sessions: holders of metadata locks (MySQL manual,
 * 29.12.13.3, "The metadata_locks Table") and of rows (29.12.13.2, "data_lock_waits"; MariaDB
 * documentation, "Information Schema INNODB_LOCK_WAITS Table"). What the account may not see, or
 * the server does not show, is said: that a session waits, and with which privilege or setting it
 * would be seen for whom.
 */
public final class MySqlWaits implements Waits {

  /**
   * Of two locks of one object one may be in the other's way as 10.11.4 and {@code sql/mdl.h} say.
   * One that is waited for itself is in the way of what comes after it.
   */
  private static final String TABLES =
      """
      SELECT DISTINCT r.PROCESSLIST_ID, b.PROCESSLIST_ID, b.PROCESSLIST_USER, b.PROCESSLIST_HOST,
             x.TIMER_WAIT / 1e12, s.EVENT_NAME, lower(o.OBJECT_TYPE),
             concat_ws('.', o.OBJECT_SCHEMA, o.OBJECT_NAME), o.LOCK_STATUS = 'PENDING' AS queued
      FROM performance_schema.metadata_locks AS w
      JOIN performance_schema.threads AS r ON r.THREAD_ID = w.OWNER_THREAD_ID
      JOIN performance_schema.metadata_locks AS o ON o.OBJECT_TYPE = w.OBJECT_TYPE
        AND o.OBJECT_SCHEMA <=> w.OBJECT_SCHEMA AND o.OBJECT_NAME <=> w.OBJECT_NAME
        AND o.OWNER_THREAD_ID <> w.OWNER_THREAD_ID
      JOIN performance_schema.threads AS b ON b.THREAD_ID = o.OWNER_THREAD_ID
      LEFT JOIN performance_schema.events_transactions_current AS x
        ON x.THREAD_ID = b.THREAD_ID AND x.STATE = 'ACTIVE'
      LEFT JOIN performance_schema.events_statements_current AS s
        ON s.THREAD_ID = b.THREAD_ID AND s.NESTING_EVENT_LEVEL = 0
      WHERE w.LOCK_STATUS = 'PENDING' AND r.PROCESSLIST_ID IN ($ours)
        AND b.PROCESSLIST_ID NOT IN ($ours)
        AND CASE
          WHEN w.LOCK_TYPE = 'INTENTION_EXCLUSIVE' THEN o.LOCK_TYPE <> 'INTENTION_EXCLUSIVE'
          WHEN w.LOCK_TYPE LIKE 'SHARED\\_WRITE%' THEN o.LOCK_TYPE NOT IN
            ('SHARED', 'SHARED_HIGH_PRIO', 'SHARED_READ', 'SHARED_WRITE', 'SHARED_WRITE_LOW_PRIO')
          WHEN w.LOCK_TYPE IN ('SHARED', 'SHARED_HIGH_PRIO', 'SHARED_READ', 'SHARED_READ_ONLY')
            THEN o.LOCK_TYPE NOT IN
              ('SHARED', 'SHARED_HIGH_PRIO', 'SHARED_READ', 'SHARED_READ_ONLY')
          ELSE o.LOCK_STATUS = 'GRANTED' END
      ORDER BY queued
      LIMIT 20
      """;

  private static final String ROWS =
      """
      SELECT DISTINCT r.PROCESSLIST_ID, b.PROCESSLIST_ID, b.PROCESSLIST_USER, b.PROCESSLIST_HOST,
             x.TIMER_WAIT / 1e12, s.EVENT_NAME, 'rows of table',
             concat_ws('.', l.OBJECT_SCHEMA, l.OBJECT_NAME)
      FROM performance_schema.data_lock_waits AS w
      JOIN performance_schema.threads AS r ON r.THREAD_ID = w.REQUESTING_THREAD_ID
      JOIN performance_schema.threads AS b ON b.THREAD_ID = w.BLOCKING_THREAD_ID
      JOIN performance_schema.data_locks AS l ON l.ENGINE = w.ENGINE
        AND l.ENGINE_LOCK_ID = w.REQUESTING_ENGINE_LOCK_ID
      LEFT JOIN performance_schema.events_transactions_current AS x
        ON x.THREAD_ID = b.THREAD_ID AND x.STATE = 'ACTIVE'
      LEFT JOIN performance_schema.events_statements_current AS s
        ON s.THREAD_ID = b.THREAD_ID AND s.NESTING_EVENT_LEVEL = 0
      WHERE r.PROCESSLIST_ID IN ($ours) AND b.PROCESSLIST_ID NOT IN ($ours)
      LIMIT 20
      """;

  /** Of a statement, the first word is its kind. */
  private static final String MARIADB_ROWS =
      """
      SELECT DISTINCT r.trx_mysql_thread_id, b.trx_mysql_thread_id, p.USER, p.HOST,
             TIMESTAMPDIFF(SECOND, b.trx_started, SYSDATE()),
             REGEXP_SUBSTR(p.INFO, '[A-Za-z]+'), 'rows of table', l.lock_table
      FROM information_schema.INNODB_LOCK_WAITS AS w
      JOIN information_schema.INNODB_LOCKS AS l ON l.lock_id = w.requested_lock_id
      JOIN information_schema.INNODB_TRX AS r ON r.trx_id = w.requesting_trx_id
      JOIN information_schema.INNODB_TRX AS b ON b.trx_id = w.blocking_trx_id
      LEFT JOIN information_schema.PROCESSLIST AS p ON p.ID = b.trx_mysql_thread_id
      WHERE r.trx_mysql_thread_id IN ($ours) AND b.trx_mysql_thread_id NOT IN ($ours)
      LIMIT 20
      """;

  /** Everybody sees the sessions of the own account. Rows have no state of their own. */
  private static final String STATES =
      "SELECT ID, STATE FROM information_schema.PROCESSLIST WHERE ID IN ($ours)"
          + " AND (STATE LIKE 'Waiting for % lock' OR STATE LIKE 'Waiting for % lock %')";

  /** Everybody sees those of the own account, where the performance schema is on. */
  private static final String NAMES =
      "SELECT PROCESSLIST_ID, ATTR_VALUE FROM performance_schema.session_account_connect_attrs"
          + " WHERE ATTR_NAME = 'program_name' AND ATTR_VALUE LIKE 'tidemark%'";

  private static final String OWN_PROGRAM = "tidemark-waits:";

  /** Two answers about the time at which one transaction began may differ by so much. */
  private static final long SAME_SECONDS = 3;

  private final ConnectionSpec connection;
  private final String stream;
  private final Function<MySqlQueries, Map<Long, String>> marked;
  private final Map<Long, Instant> begun = new HashMap<>();
  private Map<Long, String> waiting = Map.of();
  private Optional<MySqlQueries> open = Optional.empty();

  /**
   * Opens no connection yet.
   *
   * @param marked the stream's sessions by their connections, where the server does not show names
   */
  public MySqlWaits(
      ConnectionSpec connection, String stream, Function<MySqlQueries, Map<Long, String>> marked) {
    this.connection = connection;
    this.stream = stream;
    this.marked = marked;
  }

  @Override
  public List<Wait> look() {
    MySqlQueries queries =
        open.orElseGet(
            () -> new MySqlQueries(MySqlSessions.open(connection, OWN_PROGRAM + stream)));
    open = Optional.of(queries);
    try {
      return look(queries);
    } catch (RuntimeException e) {
      open = Optional.empty();
      try {
        queries.close();
      } catch (RuntimeException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private List<Wait> look(MySqlQueries queries) {
    Map<Long, String> ours = ours(queries);
    if (ours.isEmpty()) {
      waiting = Map.of();
      return List.of();
    }
    Map<Long, List<String>> blockers = new TreeMap<>();
    Set<Long> seen = new HashSet<>();
    boolean mariaDb = queries.version().isMariaDb();
    // First, so that who is in the way is asked for when the wait has begun.
    Map<Long, String> states = states(queries, ours);
    blockers(queries, TABLES, ours, blockers, seen);
    blockers(queries, mariaDb ? MARIADB_ROWS : ROWS, ours, blockers, seen);
    begun.keySet().retainAll(seen);
    states.keySet().removeAll(blockers.keySet());
    if (!states.isEmpty()) {
      // One that has ended in between had somebody in its way who is not there any more.
      states.keySet().retainAll(states(queries, ours).keySet());
    }
    states.forEach((id, state) -> blockers.put(id, List.of(unseen(state, mariaDb))));
    waiting = new HashMap<>();
    blockers.keySet().forEach(id -> waiting.put(id, Known.require(ours, id)));
    List<Wait> waits = new ArrayList<>();
    blockers.forEach(
        (id, words) -> words.forEach(each -> waits.add(new Wait(Known.require(ours, id), each))));
    return waits;
  }

  private Map<Long, String> ours(MySqlQueries queries) {
    Map<Long, String> named = new LinkedHashMap<>();
    try {
      queries.list(
          "asking for the stream's sessions",
          NAMES,
          row -> {
            named.put(row.getLong(1), row.getString(2));
            return 1;
          });
    } catch (DatabaseException e) {
      if (e.kind() == DatabaseException.Kind.RETRYABLE) {
        throw e;
      }
      // No such table, or no such privilege: as where the server shows no names.
    }
    if (named.isEmpty()) {
      return marked.apply(queries);
    }
    named.values().removeIf(name -> !isOurs(name));
    return named;
  }

  /** A session of an epoch, or one of those that prepare it. */
  private boolean isOurs(String name) {
    return name.startsWith(StreamNames.sessionPrefix(stream))
        || name.startsWith("tidemark-")
            && name.endsWith(":" + stream)
            && !name.startsWith(OWN_PROGRAM);
  }

  /** Nothing, where the account may not ask that, or the server has no such table. */
  private void blockers(
      MySqlQueries queries,
      String sql,
      Map<Long, String> ours,
      Map<Long, List<String>> blockers,
      Set<Long> seen) {
    try {
      queries.list(
          "asking for whom the stream waits",
          of(sql, ours),
          row -> {
            seen.add(row.getLong(2));
            blockers.computeIfAbsent(row.getLong(1), id -> new ArrayList<>()).add(blocker(row));
            return 1;
          });
    } catch (DatabaseException e) {
      if (e.kind() == DatabaseException.Kind.RETRYABLE) {
        throw e;
      }
      // The states of the sessions still tell that they wait.
    }
  }

  private static String of(String sql, Map<Long, String> ours) {
    return sql.replace(
        "$ours", ours.keySet().stream().map(String::valueOf).collect(Collectors.joining(", ")));
  }

  private String blocker(ResultSet row) throws SQLException {
    String host = row.getString(4);
    return "connection "
        + row.getLong(2)
        + " (user "
        + row.getString(3)
        + (host == null || host.isEmpty() ? "" : " from " + host)
        + ", statement "
        + kind(row.getString(6))
        + since(row)
        + "), which holds "
        + row.getString(7)
        + " "
        + row.getString(8);
  }

  /** Of {@code statement/sql/insert_select}, what is behind the last stroke. */
  private static String kind(String statement) {
    return statement == null || statement.isEmpty()
        ? "unknown"
        : statement
            .substring(statement.lastIndexOf('/') + 1)
            .replace('_', ' ')
            .toUpperCase(Locale.ROOT);
  }

  /** The same words for the same transaction, though what is asked is for how long it is open. */
  private String since(ResultSet row) throws SQLException {
    double seconds = row.getDouble(5);
    if (row.wasNull()) {
      return ""; // in none, or the server does not count the time of one
    }
    Instant now = Instant.now().minusMillis((long) (seconds * 1000));
    Instant said =
        begun.merge(
            row.getLong(2),
            now,
            (old, added) ->
                Math.abs(ChronoUnit.SECONDS.between(old, added)) <= SAME_SECONDS ? old : added);
    return ", transaction open since " + said.truncatedTo(ChronoUnit.SECONDS);
  }

  private static Map<Long, String> states(MySqlQueries queries, Map<Long, String> ours) {
    Map<Long, String> states = new TreeMap<>();
    queries.list(
        "asking for whom the stream waits",
        of(STATES, ours),
        row -> {
          states.put(row.getLong(1), row.getString(2));
          return 1;
        });
    return states;
  }

  private static String unseen(String state, boolean mariaDb) {
    return "a lock ("
        + state
        + "); who holds it is "
        + (mariaDb
            ? "shown by MariaDB with performance_schema = ON and the instrument"
                + " wait/lock/metadata/sql/mdl only, to accounts that may read performance_schema"
            : "shown to accounts with SELECT on performance_schema.* only");
  }

  @Override
  public void cancel(String session) {
    waiting.forEach(
        (id, name) -> {
          if (name.equals(session)) {
            open.ifPresent(
                queries -> queries.execute("giving up a look that waits", "KILL QUERY " + id));
          }
        });
  }

  @Override
  public void close() {
    Optional<MySqlQueries> closing = open;
    open = Optional.empty();
    closing.ifPresent(MySqlQueries::close);
  }
}
