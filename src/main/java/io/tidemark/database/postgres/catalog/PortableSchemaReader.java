package io.tidemark.database.postgres.catalog;

import io.tidemark.database.PortableSchema;
import io.tidemark.database.PortableSchema.Action;
import io.tidemark.database.PortableSchema.ColumnDefinition;
import io.tidemark.database.PortableSchema.ForeignKey;
import io.tidemark.database.PortableSchema.Index;
import io.tidemark.database.PortableSchema.IndexPart;
import io.tidemark.database.PortableSchema.TableDefinition;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.CheckConstraint;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.Content;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.ExclusionConstraint;
import io.tidemark.database.postgres.session.CatalogQuery;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Describes the selected tables in terms that every vendor has. A partitioned table is one table,
 * its root. Single use, one thread.
 */
final class PortableSchemaReader {

  private static final String INDEXES =
      """
      SELECT i.indrelid, c.relname, i.indisunique, am.amname = 'btree' AS sorted,
             NOT i.indimmediate AS deferrable,
             i.indisvalid, i.indpred IS NULL AND i.indexprs IS NULL AS whole,
             coalesce(pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct' = 'true', false)
               AS nulls_are_equal,
             EXISTS (SELECT FROM pg_catalog.pg_constraint AS k
                     WHERE k.conindid = i.indexrelid AND k.contype = 'x') AS exclusion,
             ARRAY(SELECT a.attname::text
                   FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS u (attnum, ord)
                   JOIN pg_catalog.pg_attribute AS a
                     ON a.attrelid = i.indrelid AND a.attnum = u.attnum
                   WHERE u.ord <= i.indnkeyatts ORDER BY u.ord) AS columns,
             ARRAY(SELECT o.option & 1 = 1
                   FROM pg_catalog.unnest(i.indoption::int2[]) WITH ORDINALITY AS o (option, ord)
                   ORDER BY o.ord) AS descending
      FROM pg_catalog.pg_index AS i
      JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
      JOIN pg_catalog.pg_am AS am ON am.oid = c.relam
      WHERE i.indrelid = ANY (?)
      ORDER BY i.indrelid, c.relname COLLATE "C"
      """;

  private static final String FOREIGN_KEYS =
      """
      SELECT k.conrelid, k.conname, k.confrelid,
             k.confupdtype::text AS on_update, k.confdeltype::text AS on_delete,
             ARRAY(SELECT a.attname::text
                   FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u (attnum, ord)
                   JOIN pg_catalog.pg_attribute AS a
                     ON a.attrelid = k.conrelid AND a.attnum = u.attnum
                   ORDER BY u.ord) AS columns,
             ARRAY(SELECT a.attname::text
                   FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS u (attnum, ord)
                   JOIN pg_catalog.pg_attribute AS a
                     ON a.attrelid = k.confrelid AND a.attnum = u.attnum
                   ORDER BY u.ord) AS referenced_columns
      FROM pg_catalog.pg_constraint AS k
      WHERE k.conrelid = ANY (?) AND k.contype = 'f' AND k.conparentid = 0
      ORDER BY k.conrelid, k.conname COLLATE "C"
      """;

  private record IndexRow(
      long table,
      String name,
      boolean unique,
      boolean deferrable,
      boolean sorted,
      boolean valid,
      boolean whole,
      boolean nullsAreEqual,
      boolean exclusion,
      List<String> columns,
      List<Boolean> descending) {}

  private record ForeignKeyRow(
      long table,
      String name,
      long referenced,
      String onUpdate,
      String onDelete,
      List<String> columns,
      List<String> referencedColumns) {}

  private final Connection connection;
  private final Map<Long, PostgresCatalog.Entry> entries = new HashMap<>();
  private final Collection<PostgresCatalog.Entry> ordered;
  private final Map<TableId, PostgresSchemaDescription.TableDefinition> described;
  private final List<String> notes = new ArrayList<>();

  /**
   * @param entries the selected tables
   * @param described what is known of them, and of their partitions, in PostgreSQL's terms
   */
  PortableSchemaReader(
      Connection connection,
      Collection<PostgresCatalog.Entry> entries,
      Map<TableId, PostgresSchemaDescription.TableDefinition> described) {
    this.connection = connection;
    this.ordered = entries;
    this.described = described;
    entries.forEach(entry -> this.entries.put(entry.oid(), entry));
  }

