package io.tidemark.database.jdbc;

import io.tidemark.database.DatabaseException;
import io.tidemark.schema.TableId;
import io.tidemark.staging.ShapeChange;
import io.tidemark.staging.SinkColumn;
import io.tidemark.staging.TableShape;
import java.io.Serializable;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** How a target's tables are made and changed for a sink. */
public interface TableChanges extends Serializable {

  /** Whether tables change with the transaction, so that what is rolled back has not happened. */
  boolean isTransactional();

  /**
   * A query by which the session gets hold of something that no other session can have at the same
   * time, until it ends: its only value is 1 then. Empty where the sink's row in the ledger is
   * locked until all is done.
   *
   * @param name of what it gets hold of
   */
  Optional<String> exclusive(String name);

  /**
   * What makes the table; nothing if it is there.
   *
   * @throws DatabaseException fatal, if it is there and lacks a column
   */
  List<String> opening(Connection connection, TableShape shape) throws SQLException;

  /**
   * What changes the table; nothing where it has the change.
   *
   * @throws DatabaseException fatal, if the table is none that can be changed so
   */
  List<String> changing(Connection connection, ShapeChange change) throws SQLException;

  /**
   * @throws DatabaseException fatal, if a column is missing
   */
  static void requireColumns(TableId table, Set<String> there, List<String> names) {
    List<String> missing = names.stream().filter(name -> !there.contains(name)).toList();
    if (!missing.isEmpty()) {
      throw new DatabaseException(
          DatabaseException.Kind.FATAL,
          "table "
              + table
              + " at the target has no "
              + (missing.size() == 1 ? "column " : "columns ")
              + String.join(", ", missing)
              + ", for which rows have come: add what is missing, as the source has it, or drop the"
              + " table and copy it again from a job without state");
    }
  }

  /** The columns that an addition is left with: what is there is not added again. */
  static List<SinkColumn> missing(ShapeChange.Add add, Set<String> there) {
    return add.columns().stream().filter(column -> !there.contains(column.name())).toList();
  }

  /** Whether nothing says what a row has in a new column that was there before it. */
  static boolean needsEmptyTable(SinkColumn column) {
    return !column.nullable() && column.defaultText().isEmpty();
  }

  /**
   * What is said of such a column, where the table has rows.
   *
   * @param type as which it would be made
   */
  static DatabaseException unknownValues(TableId table, SinkColumn column, String type) {
    return new DatabaseException(
        DatabaseException.Kind.FATAL,
        "column "
            + column.name()
            + " was added to table "
            + table
            + " as NOT NULL and without a default, and nothing says what the rows have in it that"
            + " were there before. Add it to the table at the target, as "
            + type
            + ", with what the source has for them; the job then goes on");
  }

  /**
   * The renamings that are still to be made, in the order of the names.
   *
   * @throws DatabaseException fatal, if the old and the new column are both there, or none is
   */
  static Map<String, String> renamings(ShapeChange.Rename rename, Set<String> there) {
    Map<String, String> due = new LinkedHashMap<>();
    new TreeMap<>(rename.names())
        .forEach(
            (from, to) -> {
              boolean isDone = there.contains(to);
              if (!isDone) {
                requireColumns(rename.table(), there, List.of(from));
                due.put(from, to);
              } else if (there.contains(from)) {
                throw new DatabaseException(
                    DatabaseException.Kind.FATAL,
                    "column "
                        + from
                        + " of table "
                        + rename.table()
                        + " cannot be renamed to "
                        + to
                        + ", which is there too: take one of the two from the table at the target;"
                        + " the job then goes on");
              }
            });
    return due;
  }
}
