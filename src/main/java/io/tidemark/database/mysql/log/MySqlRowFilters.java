package io.tidemark.database.mysql.log;

import io.tidemark.database.LogReader;
import io.tidemark.database.jdbc.SessionRowFilters;
import io.tidemark.database.mysql.rows.LoggedTable;
import io.tidemark.database.mysql.rows.LoggedTables;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.StreamSource;
import io.tidemark.database.mysql.session.StreamSource.Role;
import io.tidemark.database.shared.FilteredLogReader;
import io.tidemark.schema.Known;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Selection;
import java.util.List;
import java.util.Map;

/** Puts the row filters of a stream over its log. */
public final class MySqlRowFilters {

  private MySqlRowFilters() {}

  /** What is left of {@code log} by the filters of the stream's selection. Takes it over. */
  public static LogReader over(LogReader log, StreamSource source, long epoch, List<Table> tables) {
    return FilteredLogReader.over(
        log, source.selection(), tables, filtered -> open(source, epoch, filtered));
  }

  /**
   * Evaluates a condition as it is for rows of the log.
   *
   * @throws io.tidemark.database.DatabaseException if the server does not take it so
   */
  public static void require(MySqlQueries queries, Selection selection, Table table) {
    LoggedTable logged =
        Known.require(LoggedTables.read(queries, selection, List.of(table)), table.id());
    LogRowFilter.of(
            logged, selection.termOf(table.id()).orElseThrow(), queries.version().isMariaDb())
        .requireEvaluable(queries);
  }

  private static SessionRowFilters open(StreamSource source, long epoch, List<Table> filtered) {
    MySqlQueries queries = source.open(epoch, Role.LOOKUP);
    Map<TableId, LoggedTable> logged;
    boolean mariaDb;
    try {
      logged = LoggedTables.read(queries, source.selection(), filtered);
      mariaDb = queries.version().isMariaDb();
    } catch (RuntimeException e) {
      queries.close();
      throw e;
    }
    return SessionRowFilters.open(
        queries,
        filtered,
        table -> {
          String condition = source.selection().termOf(table.id()).orElseThrow();
          LogRowFilter filter =
              LogRowFilter.of(Known.require(logged, table.id()), condition, mariaDb);
          return rows -> filter.matches(queries, rows);
        },
        LogRowFilter::incomplete);
  }
}
