package io.tidemark.database.postgres.log;

import io.tidemark.change.Row;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.FilteredLogReader;
import io.tidemark.database.FilteredLogReader.RowFilters;
import io.tidemark.database.LogReader;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.database.postgres.session.StreamSource;
import io.tidemark.database.postgres.session.StreamSource.Role;
import io.tidemark.schema.Known;
import io.tidemark.schema.Table;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The row filters of a stream, evaluated in a session of their own. */
public final class PostgresRowFilters implements RowFilters {

  private final PostgresQueries queries;
  private final Map<Table, RowFilter> filters;

  private PostgresRowFilters(PostgresQueries queries, Map<Table, RowFilter> filters) {
    this.queries = queries;
    this.filters = filters;
  }

  /** What is left of {@code log} by the filters of the stream's selection. Takes it over. */
  public static LogReader over(LogReader log, StreamSource source, long epoch, List<Table> tables) {
    return FilteredLogReader.over(
        log, source.selection(), tables, filtered -> open(source, epoch, filtered));
  }

  private static RowFilters open(StreamSource source, long epoch, List<Table> filtered) {
    PostgresQueries queries = source.open(epoch, Role.LOOKUP);
    try {
      Map<Table, RowFilter> filters = new HashMap<>();
      for (Table table : filtered) {
        String condition = source.selection().filterOf(table.id()).orElseThrow();
        filters.put(table, RowFilter.of(queries, table, condition));
      }
      return new PostgresRowFilters(queries, filters);
    } catch (RuntimeException e) {
      queries.close();
      throw e;
    }
  }

  @Override
  public boolean[] matches(Table table, List<Row> rows) {
    return Known.in(filters, table).matches(queries, rows);
  }

  @Override
  public DatabaseException incomplete(Table table) {
    return new DatabaseException(
        Kind.FATAL,
        "table "
            + table.id()
            + " has a row filter and needs REPLICA IDENTITY FULL; run ALTER TABLE "
            + Identifiers.quote(table.id())
            + " REPLICA IDENTITY FULL, drop the stream with ./tidemark drop and copy"
            + " again");
  }

  @Override
  public void close() {
    queries.close();
  }
}
