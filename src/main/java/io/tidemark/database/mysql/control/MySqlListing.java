package io.tidemark.database.mysql.control;

import io.tidemark.database.SourceDatabase.ListedTable;
import io.tidemark.database.SourceDatabase.Listing;
import io.tidemark.database.mysql.catalog.MySqlCatalog;
import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.key.MySqlChunkPlanner;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.StreamSource;
import io.tidemark.database.mysql.session.StreamSource.Role;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Selection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the catalog of a MySQL or MariaDB server says to whoever only looks. */
public record MySqlListing(StreamSource source) implements Listing {

  /** Some of what the catalog tells of a table waits while somebody has it to himself. */
  private static final String LOCK_LIMIT = "SET lock_wait_timeout = 10";

  private static final String DATABASES =
      "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME"
          + MySqlCatalog.NOT_OURS
          + " ORDER BY SCHEMA_NAME";

  /** The table's own comment has no column. */
  private static final String COMMENTS =
      """
      SELECT TABLE_SCHEMA, TABLE_NAME, '' AS COLUMN_NAME, TABLE_COMMENT AS COMMENT
      FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?
      UNION ALL
      SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLUMN_COMMENT
      FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?
      """;

  private record Comment(TableId table, String column, String text) {}

  @Override
  public List<String> databases() {
    try (MySqlQueries queries = open()) {
      return queries.list("listing the server's databases", DATABASES, row -> row.getString(1));
    }
  }

  @Override
  public List<TableId> tables() {
    try (MySqlQueries queries = open()) {
      return MySqlCatalog.names(queries, source.selection());
    }
  }

  @Override
  public Optional<ListedTable> table(TableId id) {
    try (MySqlQueries queries = open()) {
      Selection only = source.selection().narrowedTo(Set.of(id));
      if (MySqlCatalog.names(queries, only).isEmpty()) {
        return Optional.empty();
      }
      return Optional.of(commented(queries, MySqlCatalog.entries(queries, only).get(0)));
    }
  }

  private static ListedTable commented(MySqlQueries queries, MySqlCatalog.Entry entry) {
    TableId id = entry.table().id();
    String comment = "";
    Map<String, String> comments = new HashMap<>();
    for (Comment each :
        queries.list(
            "reading the comments of table " + id,
            COMMENTS,
            row ->
                new Comment(
                    new TableId(row.getString("TABLE_SCHEMA"), row.getString("TABLE_NAME")),
                    row.getString("COLUMN_NAME"),
                    row.getString("COMMENT")),
            id.schema(),
            id.name(),
            id.schema(),
            id.name())) {
      // The server may take names for the same that are not.
      if (each.table().equals(id) && !each.text().isEmpty()) {
        if (each.column().isEmpty()) {
          comment = each.text();
        } else {
          comments.put(each.column(), each.text());
        }
      }
    }
    List<String> withheld =
        entry.columns().stream()
            .filter(MySqlColumn::generated)
            .map(column -> column.column().name())
            .toList();
    return new ListedTable(entry.table(), comment, comments, withheld);
  }

  @Override
  public long estimateRows(Table table) {
    try (MySqlQueries queries = open()) {
      return new MySqlChunkPlanner(queries).estimateRows(table);
    }
  }

  private MySqlQueries open() {
    MySqlQueries queries = source.open(0, Role.CHECK);
    try {
      queries.execute("preparing a look at the catalog", LOCK_LIMIT);
      return queries;
    } catch (RuntimeException e) {
      queries.close();
      throw e;
    }
  }
}