  PortableSchema read() throws SQLException {
    Map<io.tidemark.schema.Table, PortableTable> tables =
        ColumnTypes.read(connection, ordered.stream().map(PostgresCatalog.Entry::table).toList());
    Map<Long, List<IndexRow>> indexes =
        CatalogQuery.group(
            CatalogQuery.list(connection, INDEXES, PortableSchemaReader::index, entries.keySet()),
            IndexRow::table);
    Map<Long, List<ForeignKeyRow>> foreignKeys =
        CatalogQuery.group(
            CatalogQuery.list(
                connection, FOREIGN_KEYS, PortableSchemaReader::foreignKey, entries.keySet()),
            ForeignKeyRow::table);
    Map<TableId, AutomaticColumn> automatic = automatic();
    PortableDefaults defaults = PortableDefaults.read(connection, tables, notes);
    List<TableDefinition> definitions = new ArrayList<>();
    for (PostgresCatalog.Entry entry : ordered) {
      PortableTable table = tables.get(entry.table());
      if (table == null) {
        continue; // dropped since the tables were listed
      }
      noteWhatIsLeftOut(entry);
      Optional<AutomaticColumn> numbers = Optional.ofNullable(automatic.get(entry.table().id()));
      definitions.add(
          new TableDefinition(
              entry.table().id(),
              columns(table, numbers, defaults),
              entry.table().key().map(PrimaryKey::columns).orElse(List.of()),
              indexes(entry, indexes.getOrDefault(entry.oid(), List.of())),
              foreignKeys(entry, foreignKeys.getOrDefault(entry.oid(), List.of()))));
    }
    return new PortableSchema(definitions, notes);
  }

  private Map<TableId, AutomaticColumn> automatic() throws SQLException {
    Map<TableId, AutomaticColumn> automatic = new HashMap<>();
    CatalogQuery.list(
            connection,
            AutomaticColumn.SELECT,
            AutomaticColumn::read,
            ordered.stream().map(entry -> entry.table().id().schema()).toArray(String[]::new),
            ordered.stream().map(entry -> entry.table().id().name()).toArray(String[]::new))
        .forEach(column -> automatic.put(column.table(), column));
    return automatic;
  }

  private static List<ColumnDefinition> columns(
      PortableTable table, Optional<AutomaticColumn> numbers, PortableDefaults defaults) {
    List<ColumnDefinition> columns = new ArrayList<>();
    for (Column column : table.table().columns()) {
      boolean automatic = numbers.isPresent() && numbers.get().column().equals(column.name());
      columns.add(
          new ColumnDefinition(
              column.name(),
              column.type(),
              column.values(),
              column.nullable(),
              automatic,
              automatic
                  ? PortableSchema.DefaultValue.Plain.NONE
                  : defaults.of(table.own().id(), column.name())));
    }
    return columns;
  }

  private List<Index> indexes(PostgresCatalog.Entry entry, List<IndexRow> rows) {
    Set<String> names =
        entry.table().columns().stream().map(Column::name).collect(Collectors.toSet());
    List<String> key = entry.table().key().map(PrimaryKey::columns).orElse(List.of());
    List<Index> indexes = new ArrayList<>();
    for (IndexRow row : rows) {
      if (row.unique() && row.columns().equals(key) || row.exclusion() || !row.valid()) {
        continue;
      }
      String what = "index " + row.name() + " of " + entry.table().id() + " is left out: ";
      if (!row.whole()) {
        notes.add(what + "it has an expression or a condition");
      } else if (!row.sorted()) {
        notes.add(what + "it is of a kind that only PostgreSQL has");
      } else if (row.nullsAreEqual()) {
        notes.add(what + "it takes two nulls for equal");
      } else if (names.containsAll(row.columns())) {
        List<IndexPart> parts = new ArrayList<>();
        for (int i = 0; i < row.columns().size(); i++) {
          parts.add(new IndexPart(row.columns().get(i), row.descending().get(i)));
        }
        // In between, rows of one transaction may have the same values: no other vendor lets them.
        indexes.add(new Index(row.name(), row.unique() && !row.deferrable(), parts));
        if (row.unique() && row.deferrable()) {
          notes.add(
              "index "
                  + row.name()
                  + " of "
                  + entry.table().id()
                  + " is not unique there: its constraint is deferrable, which only PostgreSQL"
                  + " has");
        }
      } else if (hasGenerated(entry, row.columns())) {
        notes.add(what + "it has a generated column");
      }
    }
    return indexes;
  }

