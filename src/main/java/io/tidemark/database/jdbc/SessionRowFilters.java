package io.tidemark.database.jdbc;

import io.tidemark.change.Row;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.shared.FilteredLogReader.RowFilters;
import io.tidemark.schema.Known;
import io.tidemark.schema.Table;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The row filters of a stream, evaluated in a session of their own. Used by one thread. */
public final class SessionRowFilters implements RowFilters {

  /** The filter of one table. */
  public interface Filter {
    /** For each row, whether it meets the filter. */
    boolean[] matches(List<Row> rows);
  }

  private final Queries session;
  private final Map<Table, Filter> filters;
  private final Function<Table, DatabaseException> incomplete;

  private SessionRowFilters(
      Queries session, Map<Table, Filter> filters, Function<Table, DatabaseException> incomplete) {
    this.session = session;
    this.filters = filters;
    this.incomplete = incomplete;
  }

  /**
   * Takes {@code session} over, and closes it with itself or if a filter cannot be made.
   *
   * @param filtered the tables that have a filter
   * @param filterOf makes the filter of one of them
   * @param incomplete see {@link RowFilters#incomplete}
   */
  public static SessionRowFilters open(
      Queries session,
      List<Table> filtered,
      Function<Table, Filter> filterOf,
      Function<Table, DatabaseException> incomplete) {
    try {
      Map<Table, Filter> filters = new HashMap<>();
      filtered.forEach(table -> filters.put(table, filterOf.apply(table)));
      return new SessionRowFilters(session, filters, incomplete);
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  @Override
  public boolean[] matches(Table table, List<Row> rows) {
    return Known.require(filters, table).matches(rows);
  }

  @Override
  public DatabaseException incomplete(Table table) {
    return incomplete.apply(table);
  }

  @Override
  public void close() {
    session.close();
  }
}
