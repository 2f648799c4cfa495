package io.tidemark.database.postgres.ddl;

import io.tidemark.database.jdbc.TableChanges;
import io.tidemark.database.postgres.session.CatalogQuery;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.schema.TableId;
import io.tidemark.staging.ShapeChange;
import io.tidemark.staging.SinkColumn;
import io.tidemark.staging.TableShape;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** How tables are made and changed for a sink at PostgreSQL: with the transaction. */
public record PostgresTableChanges() implements TableChanges {

  private static final long serialVersionUID = 1L;

  private static final String COLUMNS =
      """
      SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)
      FROM pg_catalog.pg_attribute AS a
      JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE n.nspname = ? AND c.relname = ? AND a.attnum > 0 AND NOT a.attisdropped
      """;

  private static final String EXISTS =
      """
      SELECT 1 FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE n.nspname = ? AND c.relname = ?
      """;

  @Override
  public boolean isTransactional() {
    return true;
  }

  @Override
  public Optional<String> exclusive(String name) {
    return Optional.empty();
  }

  @Override
  public List<String> opening(Connection connection, TableShape shape) throws SQLException {
    TableId table = shape.table();
    if (isThere(connection, table)) {
      TableChanges.requireColumns(table, types(connection, table).keySet(), shape.names());
      return List.of();
    }
    List<String> statements = new ArrayList<>();
    // Whoever may not create a schema may not even ask for one that is there.
    if (CatalogQuery.list(
            connection,
            "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = ?",
            row -> row.getInt(1),
            table.schema())
        .isEmpty()) {
      statements.add("CREATE SCHEMA " + Identifiers.quote(table.schema()));
    }
    String columns =
        shape.columns().stream()
            .map(column -> line(column) + (shape.key().contains(column.name()) ? " NOT NULL" : ""))
            .collect(Collectors.joining(", "));
    statements.add(
        "CREATE TABLE "
            + Identifiers.quote(table)
            + " ("
            + columns
            + ", PRIMARY KEY ("
            + Identifiers.list(shape.key())
            + "))");
    return statements;
  }

  private static String line(SinkColumn column) {
    return Identifiers.quote(column.name()) + " " + PortableTypes.made(column.values());
  }

  private static boolean isThere(Connection connection, TableId table) throws SQLException {
    return !CatalogQuery.list(
            connection, EXISTS, row -> row.getInt(1), table.schema(), table.name())
        .isEmpty();
  }

  private static Map<String, String> types(Connection connection, TableId table)
      throws SQLException {
    Map<String, String> types = new LinkedHashMap<>();
    CatalogQuery.list(
        connection,
        COLUMNS,
        row -> types.put(row.getString(1), row.getString(2)),
        table.schema(),
        table.name());
    return types;
  }

  @Override
  public List<String> changing(Connection connection, ShapeChange change) throws SQLException {
    TableId table = change.table();
    if (change instanceof ShapeChange.Drop) {
      return isThere(connection, table)
          ? List.of("DROP TABLE " + Identifiers.quote(table))
          : List.of();
    }
    if (change instanceof ShapeChange.Empty) {
      return isThere(connection, table)
          ? List.of("TRUNCATE TABLE " + Identifiers.quote(table))
          : List.of();
    }
    return clauses(connection, change).stream()
        .map(clause -> "ALTER TABLE " + Identifiers.quote(table) + " " + clause)
        .toList();
  }

  private static List<String> clauses(Connection connection, ShapeChange change)
      throws SQLException {
    Map<String, String> there = types(connection, change.table());
    if (change instanceof ShapeChange.Add add) {
      return added(connection, add, there.keySet());
    }
    if (change instanceof ShapeChange.Remove remove) {
      return remove.columns().stream()
          .filter(there::containsKey)
          .map(name -> "DROP COLUMN " + Identifiers.quote(name))
          .toList();
    }
    if (change instanceof ShapeChange.Rename rename) {
      List<String> clauses = new ArrayList<>();
      TableChanges.renamings(rename, there.keySet())
          .forEach(
              (from, to) ->
                  clauses.add(
                      "RENAME COLUMN " + Identifiers.quote(from) + " TO " + Identifiers.quote(to)));
      return clauses;
    }
    return change instanceof ShapeChange.Retype retype ? retyped(retype, there) : List.of();
  }

  private static List<String> added(Connection connection, ShapeChange.Add add, Set<String> there)
      throws SQLException {
    List<String> clauses = new ArrayList<>();
    for (SinkColumn column : TableChanges.missing(add, there)) {
      if (TableChanges.needsEmptyTable(column) && hasRows(connection, add.table())) {
        throw TableChanges.unknownValues(add.table(), column, PortableTypes.made(column.values()));
      }
      clauses.add(
          "ADD COLUMN "
              + line(column)
              + column
                  .defaultText()
                  .map(text -> " DEFAULT " + Identifiers.literal(text))
                  .orElse(""));
    }
    return clauses;
  }

  private static boolean hasRows(Connection connection, TableId table) throws SQLException {
    return !CatalogQuery.list(
            connection,
            "SELECT 1 FROM " + Identifiers.quote(table) + " LIMIT 1",
            row -> row.getInt(1))
        .isEmpty();
  }

  private static List<String> retyped(ShapeChange.Retype retype, Map<String, String> there) {
    TableChanges.requireColumns(
        retype.table(), there.keySet(), retype.columns().stream().map(SinkColumn::name).toList());
    return retype.columns().stream()
        .filter(
            column ->
                !PortableTypes.made(column.values()).equals(there.getOrDefault(column.name(), "")))
        .map(
            column -> {
              String name = Identifiers.quote(column.name());
              return "ALTER COLUMN "
                  + name
                  + " DROP DEFAULT, ALTER COLUMN "
                  + name
                  + " TYPE "
                  + PortableTypes.made(column.values());
            })
        .toList();
  }
}
