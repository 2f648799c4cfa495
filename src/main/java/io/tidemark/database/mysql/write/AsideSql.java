package io.tidemark.database.mysql.write;

import io.tidemark.change.Row;
import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.session.ByteText;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.shared.MissingRows;
import io.tidemark.schema.TableId;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Moves rows of a table into a temporary one and back, inside the transaction. A temporary table is
 * made and dropped without committing what is open (MySQL manual, 15.3.3), which is not so of its
 * alteration: so it is made with its index. Its rows come and go with the transaction; it itself
 * stays after a rollback, empty.
 */
final class AsideSql {

  /** What fails if it cannot be made, as the start of a sentence. */
  static final String DOING =
      "setting rows aside until the end of a transaction, as a unique key of the target is in their"
          + " way (the account needs CREATE TEMPORARY TABLES), of";

  private static final String KEY = "tidemark_key";

  /** Marks a row that was taken out of the table, and has all of its columns. */
  private static final String WHOLE = "tidemark_whole";

  private final TargetTable target;
  private final TargetTable aside;

  /** All columns that can be written, also those that do not travel, as a list in SQL. */
  private final String columns;

  /**
   * @param name of the temporary table, in the database of {@code target}
   * @param columns the target's, by their names
   */
  AsideSql(TargetTable target, String name, List<MySqlColumn> columns) {
    this.target = target;
    this.columns =
        columns.stream()
            .filter(column -> !column.generated())
            .map(column -> Identifiers.quote(column.name()))
            .collect(Collectors.joining(", "));
    this.aside = target.setAsideIn(Identifiers.quote(new TableId(target.id().schema(), name)), KEY);
  }

  /** Whether this is of the table by this description of it. */
  boolean isOf(TargetTable described) {
    return target == described;
  }

  /** The temporary table as a place for the target's rows. */
  TargetTable aside() {
    return aside;
  }

  /** Not unique: that is looked at when the rows are put in again. */
  void make(TargetStatements statements) throws SQLException {
    execute(statements, "DROP TEMPORARY TABLE IF EXISTS " + aside.name());
    String index =
        target.keyIndex().isEmpty()
            ? ""
            : ", KEY "
                + Identifiers.quote(KEY)
                + " ("
                + Arrays.stream(target.keyFields())
                    .mapToObj(field -> target.fields().get(field).name())
                    .collect(Collectors.joining(", "))
                + ")";
    execute(
        statements,
        "CREATE TEMPORARY TABLE "
            + aside.name()
            + " ("
            + WHOLE
            + " int NOT NULL DEFAULT 0"
            + index
            + ") ENGINE = InnoDB SELECT "
            + columns
            + " FROM "
            + target.name()
            + " LIMIT 0");
  }

  /**
   * Moves the row that {@code found} names, if it is there, whole. Of rows that are the same in all
   * that travels either statement takes the first that it meets, on the same way.
   *
   * @param sql of the target's table
   */
  void takeOut(TargetStatements statements, TableSql sql, Row found) throws SQLException {
    ByteText text = new ByteText();
    text.add("INSERT INTO " + aside.name() + " (" + columns + ", " + WHOLE + ")");
    text.add(" SELECT " + columns + ", 1 FROM ");
    text.add(target.name());
    sql.where(found, text);
    text.add(" FOR UPDATE");
    long copied = statements.execute(target, text).rows();
    if (copied == 0) {
      return;
    }
    text.clear();
    sql.delete(found, text);
    long deleted = statements.execute(target, text).rows();
    if (deleted != copied) {
      throw MissingRows.notTaken(target.id(), deleted, copied);
    }
  }

  /** Moves all rows in again. */
  void putBack(TargetStatements statements) throws SQLException {
    putBack(statements, columns, WHOLE + " = 1");
    // New ones get in the other columns what the target gives to a row.
    putBack(statements, target.allColumns(), WHOLE + " = 0");
    execute(statements, "DROP TEMPORARY TABLE " + aside.name());
  }

  private void putBack(TargetStatements statements, String moved, String which)
      throws SQLException {
    String from = " FROM " + aside.name() + " WHERE " + which;
    ByteText count = new ByteText();
    count.add("SELECT COUNT(*)" + from);
    long rows = statements.count(target, count);
    ByteText move = new ByteText();
    move.add("INSERT INTO " + target.name() + " (" + moved + ") SELECT " + moved + from);
    TargetStatements.Result result = statements.execute(target, move);
    if (result.warning().isPresent()) {
      throw TargetFailure.warned(
          "putting rows of table " + target.id() + " in again", result.warning().get());
    }
    if (result.rows() != rows) {
      throw MissingRows.notTaken(target.id(), result.rows(), rows);
    }
  }

  private void execute(TargetStatements statements, String sql) throws SQLException {
    ByteText text = new ByteText();
    text.add(sql);
    statements.execute(target, text);
  }
}
