package io.tidemark.sink;

import io.tidemark.database.TargetDatabase;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads where a stream stands, for progress screens and checks. Changes nothing and locks nothing.
 * Keeps one connection, which a failure closes and the next call opens again; used by one thread.
 */
public final class LedgerView implements AutoCloseable {

  /**
   * Where a stream stands.
   *
   * @param state {@code fresh}, {@code intended} or {@code running}
   * @param progress how far the log has been applied; empty before the start is recorded
   * @param tables what has been copied, in the order of their names
   * @param holes keys inside copied ranges that have to be copied again
   * @param deadLetters per table, how many rows are kept in the ledger because the target cannot
   *     hold them; tables without any are left out
   */
  public record Standing(
      long epoch,
      String state,
      Optional<String> sourceIdentity,
      Optional<LogStanding> progress,
      List<TableStanding> tables,
      long holes,
      Map<TableId, Long> deadLetters) {
    public Standing {
      deadLetters = new TreeMap<>(deadLetters);
      tables = List.copyOf(tables);
    }
  }

  /**
   * @param position the printed log position
   * @param consistent whether every commit at the target is a state that the source had
   * @param committedAt when the source committed the last transaction that is at the target
   * @param updatedAt when progress was last recorded, by the clock of the job's machine
   * @param finished whether, after consistency, indexes and constraints have been built too
   */
  public record LogStanding(
      String position,
      boolean consistent,
      Optional<Instant> committedAt,
      Instant updatedAt,
      boolean finished) {}

  /**
   * @param table its name at the source
   * @param rows rows that were copied; changes since then are not counted
   * @param chunks how many chunks the ledger holds; 0 once the table is streamed
   * @param lastCycle the copy cycle of the latest of them; 0 once the table is streamed
   * @param complete whether all of it has been copied
   * @param streamed whether it is complete and its snapshots lie behind the log
   */
  public record TableStanding(
      TableId table, long rows, long chunks, long lastCycle, boolean complete, boolean streamed) {}

  private final TargetDatabase target;
  private final String stream;
  private Optional<Connection> open = Optional.empty();

  public LedgerView(TargetDatabase target, String stream) {
    this.target = target;
    this.stream = stream;
  }

  /**
   * @return empty if the ledger, or the stream in it, does not exist
   * @throws io.tidemark.database.DatabaseException if the target does not answer
   */
  public Optional<Standing> read() {
    // Not named as the stream's writers are: a claim ends those.
    Connection connection = open.orElseGet(() -> target.connect("tidemark-view:" + stream));
    open = Optional.of(connection);
    try {
      LedgerSql sql = new LedgerSql(connection, target.ledgerDialect());
      Optional<Standing> standing = sql.exists() ? read(sql) : Optional.empty();
      sql.rollback();
      return standing;
    } catch (RuntimeException e) {
      open = Optional.empty();
      try {
        LedgerSql.close(target, connection);
      } catch (RuntimeException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private Optional<Standing> read(LedgerSql sql) {
    Optional<LogStanding> progress =
        first(
            sql.query(
                "SELECT position, consistent, committed_at, updated_at, finished"
                    + " FROM tidemark.progress WHERE stream = ?",
                row ->
                    new LogStanding(
                        row.getString(1),
                        row.getBoolean(2),
                        LedgerSql.instant(row, 3),
                        LedgerSql.instant(row, 4).orElseThrow(),
                        row.getBoolean(5)),
                stream));
    long holes =
        sql.query(
                "SELECT COUNT(*) FROM tidemark.hole WHERE stream = ?" + " AND snapshot IS NULL",
                row -> row.getLong(1),
                stream)
            .get(0);
    List<TableStanding> tables = tables(sql);
    Map<TableId, Long> deadLetters = deadLetters(sql, " WHERE stream = ?", stream);
    return first(
        sql.query(
            "SELECT epoch, state, source_identity FROM tidemark.stream WHERE name = ?",
            row ->
                new Standing(
                    row.getLong(1),
                    row.getString(2),
                    Optional.ofNullable(row.getString(3)),
                    progress,
                    tables,
                    holes,
                    deadLetters),
            stream));
  }

  /**
   * How many rows of each table, by its name at the source, the ledgers of all streams keep because
   * the target cannot hold them.
   */
  public static Map<TableId, Long> deadLetters(TargetDatabase target) {
    Connection connection = target.connect("tidemark-view");
    try {
      LedgerSql sql = new LedgerSql(connection, target.ledgerDialect());
      return sql.exists() ? deadLetters(sql, "") : Map.of();
    } finally {
      LedgerSql.close(target, connection);
    }
  }

  private static Map<TableId, Long> deadLetters(
      LedgerSql sql, String condition, Object... parameters) {
    record Count(TableId table, long rows) {}
    return sql
        .query(
            "SELECT table_schema, table_name, COUNT(*) FROM tidemark.dead_letter"
                + condition
                + " GROUP BY table_schema, table_name",
            row -> new Count(new TableId(row.getString(1), row.getString(2)), row.getLong(3)),
            parameters)
        .stream()
        .collect(Collectors.toMap(Count::table, Count::rows));
  }

  private List<TableStanding> tables(LedgerSql sql) {
    List<TableStanding> copying =
        sql.query(
            // Chunks are numbered in key order from 0: with none missing up to the one without an
            // upper bound, the table is covered.
            "SELECT table_schema, table_name, SUM(row_count), COUNT(*), MAX(cycle),"
                + " MAX(CASE WHEN range_to IS NULL THEN number ELSE -1 END) + 1"
                + " FROM tidemark.chunk WHERE stream = ? GROUP BY table_schema, table_name",
            row ->
                standing(
                    row, row.getLong(4), row.getLong(5), row.getLong(4) == row.getLong(6), false),
            stream);
    List<TableStanding> streamed =
        sql.query(
            "SELECT table_schema, table_name, row_count FROM tidemark.streamed WHERE stream = ?",
            row -> standing(row, 0, 0, true, true),
            stream);
    // Two reads of a moving ledger may show a table twice: the later one is the newer.
    Map<TableId, TableStanding> all =
        Stream.concat(copying.stream(), streamed.stream())
            .collect(
                Collectors.toMap(TableStanding::table, Function.identity(), (old, now) -> now));
    return all.values().stream()
        .sorted((one, other) -> one.table().compareTo(other.table()))
        .toList();
  }

  private static TableStanding standing(
      ResultSet row, long chunks, long cycle, boolean complete, boolean streamed)
      throws SQLException {
    return new TableStanding(
        new TableId(row.getString(1), row.getString(2)),
        row.getLong(3),
        chunks,
        cycle,
        complete,
        streamed);
  }

  private static <T> Optional<T> first(List<T> found) {
    return found.stream().findFirst();
  }

  @Override
  public void close() {
    Optional<Connection> closing = open;
    open = Optional.empty();
    closing.ifPresent(connection -> LedgerSql.close(target, connection));
  }
}
