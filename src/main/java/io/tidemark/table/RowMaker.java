package io.tidemark.table;

import io.tidemark.change.Row;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import io.tidemark.table.RowMetadata.Coming;
import io.tidemark.table.TableScan.DeclaredColumn;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.types.RowKind;
import org.jspecify.annotations.Nullable;

/**
 * Makes the rows of one scan out of those of one description of a table: the columns that were
 * declared, as they were declared. Used by one thread.
 */
final class RowMaker {

  private record Field(int index, DeclaredColumn declared, ValueConverter converter) {}

  private final Table table;
  private final TableScan scan;
  private final String database;
  private final Field[] fields;
  private final @Nullable RowFilter filter;
  private final Field[] filtered;

  /**
   * @param database what metadata call the database; empty where a schema is one
   * @throws RowRefusedException if the table, as it is described, has not the columns that were
   *     declared
   */
  RowMaker(Table table, TableScan scan, String database) {
    this.table = table;
    this.scan = scan;
    this.database = database;
    Map<String, Integer> places = new HashMap<>();
    List<Column> columns = table.columns();
    for (int i = 0; i < columns.size(); i++) {
      places.put(columns.get(i).name(), i);
    }
    this.fields = fields(scan.columns(), places);
    this.filter = scan.filter();
    this.filtered = filter == null ? new Field[0] : fields(filter.columns(), places);
  }

  private Field[] fields(List<DeclaredColumn> wanted, Map<String, Integer> places) {
    return wanted.stream()
        .map(
            declared -> {
              Integer place = places.get(declared.name());
              if (place == null) {
                throw refused(declared, "it is not there any more");
              }
              Column column = table.columns().get(place);
              return new Field(
                  place,
                  declared,
                  ValueConverter.of(column.values(), declared.type())
                      .orElseThrow(
                          () ->
                              refused(
                                  declared,
                                  "its type is "
                                      + column.type()
                                      + " now, and it is declared as "
                                      + declared.type().asSummaryString())));
            })
        .toArray(Field[]::new);
  }

  /**
   * Whether the statement wants a row, as far as that is decided here.
   *
   * @throws RowRefusedException if a column that decides is not in it
   */
  boolean isWanted(Row row) {
    return filter == null
        || filter.wants(
            column -> {
              Field field = filtered[column];
              requirePresent(field, row);
              return row.isNull(field.index()) ? null : value(field, row);
            });
  }

  /**
   * A row that has all columns.
   *
   * @throws RowRefusedException if a column is not in it, or its value not one of the declared type
   */
  GenericRowData whole(RowKind kind, Row row, Coming coming) {
    return make(kind, kind, row, coming, false);
  }

  /**
   * The same of a row that is another thing to the statement than to the database: it comes or goes
   * as one that is wanted.
   *
   * @param told what {@code row_kind} says
   */
  GenericRowData whole(RowKind kind, RowKind told, Row row, Coming coming) {
    return make(kind, told, row, coming, false);
  }

  /**
   * A row of which only the key counts: what else is not known of it is null, or nothing of its
   * type.
   */
  GenericRowData ofKey(Row row, Coming coming) {
    return make(RowKind.DELETE, RowKind.DELETE, row, coming, true);
  }

  private GenericRowData make(
      RowKind kind, RowKind told, Row row, Coming coming, boolean mayLackValues) {
    GenericRowData made =
        new GenericRowData(scan.changelog().kind(kind), fields.length + scan.metadata().size());
    for (int i = 0; i < fields.length; i++) {
      Field field = fields[i];
      if (!row.isPresent(field.index())) {
        if (!mayLackValues) {
          requirePresent(field, row);
        }
        made.setField(i, Blank.of(field.declared().type()));
      } else if (!row.isNull(field.index())) {
        made.setField(i, value(field, row));
      }
    }
    for (int i = 0; i < scan.metadata().size(); i++) {
      made.setField(
          fields.length + i, scan.metadata().get(i).of(database, table.id(), told, coming));
    }
    return made;
  }

  private void requirePresent(Field field, Row row) {
    if (!row.isPresent(field.index())) {
      throw refused(
          field.declared(),
          "the log does not have its value. It has whole rows where the table has REPLICA"
              + " IDENTITY FULL (PostgreSQL) or binlog_row_image is FULL (MySQL, MariaDB)");
    }
  }

  private Object value(Field field, Row row) {
    try {
      return field
          .converter()
          .convert(row.array(), row.offset(field.index()), row.length(field.index()));
    } catch (IllegalArgumentException | ArithmeticException refused) {
      throw refused(
          field.declared(),
          "a value is none of "
              + field.declared().type().asSummaryString()
              + ": "
              + refused.getMessage());
    }
  }

  private RowRefusedException refused(DeclaredColumn column, String why) {
    return new RowRefusedException(
        "column "
            + column.name()
            + " of table "
            + table.id()
            + " cannot be read as it is declared: "
            + why);
  }
}
