package io.tidemark.pipeline;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.SourceDatabase;
import io.tidemark.job.Databases;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import io.tidemark.staging.SinkColumn;
import io.tidemark.staging.TableShape;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Looks at the tables that the target has. Each question is a connection of its own. */
record TargetTables(ConnectionSpec connection) implements Serializable {

  /** Whether a column is there that keeps such values as they are, or refuses them. */
  boolean fits(TableId table, String column, ValueType values) {
    return find(table).stream()
        .flatMap(found -> found.columns().stream())
        .anyMatch(
            there ->
                there.name().equals(column)
                    && ColumnFit.fits(
                        values, there.values(), Databases.hasInstants(connection.url())));
  }

  /**
   * Says everything that is wrong with a table that is there.
   *
   * @throws DatabaseException fatal, if it has another key than the rows, or a column of a type
   *     that would not keep them
   */
  void requireFit(TableShape shape) {
    Optional<Table> found = find(shape.table());
    if (found.isEmpty()) {
      return;
    }
    List<String> wrong = new ArrayList<>();
    List<String> key = found.get().key().map(PrimaryKey::columns).orElse(List.of());
    if (!Set.copyOf(key).equals(Set.copyOf(shape.key()))) {
      wrong.add("its key is " + key + ", and that of the rows is " + shape.key());
    }
    wrong.addAll(misfits(found.get(), shape.columns()));
    require(shape.table(), wrong);
  }

  /**
   * @throws DatabaseException fatal, if one of the columns is there with a type that would not keep
   *     the rows
   */
  void requireFit(TableId table, List<SinkColumn> columns) {
    find(table).ifPresent(found -> require(table, misfits(found, columns)));
  }

  private List<String> misfits(Table table, List<SinkColumn> columns) {
    boolean instants = Databases.hasInstants(connection.url());
    List<String> wrong = new ArrayList<>();
    for (SinkColumn column : columns) {
      for (Column there : table.columns()) {
        if (there.name().equals(column.name())
            && !ColumnFit.fits(column.values(), there.values(), instants)) {
          wrong.add(
              "column "
                  + column.name()
                  + " is "
                  + there.type()
                  + ", which does not keep every "
                  + column.type());
        }
      }
    }
    return wrong;
  }

  private static void require(TableId table, List<String> wrong) {
    if (!wrong.isEmpty()) {
      throw new DatabaseException(
          DatabaseException.Kind.FATAL,
          "table "
              + table
              + " is there at the target, and is not one that the rows can be written to:\n- "
              + String.join("\n- ", wrong)
              + "\nChange it, or drop it so that it is made, and the job goes on; or give the rows"
              + " another table under route");
    }
  }

  private Optional<Table> find(TableId table) {
    return Databases.source(
            connection,
            "sql_look",
            new Selection(List.of("*.*"), Map.of(), Map.of(), true),
            SourceSettings.DEFAULT)
        .listing()
        .table(table)
        .map(SourceDatabase.ListedTable::table);
  }
}
