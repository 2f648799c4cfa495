package io.tidemark.database.postgres.log;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.LogReader;
import io.tidemark.database.jdbc.SessionRowFilters;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.database.postgres.session.StreamSource;
import io.tidemark.database.postgres.session.StreamSource.Role;
import io.tidemark.database.shared.FilteredLogReader;
import io.tidemark.schema.Table;
import java.util.List;

/** Puts the row filters of a stream over its log. */
public final class PostgresRowFilters {

  private PostgresRowFilters() {}

  /** What is left of {@code log} by the filters of the stream's selection. Takes it over. */
  public static LogReader over(LogReader log, StreamSource source, long epoch, List<Table> tables) {
    return FilteredLogReader.over(
        log, source.selection(), tables, filtered -> open(source, epoch, filtered));
  }

  private static SessionRowFilters open(StreamSource source, long epoch, List<Table> filtered) {
    PostgresQueries queries = source.open(epoch, Role.LOOKUP);
    return SessionRowFilters.open(
        queries,
        filtered,
        table -> {
          String condition = source.selection().termOf(table.id()).orElseThrow();
          RowFilter filter = RowFilter.of(queries, table, condition);
          return rows -> filter.matches(queries, rows);
        },
        PostgresRowFilters::incomplete);
  }

  private static DatabaseException incomplete(Table table) {
    return new DatabaseException(
        Kind.FATAL,
        "table "
            + table.id()
            + " has a row filter and needs REPLICA IDENTITY FULL; run ALTER TABLE "
            + Identifiers.quote(table.id())
            + " REPLICA IDENTITY FULL, drop the stream with ./tidemark drop and copy"
            + " again");
  }
}
