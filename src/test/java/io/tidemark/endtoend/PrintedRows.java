package io.tidemark.endtoend;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** The rows of a query as its server prints them. */
final class PrintedRows {

  private PrintedRows() {}

  /** How the value of a column is read. */
  interface Cell {
    String print(ResultSet row, int column) throws SQLException;
  }

  /** Without the first column. */
  static List<List<String>> of(Statement statement, String sql, Cell cell) throws SQLException {
    try (ResultSet result = statement.executeQuery(sql)) {
      List<List<String>> rows = new ArrayList<>();
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 2; i <= result.getMetaData().getColumnCount(); i++) {
          row.add(cell.print(result, i));
        }
        rows.add(row);
      }
      return rows;
    }
  }
}
