package io.tidemark.database.postgres.check;

import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresErrors;
import io.tidemark.database.shared.Findings;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Selection;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Map;
import java.util.TreeMap;

/**
 * Whether the filters are conditions that one row alone decides, today as tomorrow: a function that
 * looks at other rows, the clock or the session would judge a row differently in the snapshot and
 * in the log.
 */
final class FilterChecks {

  private final Connection connection;
  private final Selection selection;
  private final Findings findings;

  FilterChecks(Connection connection, Selection selection, Findings findings) {
    this.connection = connection;
    this.selection = selection;
    this.findings = findings;
  }

  /** Inside a transaction that is rolled back. */
  void check() throws SQLException {
    for (Map.Entry<TableId, String> filter : new TreeMap<>(selection.filters()).entrySet()) {
      if (selection.selects(filter.getKey())) {
        check(filter.getKey(), filter.getValue());
      }
    }
  }

  /**
   * The server itself judges: an index condition must be boolean, without subqueries, aggregates
   * and functions that are not immutable (manual, CREATE INDEX). The table that it is tried on is
   * empty, temporary, and gone with the rollback.
   */
  private void check(TableId table, String filter) throws SQLException {
    Savepoint before = connection.setSavepoint();
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TEMPORARY TABLE "
              + Identifiers.quote(table.name())
              + " (LIKE "
              + Identifiers.quote(table)
              + ") ON COMMIT DROP");
      judge(table, filter, statement);
    } catch (SQLException e) {
      findings.warning(
          table.toString(),
          PostgresErrors.describe("trying the filter (" + filter + ")", e),
          "make sure that it calls immutable functions only and has no subquery, or: GRANT"
              + " TEMPORARY ON DATABASE … to the source's role");
    } finally {
      connection.rollback(before);
    }
  }

  private void judge(TableId table, String filter, Statement statement) {
    try {
      statement.execute(
          "CREATE INDEX ON pg_temp."
              + Identifiers.quote(table.name())
              + " ((1)) WHERE ("
              + filter
              + "\n)");
    } catch (SQLException e) {
      findings.error(
          table.toString(),
          "the filter (" + filter + ") cannot be used: " + PostgresErrors.describe("it", e),
          "write a condition on the table's own columns, with immutable functions and operators"
              + " only, and no subquery");
    }
  }
}
