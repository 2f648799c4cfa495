package io.tidemark.database.postgres.log;

import io.tidemark.change.Row;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.postgres.catalog.SourceTable;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import java.util.ArrayList;
import java.util.List;

/**
 * Asks the source which rows of a table meet the job's condition. The rows are handed back to it as
 * values, so the answer is about the row as it was then, not as it is now.
 */
final class RowFilter {

  private final Table table;
  private final String searchPath;
  private final String sql;

  private RowFilter(Table table, String searchPath, String sql) {
    this.table = table;
    this.searchPath = searchPath;
    this.sql = sql;
  }

  static RowFilter of(PostgresQueries queries, Table table, String condition) {
    List<String> inputs = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<String> values = new ArrayList<>();
    for (int i = 0; i < table.columns().size(); i++) {
      Column column = table.columns().get(i);
      inputs.add("?::text[]");
      names.add("v" + i);
      values.add(
          "v"
              + i
              + "::"
              + column.type()
              + collation(queries, table, column)
              + " AS "
              + Identifiers.quote(column.name()));
    }
    String row = Identifiers.quote(table.id().name());
    String sql =
        "SELECT \"tidemark ordinal\" FROM (SELECT \"tidemark ordinal\", "
            + String.join(", ", values)
            + " FROM unnest("
            + String.join(", ", inputs)
            + ") WITH ORDINALITY AS u ("
            + String.join(", ", names)
            + ", \"tidemark ordinal\")) AS "
            + row
            + " WHERE "
            + condition;
    return new RowFilter(table, SourceTable.read(queries, table).searchPath(), sql);
  }

  private static String collation(PostgresQueries queries, Table table, Column column) {
    return queries
        .first(
            "reading the collation of a column of table " + table.id(),
            """
            SELECT pg_catalog.format(' COLLATE %I.%I', n.nspname, c.collname)
            FROM pg_catalog.pg_attribute AS a
            JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
            JOIN pg_catalog.pg_collation AS c ON c.oid = a.attcollation
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
            WHERE a.attrelid = ?::pg_catalog.regclass AND a.attname = ?
              AND a.attcollation <> t.typcollation
            """,
            row -> row.getString(1),
            Identifiers.quote(table.id()),
            column.name())
        .orElse("");
  }

  /** For each row, whether it meets the condition; a condition that is null is not met. */
  boolean[] matches(PostgresQueries queries, List<Row> rows) {
    boolean[] matches = new boolean[rows.size()];
    if (rows.isEmpty()) {
      return matches;
    }
    Object[] columns = new Object[table.columns().size()];
    for (int field = 0; field < columns.length; field++) {
      String[] values = new String[rows.size()];
      for (int i = 0; i < values.length; i++) {
        requireWhole(rows.get(i));
        values[i] = rows.get(i).isNull(field) ? null : rows.get(i).text(field);
      }
      columns[field] = values;
    }
    queries.execute("preparing a row filter", "SET search_path = " + searchPath);
    queries.list(
        "evaluating the job's condition on rows of table "
            + table.id()
            + " (it may only use selected columns, and names of functions with their schema)",
        sql,
        row -> matches[(int) row.getLong(1) - 1] = true,
        columns);
    return matches;
  }

  private void requireWhole(Row row) {
    if (!row.isComplete()) {
      throw new DatabaseException(
          Kind.FATAL,
          "table "
              + table.id()
              + " has a row filter, and the log does not carry whole old rows of it, so that it"
              + " cannot be told whether a row met the condition before it changed. Run ALTER TABLE "
              + Identifiers.quote(table.id())
              + " REPLICA IDENTITY FULL, drop the stream with ./tidemark drop and copy again");
    }
  }
}