  private boolean hasGenerated(PostgresCatalog.Entry entry, List<String> columns) {
    PostgresSchemaDescription.TableDefinition table = described.get(entry.table().id());
    return table != null
        && table.columns().stream()
            .anyMatch(
                column ->
                    columns.contains(column.name())
                        && column.content() instanceof Content.Generated);
  }

  /** Those that the description has too: it has seen to what is not selected, and noted it. */
  private List<ForeignKey> foreignKeys(PostgresCatalog.Entry entry, List<ForeignKeyRow> rows) {
    Set<String> kept = new HashSet<>();
    Optional.ofNullable(described.get(entry.table().id()))
        .ifPresent(table -> table.foreignKeys().forEach(key -> kept.add(key.name())));
    List<ForeignKey> keys = new ArrayList<>();
    for (ForeignKeyRow row : rows) {
      PostgresCatalog.Entry referenced = entries.get(row.referenced());
      if (!kept.contains(row.name())) {
        continue;
      }
      if (referenced == null) {
        notes.add(
            "foreign key "
                + row.name()
                + " of "
                + entry.table().id()
                + " is left out: it refers to a partition");
        continue;
      }
      keys.add(
          new ForeignKey(
              row.name(),
              row.columns(),
              referenced.table().id(),
              row.referencedColumns(),
              action(row.onUpdate()),
              action(row.onDelete())));
    }
    return keys;
  }

  /** PostgreSQL manual, 52.13. */
  private static Action action(String code) {
    return switch (code) {
      case "r" -> Action.RESTRICT;
      case "c" -> Action.CASCADE;
      case "n" -> Action.SET_NULL;
      case "d" -> Action.SET_DEFAULT;
      default -> Action.NO_ACTION;
    };
  }

  private void noteWhatIsLeftOut(PostgresCatalog.Entry entry) {
    PostgresSchemaDescription.TableDefinition table = described.get(entry.table().id());
    if (table == null) {
      return;
    }
    note(
        "generated columns",
        table,
        table.columns().stream()
            .filter(column -> column.content() instanceof Content.Generated)
            .map(PostgresSchemaDescription.ColumnDefinition::name)
            .toList());
    note("checks", table, table.checks().stream().map(CheckConstraint::name).toList());
    note(
        "exclusion constraints",
        table,
        table.exclusions().stream().map(ExclusionConstraint::name).toList());
    if (table.partitioned()) {
      notes.add("table " + table.id() + " is made without its partitions, as one table");
    }
  }

  private void note(
      String what, PostgresSchemaDescription.TableDefinition table, List<String> names) {
    if (!names.isEmpty()) {
      notes.add(what + " of table " + table.id() + " are left out: " + String.join(", ", names));
    }
  }

  private static IndexRow index(ResultSet row) throws SQLException {
    return new IndexRow(
        row.getLong("indrelid"),
        row.getString("relname"),
        row.getBoolean("indisunique"),
        row.getBoolean("deferrable"),
        row.getBoolean("sorted"),
        row.getBoolean("indisvalid"),
        row.getBoolean("whole"),
        row.getBoolean("nulls_are_equal"),
        row.getBoolean("exclusion"),
        CatalogQuery.texts(row, "columns"),
        List.of((Boolean[]) row.getArray("descending").getArray()));
  }

  private static ForeignKeyRow foreignKey(ResultSet row) throws SQLException {
    return new ForeignKeyRow(
        row.getLong("conrelid"),
        row.getString("conname"),
        row.getLong("confrelid"),
        row.getString("on_update"),
        row.getString("on_delete"),
        CatalogQuery.texts(row, "columns"),
        CatalogQuery.texts(row, "referenced_columns"));
  }
}
