package io.tidemark.database.mysql.key;

import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.schema.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds the index that a table's key stands for. */
public final class KeyIndex {

  private record Part(String index, boolean unique, String column, boolean prefix) {}

  private KeyIndex() {}

  /**
   * {@code FORCE INDEX (…)} for a FROM clause: without it, bad statistics could make the server
   * read the whole table for a part of it. Empty if there is no such index, or no key.
   */
  public static String force(MySqlQueries queries, Table table) {
    if (table.key().isEmpty()) {
      return "";
    }
    return name(queries, table)
        .map(name -> " FORCE INDEX (" + Identifiers.quote(name) + ")")
        .orElse("");
  }

  private static Optional<String> name(MySqlQueries queries, Table table) {
    List<Part> parts =
        queries.list(
            "reading the indexes of table " + table.id(),
            "SHOW INDEX FROM " + Identifiers.quote(table.id()),
            row ->
                new Part(
                    row.getString("Key_name"),
                    row.getInt("Non_unique") == 0,
                    Optional.ofNullable(row.getString("Column_name")).orElse(""),
                    row.getString("Sub_part") != null));
    Map<String, List<String>> columns = new LinkedHashMap<>();
    for (Part part : parts) {
      if (part.unique()) {
        columns
            .computeIfAbsent(part.index(), any -> new ArrayList<>())
            .add(part.prefix() ? "" : part.column());
      }
    }
    return columns.entrySet().stream()
        .filter(index -> index.getValue().equals(table.key().orElseThrow().columns()))
        .map(Map.Entry::getKey)
        .findFirst();
  }
}
