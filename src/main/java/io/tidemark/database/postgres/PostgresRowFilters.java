package io.tidemark.database.postgres;

import io.tidemark.change.Row;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.FilteredLogReader.RowFilters;
import io.tidemark.database.postgres.PostgresSource.Role;
import io.tidemark.schema.Known;
import io.tidemark.schema.Table;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The row filters of a stream, evaluated in a session of their own. */
final class PostgresRowFilters implements RowFilters {

  private final PostgresQueries queries;
  private final Map<Table, RowFilter> filters;

  private PostgresRowFilters(PostgresQueries queries, Map<Table, RowFilter> filters) {
    this.queries = queries;
    this.filters = filters;
  }

  static RowFilters open(PostgresSource source, long epoch, List<Table> filtered) {
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
    return Known.require(filters, table).matches(queries, rows);
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
