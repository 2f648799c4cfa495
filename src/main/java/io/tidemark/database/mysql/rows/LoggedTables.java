package io.tidemark.database.mysql.rows;

import io.tidemark.database.mysql.catalog.MySqlCatalog;
import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.value.TextEncoding;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Selection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Reads what the log reader has to know of the announced tables. */
public final class LoggedTables {

  private LoggedTables() {}

  /**
   * @throws io.tidemark.database.DatabaseException fatal, if an announced table or column is gone
   */
  public static Map<TableId, LoggedTable> read(
      MySqlQueries queries, Selection selection, List<Table> tables) {
    Map<TableId, MySqlCatalog.Entry> entries =
        MySqlCatalog.entries(queries, selection).stream()
            .collect(Collectors.toMap(entry -> entry.table().id(), entry -> entry));
    ColumnCheck check = new ColumnCheck(charsets(queries));
    Map<String, TextEncoding> encodings = new HashMap<>();
    Map<TableId, LoggedTable> logged = new HashMap<>();
    for (Table table : tables) {
      MySqlCatalog.Entry entry = entries.get(table.id());
      if (entry == null) {
        throw LoggedTable.changed(table, "it is not there any more, or not readable");
      }
      for (MySqlColumn column : entry.columns()) {
        boolean travels =
            table.columns().stream().anyMatch(known -> known.name().equals(column.name()));
        if (travels && !column.charset().isEmpty()) {
          encodings.computeIfAbsent(column.charset(), charset -> TextEncoding.of(charset, queries));
        }
      }
      logged.put(
          table.id(), new LoggedTable(table, entry.keyIndex(), entry.columns(), encodings, check));
    }
    return logged;
  }

  private static Map<Integer, String> charsets(MySqlQueries queries) {
    record Collation(int number, String charset) {}
    // MariaDB has collations for several character sets, whose numbers are elsewhere.
    String sql =
        queries.version().isMariaDb()
            ? "SELECT ID, CHARACTER_SET_NAME FROM"
                + " information_schema.COLLATION_CHARACTER_SET_APPLICABILITY WHERE ID IS NOT NULL"
            : "SELECT ID, CHARACTER_SET_NAME FROM information_schema.COLLATIONS";
    return queries
        .list(
            "reading the server's collations",
            sql,
            row -> new Collation(row.getInt(1), row.getString(2)))
        .stream()
        .collect(Collectors.toMap(Collation::number, Collation::charset, (a, b) -> a));
  }
}
