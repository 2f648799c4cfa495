package io.tidemark.database.mysql.log;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.database.mysql.rows.LoggedTable;
import io.tidemark.database.mysql.session.SqlWords;
import io.tidemark.database.mysql.wire.LoggedQuery;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.SchemaChanges;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Judges statements in the log that change more than rows, or rows without showing them. */
final class LoggedChanges {

  /** Databases of the server's own, of which no table is ever copied. */
  private static final Set<String> SYSTEM = Set.of("mysql", "sys", "performance_schema");

  private final Map<TableId, LoggedTable> tables;
  private final SchemaChanges schemaChanges;

  LoggedChanges(Map<TableId, LoggedTable> tables, SchemaChanges schemaChanges) {
    this.tables = tables;
    this.schemaChanges = schemaChanges;
  }

  /** The stream's tables that it is about. */
  private List<Table> affected(LoggedStatement statement) {
    return tables.values().stream()
        .map(LoggedTable::table)
        .filter(table -> statement.isAbout(table.id()))
        .toList();
  }

  List<Table> truncated(LoggedStatement statement) {
    return affected(statement);
  }

  /**
   * @throws DatabaseException fatal, if the stream cannot go on behind it
   */
  void require(LoggedStatement statement, LoggedQuery query, BinlogPosition after) {
    List<Table> affected = affected(statement);
    if (affected.isEmpty()) {
      return;
    }
    switch (statement.kind()) {
      case DEFINITION, CREATE_AND_FILL -> {
        if (schemaChanges == SchemaChanges.STOP) {
          throw stopped(
              affected,
              query,
              after,
              "Make the same change at the target, drop the stream with ./tidemark drop and copy"
                  + " again; or set source.schema-changes: ignore if rows of the columns that were"
                  + " announced still mean the same");
        }
      }
      case HIDDEN_ROWS, DROP_DATABASE ->
          throw stopped(
              affected,
              query,
              after,
              "It removes or replaces rows that the log does not show. Drop the stream with"
                  + " ./tidemark drop and copy again, or take the table out of the job");
      default -> {
        // Cannot matter.
      }
    }
  }

  private static DatabaseException stopped(
      List<Table> affected, LoggedQuery query, BinlogPosition after, String advice) {
    return new DatabaseException(
        Kind.FATAL,
        "table "
            + affected.get(0).id()
            + " was changed at the source, after "
            + after.print()
            + ", by: "
            + SqlWords.shown(query.sql())
            + ". Changes of a table's definition are not copied. "
            + advice);
  }

  /**
   * A statement stands in the log instead of the rows that it changed. Which tables it reached,
   * through triggers and functions too, cannot be told from its text.
   *
   * @throws DatabaseException fatal, unless it is the server's own
   */
  void refuseRows(LoggedQuery query, BinlogPosition after) {
    if (SYSTEM.contains(query.schema().toLowerCase(Locale.ROOT))) {
      return;
    }
    String verb =
        SqlWords.of(query.sql(), LoggedStatement.ROW_STATEMENTS)
            .get(0)
            .text()
            .toUpperCase(Locale.ROOT);
    throw new DatabaseException(
        Kind.FATAL,
        "the source's log holds a statement ("
            + verb
            + " …, in database "
            + query.schema()
            + ", after "
            + after.print()
            + ") instead of the rows that it changed, because the session had another binlog_format"
            + " than ROW. Set binlog_format = ROW for all sessions, drop the stream with ./tidemark"
            + " drop and copy again");
  }
}
