package io.tidemark.database.mysql.ddl;

import io.tidemark.database.PortableSchema.ColumnDefinition;
import io.tidemark.database.PortableSchema.DefaultValue;
import io.tidemark.database.PortableSchema.TableDefinition;
import io.tidemark.database.jdbc.TableChanges;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.ServerVersion;
import io.tidemark.schema.TableId;
import io.tidemark.staging.ShapeChange;
import io.tidemark.staging.SinkColumn;
import io.tidemark.staging.TableShape;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** How tables are made and changed for a sink at MySQL and MariaDB: each by itself. */
public record MySqlTableChanges() implements TableChanges {

  private static final long serialVersionUID = 1L;

  /** How long another session that has the sink is waited for, in seconds. */
  private static final int WAIT_SECONDS = 5;

  @Override
  public boolean isTransactional() {
    return false;
  }

  @Override
  public Optional<String> exclusive(String name) {
    return Optional.of(
        "SELECT COALESCE(GET_LOCK("
            + Identifiers.literal("tidemark-merge:" + name)
            + ", "
            + WAIT_SECONDS
            + "), 0)");
  }

  @Override
  public List<String> opening(Connection connection, TableShape shape) {
    TableId table = shape.table();
    Set<String> there = columns(connection, table);
    if (!there.isEmpty()) {
      TableChanges.requireColumns(table, there, shape.names());
      return List.of();
    }
    return List.of(
        "CREATE DATABASE IF NOT EXISTS " + Identifiers.quote(table.schema()),
        planned(connection, table, shape.columns(), shape.key()).plan(table, List.of()).create());
  }

  private static PortableTable planned(
      Connection connection, TableId table, List<SinkColumn> columns, List<String> key) {
    return new PortableTable(
        new TableDefinition(
            table,
            columns.stream().map(column -> definition(column, key)).toList(),
            key,
            List.of(),
            List.of()),
        new ColumnTypes(version(connection), "datetime"));
  }

  private static ServerVersion version(Connection connection) {
    return new MySqlQueries(connection)
        .one(
            "asking which server the target is",
            "SELECT VERSION()",
            row -> ServerVersion.parse(row.getString(1)));
  }

  /** What is no part of a key may be null: it may go, and come, while rows are on their way. */
  private static ColumnDefinition definition(SinkColumn column, List<String> key) {
    return new ColumnDefinition(
        column.name(),
        column.type(),
        column.values(),
        !key.contains(column.name()),
        false,
        column
            .defaultText()
            .<DefaultValue>map(DefaultValue.Literal::new)
            .orElse(DefaultValue.Plain.NONE));
  }

  private static Set<String> columns(Connection connection, TableId table) {
    return new HashSet<>(
        new MySqlQueries(connection)
            .list(
                "reading the columns of table " + table,
                "SELECT column_name FROM information_schema.columns WHERE table_schema = ? AND"
                    + " table_name = ?",
                row -> row.getString(1),
                table.schema(),
                table.name()));
  }

  private static Set<String> key(Connection connection, TableId table) {
    return new HashSet<>(
        new MySqlQueries(connection)
            .list(
                "reading the key of table " + table,
                "SELECT column_name FROM information_schema.columns WHERE table_schema = ? AND"
                    + " table_name = ? AND column_key = 'PRI'",
                row -> row.getString(1),
                table.schema(),
                table.name()));
  }

  @Override
  public List<String> changing(Connection connection, ShapeChange change) {
    TableId table = change.table();
    Set<String> there = columns(connection, table);
    String name = Identifiers.quote(table);
    if (change instanceof ShapeChange.Drop) {
      return there.isEmpty() ? List.of() : List.of("DROP TABLE " + name);
    }
    if (change instanceof ShapeChange.Empty) {
      return there.isEmpty() ? List.of() : List.of("TRUNCATE TABLE " + name);
    }
    List<String> clauses = clauses(connection, change, there);
    return clauses.isEmpty()
        ? List.of()
        : List.of("ALTER TABLE " + name + " " + String.join(", ", clauses));
  }

  private static List<String> clauses(
      Connection connection, ShapeChange change, Set<String> there) {
    if (change instanceof ShapeChange.Add add) {
      return added(connection, add, there);
    }
    if (change instanceof ShapeChange.Remove remove) {
      return remove.columns().stream()
          .filter(there::contains)
          .map(column -> "DROP COLUMN " + Identifiers.quote(column))
          .toList();
    }
    if (change instanceof ShapeChange.Rename rename) {
      List<String> clauses = new ArrayList<>();
      TableChanges.renamings(rename, there)
          .forEach(
              (from, to) ->
                  clauses.add(
                      "RENAME COLUMN " + Identifiers.quote(from) + " TO " + Identifiers.quote(to)));
      return clauses;
    }
    return change instanceof ShapeChange.Retype retype
        ? retyped(connection, retype, there)
        : List.of();
  }

  private static List<String> added(Connection connection, ShapeChange.Add add, Set<String> there) {
    List<SinkColumn> columns = TableChanges.missing(add, there);
    PortableTable planned = planned(connection, add.table(), columns, List.of());
    List<String> clauses = new ArrayList<>();
    for (SinkColumn column : columns) {
      ColumnDefinition definition = definition(column, List.of());
      if (TableChanges.needsEmptyTable(column) && hasRows(connection, add.table())) {
        throw TableChanges.unknownValues(add.table(), column, planned.type(definition));
      }
      clauses.add("ADD COLUMN " + planned.line(definition));
    }
    return clauses;
  }

  private static boolean hasRows(Connection connection, TableId table) {
    return !new MySqlQueries(connection)
        .list(
            "looking whether table " + table + " has rows",
            "SELECT 1 FROM " + Identifiers.quote(table) + " LIMIT 1",
            row -> row.getInt(1))
        .isEmpty();
  }

  private static List<String> retyped(
      Connection connection, ShapeChange.Retype retype, Set<String> there) {
    TableChanges.requireColumns(
        retype.table(), there, retype.columns().stream().map(SinkColumn::name).toList());
    List<String> key =
        retype.columns().stream()
            .map(SinkColumn::name)
            .filter(key(connection, retype.table())::contains)
            .toList();
    PortableTable planned = planned(connection, retype.table(), retype.columns(), key);
    return retype.columns().stream()
        .map(column -> "MODIFY COLUMN " + planned.line(definition(column, key)))
        .toList();
  }
}
