package io.tidemark.database.mysql.log;

import io.tidemark.change.Row;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.rows.LoggedTable;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlErrors;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import io.tidemark.schema.ValueType;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Asks the source which rows of a table meet the job's condition. The rows are handed back to it as
 * values of the columns' own types and collations, so the answer is about the row as it was then,
 * not as it is now. Used by one thread.
 */
final class LogRowFilter {

  private static final int ROWS_AT_ONCE = 200;
  private static final long BYTES_AT_ONCE = 4 << 20;

  private final Table table;
  private final String condition;
  private final List<String> expressions;

  private LogRowFilter(Table table, String condition, List<String> expressions) {
    this.table = table;
    this.condition = condition;
    this.expressions = expressions;
  }

  static LogRowFilter of(LoggedTable logged, String condition, boolean mariaDb) {
    List<String> expressions = new ArrayList<>();
    for (Column column : logged.table().columns()) {
      MySqlColumn known = logged.column(column.name()).orElseThrow();
      expressions.add(expression(known, mariaDb));
    }
    return new LogRowFilter(logged.table(), condition, expressions);
  }

  /** An expression of the column's type over one parameter in the portable encoding. */
  private static String expression(MySqlColumn column, boolean mariaDb) {
    ValueType values = column.column().values();
    if (values instanceof ValueType.Int whole) {
      return "CAST(? AS " + (whole.unsigned() ? "UNSIGNED" : "SIGNED") + ")";
    }
    if (values instanceof ValueType.Decimal decimal) {
      return "CAST(? AS DECIMAL(" + decimal.precision() + "," + decimal.scale() + "))";
    }
    if (values instanceof ValueType.Real real) {
      return "CAST(? AS " + (real.bits() == 32 && !mariaDb ? "FLOAT" : "DOUBLE") + ")";
    }
    if (values instanceof ValueType.Bits) {
      return "CAST(CONV(?, 2, 10) AS UNSIGNED)";
    }
    if (values instanceof ValueType.Time time) {
      return "CAST(? AS TIME(" + time.digits() + "))";
    }
    if (values instanceof ValueType.Timestamp timestamp) {
      return "CAST(? AS DATETIME(" + timestamp.digits() + "))";
    }
    if (values == ValueType.Plain.DATE) {
      return "CAST(? AS DATE)";
    }
    if (values == ValueType.Plain.YEAR) {
      return mariaDb ? "CAST(? AS UNSIGNED)" : "CAST(? AS YEAR)";
    }
    if (values == ValueType.Plain.JSON && !mariaDb) {
      return "CAST(? AS JSON)";
    }
    if (values == ValueType.Plain.GEOMETRY) {
      return "ST_GeomFromWKB(SUBSTRING(?, 5))";
    }
    return column.charset().isEmpty()
        ? "CAST(? AS BINARY)"
        : "CONVERT(? USING " + column.charset() + ") COLLATE " + column.collation();
  }

  /** For each row, whether it meets the condition; a condition that is null is not met. */
  boolean[] matches(MySqlQueries queries, List<Row> rows) {
    boolean[] matches = new boolean[rows.size()];
    int from = 0;
    while (from < rows.size()) {
      long bytes = 0;
      int to = from;
      while (to < rows.size()
          && to - from < ROWS_AT_ONCE
          && (to == from || bytes + rows.get(to).weight() <= BYTES_AT_ONCE)) {
        bytes += rows.get(to).weight();
        to++;
      }
      ask(queries, rows, from, to, matches);
      from = to;
    }
    return matches;
  }

  /** Asks about a row of nulls. */
  void requireEvaluable(MySqlQueries queries) {
    try (PreparedStatement statement = queries.connection().prepareStatement(sql(1))) {
      for (int i = 1; i <= expressions.size(); i++) {
        statement.setNull(i, java.sql.Types.VARCHAR);
      }
      statement.execute();
    } catch (SQLException e) {
      throw MySqlErrors.classify("evaluating the job's condition on a row of the log", e);
    }
  }

  private void ask(MySqlQueries queries, List<Row> rows, int from, int to, boolean[] matches) {
    String what =
        "evaluating the job's condition on rows of table "
            + table.id()
            + " (it may only use selected columns)";
    try (PreparedStatement statement = queries.connection().prepareStatement(sql(to - from))) {
      int parameter = 1;
      for (int i = from; i < to; i++) {
        parameter = bind(statement, parameter, rows.get(i));
      }
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          matches[from + result.getInt(1)] = true;
        }
      }
    } catch (SQLException e) {
      throw MySqlErrors.classify(what, e);
    }
  }

  /** Each row as a derived table's row, so that the condition sees columns by their names. */
  private String sql(int rows) {
    StringBuilder sql = new StringBuilder("SELECT `tidemark ordinal` FROM (");
    for (int row = 0; row < rows; row++) {
      sql.append(row == 0 ? "SELECT " : " UNION ALL SELECT ").append(row);
      sql.append(" AS `tidemark ordinal`");
      for (int i = 0; i < expressions.size(); i++) {
        sql.append(", ").append(expressions.get(i)).append(" AS ");
        sql.append(Identifiers.quote(table.columns().get(i).name()));
      }
    }
    sql.append(") AS ").append(Identifiers.quote(table.id().name()));
    return sql.append(" WHERE ").append(condition).toString();
  }

  private int bind(PreparedStatement statement, int first, Row row) throws SQLException {
    if (!row.isComplete()) {
      throw incomplete(table);
    }
    int parameter = first;
    for (int i = 0; i < row.size(); i++) {
      if (row.isNull(i)) {
        statement.setNull(parameter, java.sql.Types.VARCHAR);
      } else if (table.columns().get(i).values().isRaw()) {
        int offset = row.offset(i);
        statement.setBytes(
            parameter, Arrays.copyOfRange(row.array(), offset, offset + row.length(i)));
      } else {
        statement.setString(parameter, row.text(i));
      }
      parameter++;
    }
    return parameter;
  }

  static DatabaseException incomplete(Table table) {
    return new DatabaseException(
        Kind.FATAL,
        "table "
            + table.id()
            + " has a row filter, and the log does not carry whole rows of it, so that it cannot be"
            + " told whether a row met the condition before it changed. Set binlog_row_image = FULL"
            + " at the source, drop the stream with ./tidemark drop and copy again");
  }
}
