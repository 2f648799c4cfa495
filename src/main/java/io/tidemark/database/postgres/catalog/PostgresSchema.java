package io.tidemark.database.postgres.catalog;

import io.tidemark.database.postgres.session.PostgresErrors;
import io.tidemark.database.postgres.session.PostgresSessions;
import io.tidemark.database.postgres.session.StreamSource;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.Selection;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** Reads what has to be made at the target, from the source's catalog. */
public final class PostgresSchema {

  private PostgresSchema() {}

  /**
   * Describes the selected tables, as of one moment.
   *
   * @throws io.tidemark.database.DatabaseException if the source cannot be read
   */
  public static PostgresSchemaDescription describe(StreamSource source) {
    return describe(source.connection(), source.selection(), "tidemark-schema:" + source.stream());
  }

  /**
   * Reads the selected tables as of one moment, on a connection of its own.
   *
   * @param session names the connection, where the server shows names
   * @throws io.tidemark.database.DatabaseException if the catalog cannot be read
   */
  public static PostgresSchemaDescription describe(
      ConnectionSpec spec, Selection selection, String session) {
    try (Connection connection = PostgresSessions.open(spec, session)) {
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
      }
      PostgresSchemaDescription description = describe(connection, selection);
      connection.rollback();
      return description;
    } catch (SQLException e) {
      throw PostgresErrors.classify("reading the schema of the source", e);
    }
  }

  /** Describes what the connection's transaction sees. */
  public static PostgresSchemaDescription describe(Connection connection, Selection selection)
      throws SQLException {
    return new SchemaReader(connection, selection).read();
  }
}
