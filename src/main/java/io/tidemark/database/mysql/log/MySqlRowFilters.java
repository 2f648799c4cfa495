package io.tidemark.database.mysql.log;

import io.tidemark.change.Row;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.FilteredLogReader;
import io.tidemark.database.FilteredLogReader.RowFilters;
import io.tidemark.database.LogReader;
import io.tidemark.database.mysql.rows.LoggedTable;
import io.tidemark.database.mysql.rows.LoggedTables;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.StreamSource;
import io.tidemark.database.mysql.session.StreamSource.Role;
import io.tidemark.schema.Known;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The row filters of a stream, evaluated in a session of their own. */
public final class MySqlRowFilters implements RowFilters {

  private final MySqlQueries queries;
  private final Map<Table, LogRowFilter> filters;

  private MySqlRowFilters(MySqlQueries queries, Map<Table, LogRowFilter> filters) {
    this.queries = queries;
    this.filters = filters;
  }

  /** What is left of {@code log} by the filters of the stream's selection. Takes it over. */
  public static LogReader over(LogReader log, StreamSource source, long epoch, List<Table> tables) {
    return FilteredLogReader.over(
        log, source.selection(), tables, filtered -> open(source, epoch, filtered));
  }

  private static RowFilters open(StreamSource source, long epoch, List<Table> filtered) {
    MySqlQueries queries = source.open(epoch, Role.LOOKUP);
    try {
      Map<TableId, LoggedTable> logged = LoggedTables.read(queries, source.selection(), filtered);
      boolean mariaDb = queries.version().isMariaDb();
      Map<Table, LogRowFilter> filters = new HashMap<>();
      for (Table table : filtered) {
        String condition = source.selection().filterOf(table.id()).orElseThrow();
        filters.put(table, LogRowFilter.of(Known.in(logged, table.id()), condition, mariaDb));
      }
      return new MySqlRowFilters(queries, filters);
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
    return LogRowFilter.incomplete(table);
  }

  @Override
  public void close() {
    queries.close();
  }
}
