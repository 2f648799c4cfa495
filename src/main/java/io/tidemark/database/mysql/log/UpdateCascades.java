package io.tidemark.database.mysql.log;

import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.catalog.UnloggedCascades;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.schema.Column;
import io.tidemark.schema.TableId;
import java.util.List;

/**
 * Foreign keys of copied tables by which the server changes rows when the rows that they reference
 * get another key, where the log has none of these changes. It has the update that brings them
 * about, if the referenced key is copied; if it is not, the stream is refused. Immutable.
 *
 * @param all those of the copied tables
 */
record UpdateCascades(List<Cascade> all) {

  /**
   * One of them.
   *
   * @param referenced the table whose key it is
   * @param columns of that table
   * @param reason why the log does not have what it changes
   */
  record Cascade(
      TableId table, String key, TableId referenced, List<String> columns, String reason) {
    Cascade {
      columns = List.copyOf(columns);
    }
  }

  static final UpdateCascades NONE = new UpdateCascades(List.of());

  UpdateCascades {
    all = List.copyOf(all);
  }

  /**
   * @param anyCase whether letter case is passed over in the names of tables
   * @param after behind which transactions the log is read
   * @throws DatabaseException fatal, if rows were changed along with this one
   */
  void requireNone(RowChange.Update update, boolean anyCase, BinlogPosition after) {
    for (Cascade cascade : all) {
      if (UnloggedCascades.isSame(cascade.referenced(), update.table().id(), anyCase)
          && changes(cascade.columns(), update)) {
        throw new DatabaseException(
            Kind.FATAL,
            "rows of table "
                + cascade.table()
                + " were changed at the source, after "
                + after.print()
                + ", by foreign key "
                + cascade.key()
                + " along with the key of table "
                + cascade.referenced()
                + ": "
                + cascade.reason()
                + ". Make it ON UPDATE RESTRICT, drop the stream with ./tidemark drop and copy"
                + " again");
      }
    }
  }

  /** A column that the old image leaves out, and the new one does not, has been assigned. */
  private static boolean changes(List<String> names, RowChange.Update update) {
    List<Column> columns = update.table().columns();
    Row after = update.after();
    for (int i = 0; i < columns.size(); i++) {
      String name = columns.get(i).name();
      if (names.stream().anyMatch(name::equalsIgnoreCase)
          && after.isPresent(i)
          && !hasSame(update, i)) {
        return true;
      }
    }
    return false;
  }

  private static boolean hasSame(RowChange.Update update, int field) {
    return update
        .before()
        .filter(before -> before.isPresent(field) && before.hasSame(field, update.after()))
        .isPresent();
  }
}
