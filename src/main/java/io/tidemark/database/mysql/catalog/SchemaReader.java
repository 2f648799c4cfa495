package io.tidemark.database.mysql.catalog;

import io.tidemark.database.PortableSchema;
import io.tidemark.database.PortableSchema.ColumnDefinition;
import io.tidemark.database.PortableSchema.DefaultValue;
import io.tidemark.database.PortableSchema.ForeignKey;
import io.tidemark.database.PortableSchema.Index;
import io.tidemark.database.PortableSchema.IndexPart;
import io.tidemark.database.mysql.catalog.MySqlCatalog.Entry;
import io.tidemark.database.mysql.catalog.MySqlCatalog.IndexEntry;
import io.tidemark.database.mysql.catalog.MySqlSchemaDescription.DatabaseDefinition;
import io.tidemark.database.mysql.catalog.MySqlSchemaDescription.TableDefinition;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.schema.Column;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Selection;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads what MySQL or MariaDB knows about the selected tables. */
public final class SchemaReader {

  private final MySqlQueries queries;
  private final List<String> notes = new ArrayList<>();

  private SchemaReader(MySqlQueries queries) {
    this.queries = queries;
  }

  /**
   * Asks the server; at least one query for each table and each database.
   *
   * @throws io.tidemark.database.DatabaseException if the server does not answer, or hides a
   *     definition from the account
   */
  public static MySqlSchemaDescription read(MySqlQueries queries, Selection selection) {
    return new SchemaReader(queries).read(MySqlCatalog.entries(queries, selection));
  }

  private MySqlSchemaDescription read(List<Entry> entries) {
    List<TableDefinition> tables = new ArrayList<>();
    for (Entry entry : entries) {
      TableId id = entry.table().id();
      String createStatement = createStatement(queries, id);
      tables.add(
          new TableDefinition(
              entry.table(),
              entry.columns(),
              createStatement,
              portable(entry, ForeignKeyClauses.of(id, createStatement))));
    }
    List<DatabaseDefinition> databases =
        entries.stream()
            .map(entry -> entry.table().id().schema())
            .distinct()
            .map(this::database)
            .toList();
    return new MySqlSchemaDescription(queries.version(), tables, databases, notes);
  }

  private DatabaseDefinition database(String name) {
    return queries.one(
        "reading the definition of database " + name,
        "SHOW CREATE DATABASE " + Identifiers.quote(name),
        row -> new DatabaseDefinition(name, row.getString(2)));
  }

  private PortableSchema.TableDefinition portable(Entry entry, List<ForeignKey> foreignKeys) {
    TableId id = entry.table().id();
    Set<String> travelling =
        entry.table().columns().stream().map(Column::name).collect(Collectors.toSet());
    List<ColumnDefinition> columns = new ArrayList<>();
    for (MySqlColumn column : entry.columns()) {
      if (column.generated()) {
        notes.add("column " + column.name() + " of table " + id + " is generated: not copied");
      } else if (travelling.contains(column.name())) {
        columns.add(definition(id, column));
      }
    }
    List<String> primary =
        entry.indexes().stream()
            .filter(index -> index.primary() && index.plain())
            .map(IndexEntry::columns)
            .filter(travelling::containsAll)
            .findFirst()
            .orElse(List.of());
    List<Index> indexes = new ArrayList<>();
    for (IndexEntry index : entry.indexes()) {
      if (index.plain() && travelling.containsAll(index.columns())) {
        if (!index.primary()) {
          indexes.add(
              new Index(
                  index.name(),
                  index.unique(),
                  index.parts().stream()
                      .map(part -> new IndexPart(part.column(), part.descending()))
                      .toList()));
        }
      } else {
        notes.add(
            "index "
                + index.name()
                + " of table "
                + id
                + " is over part of a column, an expression or columns that are not copied, or of"
                + " type "
                + index.type()
                + ": left out");
      }
    }
    return new PortableSchema.TableDefinition(
        id,
        columns,
        primary,
        indexes,
        foreignKeys.stream().filter(key -> travelling.containsAll(key.columns())).toList());
  }

  private ColumnDefinition definition(TableId id, MySqlColumn column) {
    boolean lost =
        column.defaultValue() == DefaultValue.Plain.NONE
            && !column.defaultText().isEmpty()
            && !column.defaultText().equalsIgnoreCase("NULL");
    if (lost) {
      notes.add(
          "the default of column "
              + column.name()
              + " of table "
              + id
              + " is an expression or bytes: left out");
    }
    return new ColumnDefinition(
        column.name(),
        column.column().type(),
        column.column().values(),
        column.column().nullable(),
        column.automatic(),
        column.defaultValue());
  }

  /** What SHOW CREATE TABLE says. */
  public static String createStatement(MySqlQueries queries, TableId id) {
    return queries.one(
        "reading the definition of table " + id,
        "SHOW CREATE TABLE " + Identifiers.quote(id),
        row -> row.getString(2));
  }
}
