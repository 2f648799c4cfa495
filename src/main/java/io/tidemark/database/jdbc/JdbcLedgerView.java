package io.tidemark.database.jdbc;

import io.tidemark.database.LedgerView;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads the ledger as it is in SQL tables. */
final class JdbcLedgerView implements LedgerView {

  private final JdbcTarget target;
  private final String stream;
  private Optional<Connection> open = Optional.empty();

  JdbcLedgerView(JdbcTarget target, String stream) {
    this.target = target;
    this.stream = stream;
  }

  @Override
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
    List<Report> reports =
        LedgerVersion.of(sql) > 1 ? new LedgerReports(sql, stream).all() : List.of();
    return first(
        sql.query(
            "SELECT s.epoch, s.state, s.source_identity, s.claimed_at,"
                + " COALESCE(i.claimed_at, s.claimed_at) FROM tidemark.stream s"
                + " LEFT JOIN tidemark.incarnation i ON i.stream = s.name AND i.id = s.incarnation"
                + " WHERE s.name = ?",
            row ->
                new Standing(
                    row.getLong(1),
                    row.getString(2),
                    Optional.ofNullable(row.getString(3)),
                    progress,
                    tables,
                    holes,
                    deadLetters,
                    new Claims(
                        LedgerSql.instant(row, 5).orElseThrow(),
                        LedgerSql.instant(row, 4).orElseThrow()),
                    reports),
            stream));
  }

  /** How many rows of each table the ledgers of all streams keep. */
  static Map<TableId, Long> deadLetters(JdbcTarget target) {
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
