package io.tidemark.database.postgres.session;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.jdbc.Queries;
import io.tidemark.database.postgres.position.PostgresLsn;
import io.tidemark.database.postgres.position.PostgresSnapshot;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Statements on one connection to PostgreSQL. Their parameters are strings, numbers, {@code
 * String[]} for {@code text[]} and {@code Long[]} for {@code oid[]}.
 */
public final class PostgresQueries extends Queries {

  /** Takes the connection over: {@link #close} closes it. */
  public PostgresQueries(Connection connection) {
    super(connection);
  }

  @Override
  protected DatabaseException classify(String what, SQLException error) {
    return PostgresErrors.classify(what, error);
  }

  @Override
  protected void bind(PreparedStatement statement, int index, Object value) throws SQLException {
    if (value instanceof String[] texts) {
      statement.setArray(index, connection().createArrayOf("text", texts));
    } else if (value instanceof Long[] oids) {
      statement.setArray(index, connection().createArrayOf("oid", oids));
    } else {
      statement.setObject(index, value);
    }
  }

  /** What a consistent read that is opened now would contain. */
  public PostgresSnapshot visible() {
    return one("asking for the current snapshot", PostgresSnapshot.SELECT, this::snapshot);
  }

  /** What a row of {@link PostgresSnapshot#SELECT} says, whose two columns have to come first. */
  public PostgresSnapshot snapshot(ResultSet row) throws SQLException {
    return PostgresSnapshot.of(row.getString(1), PostgresLsn.parse(row.getString(2)));
  }
}
