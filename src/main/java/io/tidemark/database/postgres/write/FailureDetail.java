package io.tidemark.database.postgres.write;

import io.tidemark.change.Row;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.TargetWriter.UniqueConflictException;
import io.tidemark.database.postgres.session.PostgresErrors;
import io.tidemark.database.postgres.write.TargetTable.TargetColumn;
import io.tidemark.database.shared.MissingRows;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Says which table, key and column a failure is about. What the server says about bad input quotes
 * it, so that of such an error only its SQLSTATE is passed on: a row's values must reach no log,
 * also not as the cause of an exception.
 */
final class FailureDetail {

  private static final int DIAGNOSIS_MILLIS = 2000;

  /** Where a COPY was: {@code COPY t, line 3, column c: "value"}. */
  private static final Pattern COPY_PLACE =
      Pattern.compile("COPY .*?, line (\\d+)(?:, column ([^:\"]+))?.*", Pattern.DOTALL);

  private final Supplier<Connection> diagnosis;

  FailureDetail(Supplier<Connection> diagnosis) {
    this.diagnosis = diagnosis;
  }

  /** Some rows that were to be changed are not there. */
  static DatabaseException missing(
      TargetTable target, String what, int done, int wanted, List<Row> missing) {
    return MissingRows.failure(
        target.id(), missing.stream().map(row -> key(target, row)).toList(), what, done, wanted);
  }

  /** What failed on a table as a whole, or on nobody knows which row of it. */
  static DatabaseException ofTable(TargetTable target, String what, SQLException error) {
    if (!quotesInput(error)) {
      return PostgresErrors.classify(what, error);
    }
    String place =
        server(error)
            .map(ServerErrorMessage::getWhere)
            .map(COPY_PLACE::matcher)
            .filter(Matcher::matches)
            .map(
                where ->
                    ", row "
                        + where.group(1)
                        + " of the chunk"
                        + (where.group(2) == null ? "" : ", column " + where.group(2)))
            .orElse("");
    return refused(what + place, error);
  }

  /** What failed on one row. */
  DatabaseException ofRow(TargetTable target, Row row, SQLException error) {
    Kind kind = PostgresErrors.kind(error);
    String what = "applying a change to table " + target.id();
    if (kind != Kind.DATA) {
      return PostgresErrors.classify(what, error);
    }
    String place =
        what
            + ", key "
            + key(target, row)
            + server(error)
                .map(ServerErrorMessage::getColumn)
                .or(
                    () ->
                        quotesInput(error) ? refusingColumn(target, row, error) : Optional.empty())
                .map(column -> ", column " + column)
                .orElse("");
    if (quotesInput(error)) {
      return refused(place, error);
    }
    return isUniqueConflict(error)
        ? new UniqueConflictException(target.table(), PostgresErrors.describe(place, error), error)
        : PostgresErrors.classify(place, error);
  }

  /** A failure of many rows at once. Whoever replays them singly learns which one it was. */
  static DatabaseException ofSet(TargetTable target, SQLException error) {
    String what = "applying changes to table " + target.id();
    return isUniqueConflict(error)
        ? new UniqueConflictException(target.table(), PostgresErrors.describe(what, error), error)
        : ofTable(target, what, error);
  }

  private static boolean isUniqueConflict(SQLException error) {
    return PostgresErrors.hasState(error, "23505") || PostgresErrors.hasState(error, "23P01");
  }

  private static DatabaseException refused(String what, SQLException error) {
    return new DatabaseException(
        PostgresErrors.kind(error),
        what
            + " failed: the target does not take a value (SQLSTATE "
            + error.getSQLState()
            + "). Give the column at the target the type that it has at the source",
        new SQLException("the server's message quotes the value", error.getSQLState()));
  }

  /** Class 22: data exceptions; their messages quote the input (PostgreSQL manual, appendix A). */
  private static boolean quotesInput(SQLException error) {
    return error.getSQLState() != null && error.getSQLState().startsWith("22");
  }

  private static Optional<ServerErrorMessage> server(SQLException error) {
    return error instanceof PSQLException driver
        ? Optional.ofNullable(driver.getServerErrorMessage())
        : Optional.empty();
  }

  /** The key's values, without quotes, as people write them; of a table without key, nothing. */
  private static String key(TargetTable target, Row row) {
    List<String> values = new ArrayList<>();
    for (int field : target.table().keyIndexes()) {
      values.add(row.isPresent(field) && !row.isNull(field) ? row.text(field) : "?");
    }
    return values.isEmpty() ? "(the table has none)" : "(" + String.join(", ", values) + ")";
  }

  /**
   * Asks the server again, column by column. Inserting the one value evaluates exactly what failed,
   * the cast and the assignment, before any constraint is looked at; whatever comes of it is rolled
   * back.
   */
  private Optional<String> refusingColumn(TargetTable target, Row row, SQLException error) {
    try (Connection connection = diagnosis.get();
        Statement statement = connection.createStatement()) {
      statement.execute("SET lock_timeout = " + DIAGNOSIS_MILLIS);
      for (int field = 0; field < row.size(); field++) {
        if (row.isPresent(field)
            && !row.isNull(field)
            && refuses(connection, target, row, field, error.getSQLState())) {
          return Optional.of(target.table().columns().get(field).name());
        }
      }
      return Optional.empty();
    } catch (SQLException | DatabaseException e) {
      // The column is a convenience: the failure itself is reported with or without it.
      error.addSuppressed(e);
      return Optional.empty();
    }
  }

  private static boolean refuses(
      Connection connection, TargetTable target, Row row, int field, String state)
      throws SQLException {
    TargetColumn column = target.columns().get(field);
    Savepoint before = connection.setSavepoint();
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO "
                + target.name()
                + " ("
                + column.name()
                + ") OVERRIDING SYSTEM VALUE SELECT u.v::"
                + column.type()
                + " FROM unnest(?::text[]) AS u(v)")) {
      insert.setObject(1, new TextArray(List.of(row), field));
      insert.executeUpdate();
      return false;
    } catch (SQLException e) {
      return PostgresErrors.hasState(e, state);
    } finally {
      connection.rollback(before);
    }
  }
}
