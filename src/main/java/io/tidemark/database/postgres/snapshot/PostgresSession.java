package io.tidemark.database.postgres.snapshot;

import io.tidemark.change.KeyRange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.TableChangedException;
import io.tidemark.database.jdbc.Queries;
import io.tidemark.database.postgres.catalog.SourceTable;
import io.tidemark.database.postgres.key.KeyCondition;
import io.tidemark.database.postgres.position.PostgresSnapshot;
import io.tidemark.database.postgres.session.CopyFormat;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresErrors;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.database.postgres.session.SqlAscii;
import io.tidemark.database.postgres.session.StreamSource;
import io.tidemark.database.postgres.session.StreamSource.Role;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/**
 * One open REPEATABLE READ transaction on the source. Each chunk is a COPY inside a savepoint that
 * is rolled back afterwards, which gives its ACCESS SHARE lock back: between two chunks the session
 * locks nothing.
 */
public final class PostgresSession implements SnapshotSession {

  private static final int LOCK_ATTEMPTS = 10;

  /** The table or a column is not what it was: SQLSTATEs of names that are not found. */
  private static final Set<String> NOT_FOUND = Set.of("42P01", "42703", "3F000", "42704");

  private final StreamSource source;
  private final PostgresQueries queries;
  private final PostgresSnapshot position;
  private final boolean textOnly;
  private final Map<Table, SourceTable> tables = new HashMap<>();

  private PostgresSession(
      StreamSource source, PostgresQueries queries, PostgresSnapshot position, boolean textOnly) {
    this.source = source;
    this.queries = queries;
    this.position = position;
    this.textOnly = textOnly;
  }

  /**
   * Connects and opens the transaction, with the snapshot of {@code shared} or else with one of its
   * own. The caller closes it.
   *
   * @throws DatabaseException retryable, if the shared snapshot has ended; otherwise whatever the
   *     server says
   */
  public static PostgresSession open(
      StreamSource source, long epoch, Optional<ExportedSnapshot.Name> shared) {
    return open(source, epoch, shared, false);
  }

  /** A session that reads every table in text format, in pieces of one line. */
  public static PostgresSession openForText(
      StreamSource source, long epoch, Optional<ExportedSnapshot.Name> shared) {
    return open(source, epoch, shared, true);
  }

  /** The same with a snapshot of its own, beside any stream. */
  public static PostgresSession openForComparison(StreamSource source) {
    // The server may sort a whole table before it has a first row.
    return open(source, source.openPatient(1, Role.SNAPSHOT), Optional.empty(), true);
  }

  private static PostgresSession open(
      StreamSource source, long epoch, Optional<ExportedSnapshot.Name> shared, boolean textOnly) {
    return open(source, source.open(epoch, Role.SNAPSHOT), shared, textOnly);
  }

