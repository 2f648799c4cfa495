package io.tidemark.database.mysql.write;

import com.mysql.cj.jdbc.JdbcStatement;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.session.ByteText;
import java.io.ByteArrayInputStream;
import java.nio.charset.CharacterCodingException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.Optional;

/** Executes composed statements on one connection of the target. Used by one thread. */
final class TargetStatements {

  private final Connection connection;

  TargetStatements(Connection connection) {
    this.connection = connection;
  }

  /**
   * What a statement did.
   *
   * @param rows that it found or inserted
   * @param warning the first one
   */
  record Result(long rows, Optional<SQLWarning> warning) {}

  Result execute(TargetTable target, ByteText sql) throws SQLException {
    try (Statement statement = open()) {
      long rows = statement.executeLargeUpdate(text(target, sql));
      return new Result(rows, TargetFailure.warning(statement));
    }
  }

  /**
   * Executes several statements in one packet.
   *
   * @param done is given, for each statement in their order, what it did
   */
  void executeAll(TargetTable target, ByteText sql, int count, Each done) throws SQLException {
    try (Statement statement = open()) {
      statement.execute(text(target, sql));
      for (int i = 0; i < count; i++) {
        if (i > 0) {
          statement.getMoreResults();
        }
        done.accept(i, statement.getLargeUpdateCount());
      }
      // Counted over the last statement only: earlier ones that warned are told by their counts in
      // strict mode, where nothing but digits behind the point is changed, and those are looked at
      // before.
      TargetFailure.warning(statement)
          .ifPresent(
              warning -> {
                throw TargetFailure.warned("changing a row of table " + target.id(), warning);
              });
    }
  }

  /** What one statement of several did. */
  interface Each {
    void accept(int index, long rows);
  }

  /** The number that a query gives; 0 without a row. */
  long count(TargetTable target, ByteText sql) throws SQLException {
    try (Statement statement = open();
        ResultSet rows = statement.executeQuery(text(target, sql))) {
      return rows.next() ? rows.getLong(1) : 0;
    }
  }

  /** Sends {@code input} as the file that {@code sql} names. */
  Result load(String sql, ByteText input) throws SQLException {
    try (Statement statement = open()) {
      statement
          .unwrap(JdbcStatement.class)
          .setLocalInfileInputStream(new ByteArrayInputStream(input.array(), 0, input.size()));
      long rows = statement.executeLargeUpdate(sql);
      return new Result(rows, TargetFailure.warning(statement));
    }
  }

  private Statement open() throws SQLException {
    Statement statement = connection.createStatement();
    // Braces are data here.
    statement.setEscapeProcessing(false);
    return statement;
  }

  private static String text(TargetTable target, ByteText sql) {
    try {
      return sql.text();
    } catch (CharacterCodingException e) {
      throw new DatabaseException(
          Kind.DATA, "table " + target.id() + ": a text of the source is no valid UTF-8", e);
    }
  }
}
