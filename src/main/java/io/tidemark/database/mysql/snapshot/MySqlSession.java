package io.tidemark.database.mysql.snapshot;

import io.tidemark.change.KeyRange;
import io.tidemark.change.PortableRows;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.TableChangedException;
import io.tidemark.database.mysql.key.KeyCondition;
import io.tidemark.database.mysql.key.KeyIndex;
import io.tidemark.database.mysql.key.SelectedFields;
import io.tidemark.database.mysql.position.ExecutedSet;
import io.tidemark.database.mysql.position.GtidSet;
import io.tidemark.database.mysql.position.MySqlSnapshotPosition;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlErrors;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.StreamLocks;
import io.tidemark.database.mysql.session.StreamSource;
import io.tidemark.database.mysql.session.StreamSource.Role;
import io.tidemark.schema.Table;
import io.tidemark.settings.SourceSettings.Lock;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One open transaction with a consistent snapshot on the source. Each chunk is one SELECT inside a
 * savepoint that is rolled back afterwards, which gives its metadata lock back (as mysqldump does):
 * between two chunks the session keeps nobody from altering a table. MariaDB gives it back only in
 * a session that is not logged, which takes a privilege (BINLOG ADMIN); without it, an ALTER TABLE
 * of a table that a copy cycle has begun to read waits for the cycle's end.
 *
 * <p>A table that was altered or truncated after the snapshot was taken is refused by the engine
 * (ER_TABLE_DEF_CHANGED; MySQL manual, 17.7.2.3, "Consistent Nonlocking Reads").
 */
public final class MySqlSession implements SnapshotSession {

  /** A piece of a chunk is sent off when it has so many bytes. */
  private static final int PIECE_BYTES = 256 << 10;

  /** The table, or a column or index of it, is not what it was. */
  private static final Set<Integer> CHANGED =
      Set.of(
          MySqlErrors.TABLE_DEFINITION_CHANGED,
          MySqlErrors.NO_SUCH_TABLE,
          MySqlErrors.UNKNOWN_DATABASE,
          MySqlErrors.UNKNOWN_COLUMN,
          MySqlErrors.UNKNOWN_KEY);

  private final StreamSource source;
  private final MySqlQueries queries;
  private final SnapshotPosition position;
  private final Map<Table, String> forcedIndexes = new HashMap<>();
  private final Map<Table, LostCharacters> lostCharacters = new HashMap<>();

  private MySqlSession(StreamSource source, MySqlQueries queries, SnapshotPosition position) {
    this.source = source;
    this.queries = queries;
    this.position = position;
  }

  /**
   * Connects and takes a snapshot in the way that the server and the job's lock setting ask for,
   * which may wait for writers of {@code tables} and make them wait. The caller closes it.
   *
   * @param tables what will be read
   * @throws io.tidemark.database.DatabaseException if no snapshot could be taken; no lock outlives
   *     that
   */
  public static MySqlSession open(StreamSource source, long epoch, List<Table> tables) {
    MySqlQueries queries = source.open(epoch, Role.SNAPSHOT);
    try {
      new StreamLocks(queries, source.stream(), epoch).mark(Role.SNAPSHOT);
      return new MySqlSession(source, queries, snapshot(source, epoch, queries, tables));
    } catch (RuntimeException e) {
      queries.abort();
      throw e;
    }
  }

  private static MySqlSnapshotPosition snapshot(
      StreamSource source, long epoch, MySqlQueries queries, List<Table> tables) {
    if (queries.version().isMariaDb()) {
      return new MySqlSnapshotPosition(mariaDbSnapshot(queries));
    }
    return source.settings().lock() == Lock.NONE
        ? new BracketedSnapshot(queries).open()
        : new MySqlSnapshotPosition(lockedSnapshot(source, epoch, queries, tables));
  }