  private static PostgresSession open(
      StreamSource source,
      PostgresQueries queries,
      Optional<ExportedSnapshot.Name> shared,
      boolean textOnly) {
    try {
      queries.execute("opening a snapshot", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      shared.ifPresent(name -> importSnapshot(queries, name));
      return new PostgresSession(
          source,
          queries,
          shared.map(ExportedSnapshot.Name::position).orElseGet(queries::visible),
          textOnly);
    } catch (RuntimeException e) {
      queries.close();
      throw e;
    }
  }

  private static void importSnapshot(PostgresQueries queries, ExportedSnapshot.Name name) {
    try {
      queries.execute(
          "importing a shared snapshot",
          "SET TRANSACTION SNAPSHOT " + Identifiers.literal(name.id()));
    } catch (DatabaseException e) {
      throw new DatabaseException(
          Kind.RETRYABLE,
          "the shared snapshot " + name.id() + " has ended with the session that exported it",
          e);
    }
  }

  /** For statements that see what the session sees, between two reads. */
  public Queries queries() {
    return queries;
  }

  @Override
  public SnapshotPosition position() {
    return position;
  }

  @Override
  public String format(Table table) {
    return binary(known(table)) ? CopyFormat.BINARY : CopyFormat.TEXT;
  }

  @Override
  public long read(Table table, KeyRange range, Output output) throws InterruptedException {
    SourceTable known = known(table);
    lock(table, known);
    long rows;
    try {
      requireUnchanged(table, known);
      rows = copy(table, known, range, output);
    } catch (DatabaseException | InterruptedException e) {
      try {
        release();
      } catch (DatabaseException release) {
        e.addSuppressed(release); // the connection is gone; the first error says why
      }
      throw e;
    }
    release();
    return rows;
  }

  private boolean binary(SourceTable table) {
    return table.binary() && !textOnly;
  }

  private SourceTable known(Table table) {
    SourceTable known = tables.get(table);
    if (known == null) {
      try {
        // In a savepoint: an error would otherwise end the snapshot's transaction.
        queries.execute("starting to look", "SAVEPOINT tidemark_chunk");
        known = SourceTable.read(queries, table);
        tables.put(table, known);
      } catch (DatabaseException e) {
        throw changedOr(table, e);
      } finally {
        release();
      }
    }
    return known;
  }

  private void lock(Table table, SourceTable known) {
    String what = "locking table " + table.id() + " for reading";
    for (int attempt = 1; ; attempt++) {
      try {
        queries.execute(
            what,
            "SAVEPOINT tidemark_chunk; SET LOCAL lock_timeout = '2s'; LOCK TABLE "
                + known.from(table)
                + " IN ACCESS SHARE MODE; SET LOCAL search_path = "
                + known.searchPath());
        return;
      } catch (DatabaseException e) {
        release();
        boolean waits =
            e.getCause() instanceof SQLException error && PostgresErrors.hasState(error, "55P03");
        if (!waits || attempt == LOCK_ATTEMPTS) {
          throw changedOr(table, e);
        }
      }
    }
  }

  private void release() {
    queries.execute(
        "ending a chunk", "ROLLBACK TO SAVEPOINT tidemark_chunk; RELEASE SAVEPOINT tidemark_chunk");
  }

  /**
   * TRUNCATE and rewrites take effect for older snapshots too (PostgreSQL manual, 13.6): rows that
   * the snapshot should see are gone. They give the table another file, so its file as the snapshot
   * knows it is compared with the present one; the lock keeps it so. Likewise for the partitions of
   * a partitioned table, which must also be the same ones.
   */
  private void requireUnchanged(Table table, SourceTable known) {
    boolean changed =
        queries.one(
            "checking table " + table.id() + " for truncation",
            known.partitioned() ? PARTITIONS_CHANGED : FILE_CHANGED,
            row -> row.getBoolean(1),
            known.partitioned()
                ? new Object[] {Identifiers.quote(table.id()), Identifiers.quote(table.id())}
                : new Object[] {Identifiers.quote(table.id())});
    if (changed) {
      throw new TableChangedException(
          "table "
              + table.id()
              + " was truncated, rewritten or replaced after the snapshot was taken; it has to be"
              + " read from a new one");
    }
  }

  private static final String FILE_CHANGED =
      """
      SELECT coalesce((SELECT c.relfilenode IS DISTINCT FROM pg_catalog.pg_relation_filenode(c.oid)
                       FROM pg_catalog.pg_class AS c WHERE c.oid = ?::pg_catalog.regclass), true)
      """;

  private static final String PARTITIONS_CHANGED =
      """
      WITH RECURSIVE seen (oid) AS (
        SELECT c.oid FROM pg_catalog.pg_class AS c WHERE c.oid = ?::pg_catalog.regclass
        UNION ALL
        SELECT i.inhrelid FROM seen JOIN pg_catalog.pg_inherits AS i ON i.inhparent = seen.oid)
      SELECT coalesce(bool_or(
               seen.oid IS NULL OR present.relid IS NULL
               OR c.relkind = 'r'
                  AND c.relfilenode IS DISTINCT FROM pg_catalog.pg_relation_filenode(c.oid)), true)
      FROM seen FULL JOIN pg_catalog.pg_partition_tree(?::pg_catalog.regclass) AS present
                       ON present.relid = seen.oid
      LEFT JOIN pg_catalog.pg_class AS c ON c.oid = seen.oid
      """;

  private long copy(Table table, SourceTable known, KeyRange range, Output output)
      throws InterruptedException {
    List<String> columns = table.columns().stream().map(Column::name).toList();
    String where =
        KeyCondition.within(table, range)
            + source.selection().termOf(table.id()).map(term -> " AND " + term).orElse("");
    String sql =
        "COPY (SELECT "
            + Identifiers.list(columns)
            + " FROM "
            + known.from(table)
            + " WHERE "
            + where
            + ") TO STDOUT (FORMAT "
            + (binary(known) ? "binary" : "text")
            + ")";
    try {
      CopyOut copy = queries.connection().unwrap(PGConnection.class).getCopyAPI().copyOut(sql);
      try {
        long came;
        if (textOnly) {
          came = messages(copy, output); // whoever takes these makes pieces of another form of them
        } else {
          CopyPieces pieces = new CopyPieces(output);
          came = messages(copy, (message, length) -> pieces.add(message));
          pieces.flush();
        }
        requireAll(table, copy.getHandledRowCount(), binary(known) ? came - 1 : came);
        return copy.getHandledRowCount();
      } finally {
        if (copy.isActive()) {
          copy.cancelCopy();
        }
      }
    } catch (SQLException e) {
      DatabaseException failure = PostgresErrors.classify("reading table " + table.id(), e);
      throw PostgresErrors.hasState(e, SqlAscii.NOT_IN_ENCODING) && isAnyText()
          ? unreadable(table, known.from(table), where).orElse(failure)
          : changedOr(table, failure);
    }
  }

  private boolean isAnyText() {
    try {
      return SqlAscii.isEncodingOf(queries.connection());
    } catch (SQLException closed) {
      return false; // what failed before says why
    }
  }

  private Optional<DatabaseException> unreadable(Table table, String from, String where) {
    queries.execute("undoing what failed of a chunk", "ROLLBACK TO SAVEPOINT tidemark_chunk");
    return UnreadableText.find(queries, table, from, where);
  }

  /**
   * The server sends one message per row (PostgreSQL manual, 53.2.6), and in binary one more for
   * the end; and it says at the end how many rows there were.
   */
  private static void requireAll(Table table, long sent, long came) {
    if (sent != came) {
      throw new DatabaseException(
          Kind.FATAL,
          "reading table "
              + table.id()
              + " failed: the server says that it has sent "
              + sent
              + " rows, and "
              + came
              + " have come. Nothing of them is kept. Something between the two, such as a pooler,"
              + " changes what it passes on: let source.url name the server itself");
    }
  }

  private static long messages(CopyOut copy, Output output)
      throws SQLException, InterruptedException {
    long count = 0;
    for (byte[] message = copy.readFromCopy(); message != null; message = copy.readFromCopy()) {
      output.write(message, message.length);
      count++;
    }
    return count;
  }

  private static DatabaseException changedOr(Table table, DatabaseException failure) {
    if (failure.getCause() instanceof SQLException error
        && error.getSQLState() != null
        && NOT_FOUND.contains(error.getSQLState())) {
      return new TableChangedException(
          "table "
              + table.id()
              + " or one of its columns was dropped or renamed while it was being copied: "
              + error.getMessage(),
          failure);
    }
    return failure;
  }

  @Override
  public void close() {
    queries.close();
  }
}
