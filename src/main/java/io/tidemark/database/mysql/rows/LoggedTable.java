package io.tidemark.database.mysql.rows;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.value.TextEncoding;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An announced table with what the catalog says of all its columns, against which each description
 * of it in the log is held. Immutable.
 */
public final class LoggedTable {

  private final Table table;
  private final String keyIndex;
  private final List<MySqlColumn> columns;
  private final Map<String, TextEncoding> encodings;
  private final ColumnCheck check;

  /**
   * @param keyIndex the name of the index that serves as key; empty if there is none
   * @param columns all columns of the table in their order, generated ones among them
   * @param encodings by character set, of the columns that travel at least
   */
  LoggedTable(
      Table table,
      String keyIndex,
      List<MySqlColumn> columns,
      Map<String, TextEncoding> encodings,
      ColumnCheck check) {
    this.table = table;
    this.keyIndex = keyIndex;
    this.columns = List.copyOf(columns);
    this.encodings = Map.copyOf(encodings);
    this.check = check;
    Set<String> names = new HashSet<>();
    columns.forEach(column -> names.add(column.name()));
    for (Column column : table.columns()) {
      if (!names.contains(column.name())) {
        throw changed(table, "it has no column " + column.name() + " any more");
      }
    }
  }

  /** What is copied of it, as announced. */
  public Table table() {
    return table;
  }

  /** The name of the index that serves as key; empty if there is none. */
  public String keyIndex() {
    return keyIndex;
  }

  /** Whether a column travels, by its name in whatever case: the server passes over it. */
  public boolean copies(String column) {
    return table.columns().stream().anyMatch(known -> known.name().equalsIgnoreCase(column));
  }

  /** Whether the server computes a column, and with it a target of its kind; in whatever case. */
  public boolean computes(String column) {
    return columns.stream()
        .anyMatch(known -> known.generated() && known.name().equalsIgnoreCase(column));
  }

  /** A column by its exact name, whether it travels or not; empty if the table has none of it. */
  public Optional<MySqlColumn> column(String name) {
    return columns.stream().filter(column -> column.name().equals(name)).findFirst();
  }

  static DatabaseException changed(Table table, String detail) {
    return new DatabaseException(
        Kind.FATAL,
        "table "
            + table.id()
            + " was altered: "
            + detail
            + ". Changes of a table's definition are not copied: make the same change at the target,"
            + " drop the stream with ./tidemark drop and copy again, or take the table out of the"
            + " job");
  }

  /**
   * How to read rows that the log describes by {@code map}. By name where the log has names, and by
   * place otherwise, for which the number of columns and all types must be the catalog's.
   *
   * @throws DatabaseException fatal, if an announced column is not what it was
   */
  public RowLayout layout(TableMap map) {
    Map<String, MySqlColumn> known = new HashMap<>();
    columns.forEach(column -> known.put(column.name(), column));
    List<Optional<MySqlColumn>> places = new ArrayList<>();
    if (map.names().isPresent()) {
      map.names().get().forEach(name -> places.add(Optional.ofNullable(known.get(name))));
    } else {
      if (map.columns().size() != columns.size()) {
        throw changed(
            table,
            "rows in the log have "
                + map.columns().size()
                + " columns where the catalog has "
                + columns.size()
                + ", and no names, because binlog_row_metadata was not FULL");
      }
      columns.forEach(column -> places.add(Optional.of(column)));
    }
    Map<String, Integer> fields = new HashMap<>();
    for (int i = 0; i < table.columns().size(); i++) {
      fields.put(table.columns().get(i).name(), i);
    }
    RowLayout.Builder layout = new RowLayout.Builder(table, map);
    boolean byPlace = map.names().isEmpty();
    for (int place = 0; place < places.size(); place++) {
      MySqlColumn column = places.get(place).orElse(null);
      Integer field = column == null ? null : fields.remove(column.name());
      if (column != null && (byPlace || field != null)) {
        Optional<String> difference = check.difference(column, map, place);
        if (difference.isPresent()) {
          throw changed(
              table,
              "column "
                  + column.name()
                  + " of type "
                  + column.column().type()
                  + " "
                  + difference.get());
        }
      }
      if (column != null && field != null) {
        layout.field(place, field, reader(column, map, place));
      }
    }
    if (!fields.isEmpty()) {
      throw changed(table, "rows in the log have no column " + fields.keySet());
    }
    return layout.build();
  }

  private CellReader reader(MySqlColumn column, TableMap map, int place) {
    TextEncoding encoding = encodings.getOrDefault(column.charset(), new TextEncoding.Same());
    return CellReader.of(column, map, place, encoding);
  }
}
