package io.tidemark.database.mysql;

import io.tidemark.change.Row;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.FilteredLogReader.RowFilters;
import io.tidemark.database.mysql.MySqlSource.Role;
import io.tidemark.schema.Known;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The row filters of a stream, evaluated in a session of their own. */
final class MySqlRowFilters implements RowFilters {

  private final MySqlQueries queries;
  private final Map<Table, LogRowFilter> filters;

  private MySqlRowFilters(MySqlQueries queries, Map<Table, LogRowFilter> filters) {
    this.queries = queries;
    this.filters = filters;
  }

  static RowFilters open(MySqlSource source, long epoch, List<Table> filtered) {
    MySqlQueries queries = source.open(epoch, Role.LOOKUP);
    try {
      Map<TableId, LoggedTable> logged = LoggedTables.read(queries, source.selection(), filtered);
      boolean mariaDb = queries.version().isMariaDb();
      Map<Table, LogRowFilter> filters = new HashMap<>();
      for (Table table : filtered) {
        String condition = source.selection().filterOf(table.id()).orElseThrow();
        filters.put(table, LogRowFilter.of(Known.require(logged, table.id()), condition, mariaDb));
      }
      return new MySqlRowFilters(queries, filters);
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
    return LogRowFilter.incomplete(table);
  }

  @Override
  public void close() {
    queries.close();
  }
}
