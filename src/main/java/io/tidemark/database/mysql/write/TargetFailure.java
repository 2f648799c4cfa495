package io.tidemark.database.mysql.write;

import io.tidemark.change.Row;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.TargetWriter.UniqueConflictException;
import io.tidemark.database.mysql.session.MySqlErrors;
import io.tidemark.database.shared.MissingRows;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Says which table, key and column a failure at the target is about. The server's messages may
 * quote what was refused: they are passed on without it, also as causes, as a row's values must
 * reach no log.
 */
final class TargetFailure {

  /** MySQL names the column, MariaDB in most messages database, table and column. */
  private static final Pattern COLUMN =
      Pattern.compile("column (?:'([^']+)'|(?:`[^`]+`\\.){0,2}`([^`]+)`) at row \\d+");

  private static final Pattern FIELD =
      Pattern.compile("(?:[Ff]ield|[Cc]olumn) (?:'([^']+)'|`([^`]+)`) (?:doesn't|cannot)");

  private TargetFailure() {}

  /** Some rows that were to be changed are not there. */
  static DatabaseException missing(
      TargetTable target, String what, long done, int wanted, List<Row> missing) {
    return MissingRows.failure(
        target.id(), missing.stream().map(target::key).toList(), what, done, wanted);
  }

  /** A failure of many rows at once. Whoever replays them singly learns which one it was. */
  static DatabaseException ofSet(TargetTable target, SQLException error) {
    String what = "applying changes to table " + target.id();
    return error.getErrorCode() == MySqlErrors.DUPLICATE_KEY
        ? conflict(target, what, error)
        : MySqlErrors.classify(what, error);
  }

  private static DatabaseException conflict(TargetTable target, String what, SQLException error) {
    return new UniqueConflictException(
        target.table(), MySqlErrors.describe(what, error), MySqlErrors.hidden(error));
  }

  /** What failed on one row. */
  static DatabaseException ofRow(TargetTable target, Row row, SQLException error) {
    String what = "applying a change to table " + target.id();
    if (error.getErrorCode() == MySqlErrors.DUPLICATE_KEY) {
      return conflict(target, what + ", key " + target.key(row), error);
    }
    return MySqlErrors.kind(error) == Kind.DATA
        ? MySqlErrors.classify(what + ", key " + target.key(row) + column(error), error)
        : MySqlErrors.classify(what, error);
  }

  static DatabaseException ofTable(TargetTable target, String what, SQLException error) {
    return MySqlErrors.classify(what + " table " + target.id(), error);
  }

  /**
   * Strict mode refuses most of what does not fit, but not all: digits behind the point are cut off
   * with a note only, and where a statement runs with IGNORE, everything. So a statement that
   * succeeds must not have warned.
   *
   * @return the first warning
   */
  static Optional<SQLWarning> warning(Statement statement) throws SQLException {
    // Asks the server only if the result said that there are warnings.
    return Optional.ofNullable(statement.getWarnings());
  }

  /** A value was changed on its way, or a row left out. */
  static DatabaseException warned(String what, SQLWarning warning) {
    return new DatabaseException(
        Kind.DATA,
        MySqlErrors.describe(what, warning)
            + ". The server would have changed the value or left out the row; nothing was"
            + " committed. Give the column at the target the type that it has at the source",
        MySqlErrors.hidden(warning));
  }

  /** The row that a message is about, counted from 1. */
  static Optional<Integer> rowOf(SQLException error) {
    Matcher matcher = Pattern.compile("at row (\\d+)").matcher(String.valueOf(error.getMessage()));
    return matcher.find() ? Optional.of(Integer.parseInt(matcher.group(1))) : Optional.empty();
  }

  private static String column(SQLException error) {
    String message = String.valueOf(error.getMessage());
    for (Pattern pattern : List.of(COLUMN, FIELD)) {
      Matcher matcher = pattern.matcher(message);
      if (matcher.find()) {
        return ", column " + (matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
      }
    }
    return "";
  }
}
