package io.tidemark.database.postgres.control;

import io.tidemark.database.SourceDatabase.ListedTable;
import io.tidemark.database.SourceDatabase.Listing;
import io.tidemark.database.postgres.catalog.ColumnTypes;
import io.tidemark.database.postgres.catalog.PortableTable;
import io.tidemark.database.postgres.catalog.PostgresCatalog;
import io.tidemark.database.postgres.key.PostgresChunkPlanner;
import io.tidemark.database.postgres.session.PostgresErrors;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.database.postgres.session.StreamSource;
import io.tidemark.database.postgres.session.StreamSource.Role;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.StreamNames;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What the catalog of a PostgreSQL database says to whoever only looks. */
public record PostgresListing(StreamSource source) implements Listing {

  /** The size of a table is not told while somebody has it to himself. */
  private static final String LOCK_LIMIT = "SET lock_timeout = '10s'";

  private static final String DATABASES =
      """
      SELECT datname FROM pg_catalog.pg_database
      WHERE datallowconn AND NOT datistemplate
        AND pg_catalog.has_database_privilege(oid, 'CONNECT')
      ORDER BY datname
      """;

  /** The table's own comment has no column. */
  private static final String COMMENTS =
      """
      SELECT '' AS name, pg_catalog.obj_description(?, 'pg_class') AS comment
      UNION ALL
      SELECT a.attname, pg_catalog.col_description(a.attrelid, a.attnum)
      FROM pg_catalog.pg_attribute AS a
      WHERE a.attrelid = ? AND a.attnum > 0 AND NOT a.attisdropped
      """;

  private record Comment(String column, Optional<String> text) {}

  @Override
  public List<String> databases() {
    try (PostgresQueries queries = open()) {
      return queries.list("listing the server's databases", DATABASES, row -> row.getString(1));
    }
  }

  @Override
  public List<TableId> tables() {
    try (PostgresQueries queries = open()) {
      return PostgresCatalog.tables(queries.connection(), source.selection()).stream()
          .map(Table::id)
          .toList();
    }
  }

  @Override
  public Optional<ListedTable> table(TableId id) {
    try (PostgresQueries queries = open()) {
      List<PostgresCatalog.Entry> there =
          PostgresCatalog.entries(queries.connection(), source.selection().narrowedTo(Set.of(id)));
      if (there.isEmpty()) {
        return Optional.empty();
      }
      PostgresCatalog.Entry entry = there.get(0);
      // Otherwise it is being altered this very moment, and was not there as it was.
      return Optional.ofNullable(
              ColumnTypes.read(queries.connection(), List.of(entry.table())).get(entry.table()))
          .map(PortableTable::table)
          .map(table -> commented(queries, entry.oid(), table));
    } catch (SQLException e) {
      throw PostgresErrors.classify("reading the types of the columns of table " + id, e);
    }
  }

  private static ListedTable commented(PostgresQueries queries, long oid, Table table) {
    Set<String> travelling = table.columns().stream().map(Column::name).collect(Collectors.toSet());
    String comment = "";
    Map<String, String> comments = new HashMap<>();
    List<String> withheld = new ArrayList<>();
    for (Comment each :
        queries.list(
            "reading the comments of table " + table.id(),
            COMMENTS,
            row -> new Comment(row.getString(1), Optional.ofNullable(row.getString(2))),
            oid,
            oid)) {
      if (each.column().isEmpty()) {
        comment = each.text().orElse("");
      } else if (travelling.contains(each.column())) {
        each.text().ifPresent(text -> comments.put(each.column(), text));
      } else {
        withheld.add(each.column());
      }
    }
    return new ListedTable(table, comment, comments, withheld);
  }

  @Override
  public long estimateRows(Table table) {
    try (PostgresQueries queries = open()) {
      return new PostgresChunkPlanner(queries).estimateRows(table);
    }
  }

  private PostgresQueries open() {
    PostgresQueries queries = source.open(StreamNames.OBSERVER_EPOCH, Role.LOOKUP);
    try {
      queries.execute("preparing a look at the catalog", LOCK_LIMIT);
      return queries;
    } catch (RuntimeException e) {
      queries.close();
      throw e;
    }
  }
}