  /**
   * A session whose place in the log nobody asks for: it takes no lock, and the server need not
   * have a log.
   */
  public static MySqlSession openForReading(StreamSource source) {
    // The server may sort a whole table before it has a first row.
    MySqlQueries queries = source.openPatient(1, Role.SNAPSHOT);
    try {
      queries.execute(
          "taking a snapshot",
          "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ;"
              + " START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
      return new MySqlSession(source, queries, new MySqlSnapshotPosition(GtidSet.EMPTY));
    } catch (RuntimeException e) {
      queries.abort();
      throw e;
    }
  }

  private static ExecutedSet lockedSnapshot(
      StreamSource source, long epoch, MySqlQueries reading, List<Table> tables) {
    MySqlQueries locking = source.open(epoch, Role.LOCK);
    try {
      new StreamLocks(locking, source.stream(), epoch).mark(Role.LOCK);
      return new LockedSnapshot(reading, locking, tables).open();
    } finally {
      // Whatever went wrong, the lock must not outlive this.
      locking.abort();
    }
  }

  /**
   * MariaDB takes the snapshots of the binary log and of the engine under one mutex
   * (LOCK_commit_ordered), so the place in the log is exactly what the engine's snapshot shows
   * (MariaDB documentation, "Enhancements for START TRANSACTION WITH CONSISTENT SNAPSHOT").
   */
  private static ExecutedSet mariaDbSnapshot(MySqlQueries queries) {
    try {
      queries.execute("keeping the session out of the log", "SET SESSION sql_log_bin = 0");
    } catch (DatabaseException e) {
      if (e.kind() == DatabaseException.Kind.RETRYABLE) {
        throw e;
      }
      // Without the privilege metadata locks are kept until the cycle ends; see above.
    }
    queries.execute(
        "taking a snapshot",
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ;"
            + " START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
    ServerLog log = new ServerLog(queries);
    return log.gtidsUpTo(log.snapshotPlace());
  }

  @Override
  public SnapshotPosition position() {
    return position;
  }

  @Override
  public String format(Table table) {
    return PortableRows.FORMAT;
  }

  @Override
  public long read(Table table, KeyRange range, Output output) throws InterruptedException {
    queries.execute("starting a chunk", "SAVEPOINT tidemark_chunk");
    long rows;
    try {
      SelectedFields fields = new SelectedFields(table);
      rows = read(table, select(table, fields, range), fields, output);
    } catch (DatabaseException e) {
      DatabaseException failure = changedOr(table, e);
      try {
        release();
      } catch (DatabaseException release) {
        failure.addSuppressed(release); // the connection is gone; the first error says why
      }
      throw failure;
    }
    release();
    return rows;
  }

  private String select(Table table, SelectedFields fields, KeyRange range) {
    StringBuilder sql = new StringBuilder("SELECT ").append(fields.selectList());
    if (lost(table).isPossible()) {
      sql.append(", ").append(lost(table).expression());
    }
    sql.append(" FROM ").append(Identifiers.quote(table.id()));
    sql.append(forcedIndexes.computeIfAbsent(table, any -> KeyIndex.force(queries, any)));
    Optional<String> within = KeyCondition.within(table, range);
    Optional<String> filter = source.selection().termOf(table.id());
    if (within.isPresent() || filter.isPresent()) {
      sql.append(" WHERE ").append(within.orElse("TRUE"));
      filter.ifPresent(condition -> sql.append(" AND ").append(condition));
    }
    return sql.toString();
  }

  private LostCharacters lost(Table table) {
    return lostCharacters.computeIfAbsent(table, any -> LostCharacters.of(queries, any));
  }

  /** Row by row: the driver then has one row in memory, whatever the table's size. */
  private long read(Table table, String sql, SelectedFields fields, Output output)
      throws InterruptedException {
    try (Statement statement =
        queries
            .connection()
            .createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY)) {
      statement.setFetchSize(Integer.MIN_VALUE);
      try (ResultSet result = statement.executeQuery(sql)) {
        return encode(table, result, fields, output);
      }
    } catch (SQLException e) {
      throw MySqlErrors.classify("reading table " + table.id(), e);
    }
  }

  private long encode(Table table, ResultSet result, SelectedFields fields, Output output)
      throws SQLException, InterruptedException {
    try {
      boolean mayLose = lost(table).isPossible();
      PortableRows.Encoder rows = new PortableRows.Encoder();
      long count = 0;
      int size = fields.size();
      while (result.next()) {
        if (mayLose && result.getBoolean(size + 1)) {
          throw LostCharacters.failure(table);
        }
        rows.begin();
        for (int i = 0; i < size; i++) {
          byte[] value = result.getBytes(i + 1);
          if (value == null) {
            rows.nullValue();
          } else {
            fields.add(i, value, 0, value.length, rows);
          }
        }
        rows.end();
        count++;
        if (rows.size() >= PIECE_BYTES) {
          write(rows, output);
        }
      }
      if (rows.size() > 0) {
        write(rows, output);
      }
      return count;
    } catch (InterruptedException | RuntimeException e) {
      // Closing the result would read it to its end.
      queries.abort();
      throw e;
    }
  }

  private static void write(PortableRows.Encoder rows, Output output) throws InterruptedException {
    byte[] piece = rows.take();
    output.write(piece, piece.length);
  }

  private void release() {
    queries.execute(
        "ending a chunk", "ROLLBACK TO SAVEPOINT tidemark_chunk; RELEASE SAVEPOINT tidemark_chunk");
  }

  private static DatabaseException changedOr(Table table, DatabaseException failure) {
    if (failure.getCause() instanceof SQLException error
        && CHANGED.contains(error.getErrorCode())) {
      return new TableChangedException(
          "table "
              + table.id()
              + " was altered, truncated, dropped or renamed after the snapshot was taken; it has"
              + " to be read from a new one: "
              + failure.getMessage(),
          failure);
    }
    return failure;
  }

  @Override
  public void close() {
    // Not in good order: that would wait for the rest of a result that is being read.
    queries.abort();
  }
}
