package io.tidemark.database.mysql.write;

import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlErrors;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Supplier;

/**
 * Sets where tables go on numbering. Through a connection of its own: ALTER TABLE commits what is
 * open.
 *
 * <p>InnoDB keeps the counter above every value that is written, so that it needs raising only
 * where the source has handed out values that were never committed, or are deleted.
 */
public record AutoIncrements(Supplier<Connection> connections) {

  private static final int LOCK_SECONDS = 5;

  /** Raises it; tables that do not number, or are further, are left alone. */
  void raise(TableId table, long next) {
    try (Connection connection = connections.get()) {
      MySqlQueries queries = new MySqlQueries(connection);
      boolean behind =
          queries
              .first(
                  "asking where table " + table + " of the target goes on numbering",
                  // The counter of a table that never had a row is NULL.
                  "SELECT CAST(COALESCE(t.AUTO_INCREMENT, 0) AS DECIMAL(20))"
                      + " FROM information_schema.TABLES AS t"
                      + " JOIN information_schema.COLUMNS AS c USING (TABLE_SCHEMA, TABLE_NAME)"
                      + " WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?"
                      + " AND c.EXTRA LIKE '%auto_increment%'",
                  row -> row.getBigDecimal(1).longValue() < next,
                  table.schema(),
                  table.name())
              .orElse(false);
      if (behind) {
        queries.execute(
            "limiting how long a lock is waited for",
            "SET SESSION lock_wait_timeout = " + LOCK_SECONDS);
        queries.execute(
            "setting where table " + table + " of the target goes on numbering",
            "ALTER TABLE " + Identifiers.quote(table) + " AUTO_INCREMENT = " + next);
      }
    } catch (SQLException e) {
      throw MySqlErrors.classify("closing a connection to the target", e);
    }
  }
}
