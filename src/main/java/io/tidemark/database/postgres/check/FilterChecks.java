package io.tidemark.database.postgres.check;

import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresErrors;
import io.tidemark.database.shared.Findings;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Selection;
import java.sql.Connection;
import java.sql.ResultSet;
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

  /** Of all indexes on temporary tables of this session that have a condition. */
  private static final String USERS_FUNCTIONS =
      """
      SELECT pg_catalog.string_agg(DISTINCT pg_catalog.format('%I.%I', n.nspname, p.proname), ', ')
      FROM pg_catalog.pg_index AS i
      JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
        AND c.relnamespace = pg_catalog.pg_my_temp_schema()
      JOIN pg_catalog.pg_depend AS d
        ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = i.indexrelid
      LEFT JOIN pg_catalog.pg_operator AS o
        ON d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oid = d.refobjid
      JOIN pg_catalog.pg_proc AS p ON p.oid = coalesce(o.oprcode::oid, d.refobjid)
      JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
      WHERE i.indpred IS NOT NULL AND p.oid >= 16384
        AND (o.oid IS NOT NULL
             OR d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass)
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS e
                        WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                          AND e.objid = p.oid AND e.deptype = 'e')
      """;

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
      if (judge(table, filter, statement)) {
        requireOwnFunctions(table, filter, statement);
      }
    } catch (SQLException e) {
      findings.warning(
          table.toString(),
          PostgresErrors.describe("trying the filter (" + filter + ")", e),
          "make sure that it calls immutable functions only, none of them a user's, and has no"
              + " subquery, or: GRANT"
              + " TEMPORARY ON DATABASE … to the source's role");
    } finally {
      connection.rollback(before);
    }
  }

  /**
   * What users have written may be written anew at any time (CREATE OR REPLACE), and would judge
   * rows otherwise from then on. What comes with an extension is not, and stays as it is as long as
   * the extension does. The server has noted what the index depends on.
   */
  private void requireOwnFunctions(TableId table, String filter, Statement statement)
      throws SQLException {
    try (ResultSet row = statement.executeQuery(USERS_FUNCTIONS)) {
      row.next();
      String functions = row.getString(1);
      if (functions != null) {
        findings.error(
            table.toString(),
            "the filter ("
                + filter
                + ") calls "
                + functions
                + ", which somebody may replace: rows would be judged in another way from then on"
                + " than before",
            "write out in the filter what it does, with functions and operators of the server's"
                + " own or of an extension");
      }
    }
  }

  private boolean judge(TableId table, String filter, Statement statement) {
    try {
      statement.execute(
          "CREATE INDEX ON pg_temp."
              + Identifiers.quote(table.name())
              + " ((1)) WHERE ("
              + filter
              + "\n)");
      // In brackets too, which no parenthesis of another pair can close: "a) OR (b" is no
      // condition.
      statement.execute(
          "SELECT (ARRAY["
              + filter
              + "\n])[1] FROM pg_temp."
              + Identifiers.quote(table.name())
              + " LIMIT 0");
      return true;
    } catch (SQLException e) {
      findings.error(
          table.toString(),
          "the filter (" + filter + ") cannot be used: " + PostgresErrors.describe("it", e),
          "write a condition on the table's own columns, with immutable functions and operators"
              + " only, and no subquery");
      return false;
    }
  }
}
