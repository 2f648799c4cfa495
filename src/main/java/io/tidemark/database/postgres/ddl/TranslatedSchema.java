package io.tidemark.database.postgres.ddl;

import io.tidemark.database.PortableSchema;
import io.tidemark.database.PortableSchema.Action;
import io.tidemark.database.PortableSchema.DefaultValue;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.CheckConstraint;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.ColumnDefinition;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.ColumnName;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.Content;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.ForeignKey;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.IndexDefinition;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.KeyConstraint;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.OwnedSequence;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.Place;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.Sequence;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.TableDefinition;
import io.tidemark.database.postgres.session.CatalogQuery;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.value.BadValueException;
import io.tidemark.database.postgres.value.FromPortable;
import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import io.tidemark.settings.Renaming;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Puts another vendor's schema into PostgreSQL's terms, under the target's names. The texts are
 * written as the server would print them, so that what was made is recognised later.
 */
public final class TranslatedSchema {

  private final PortableSchema schema;
  private final Renaming renaming;

  /** As the server quotes them in what it prints: only where it has to. */
  private final Map<String, String> quoted;

  private final Set<TableId> taken = new HashSet<>();
  private final List<OwnedSequence> sequences = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  private TranslatedSchema(PortableSchema schema, Renaming renaming, Map<String, String> quoted) {
    this.schema = schema;
    this.renaming = renaming;
    this.quoted = quoted;
    schema.tables().forEach(table -> taken.add(renaming.targetOf(table.id())));
  }

  /**
   * @param connection to the target, asked how it writes names
   * @param copied tables that are left out
   */
  public static PostgresSchemaDescription of(
      Connection connection, PortableSchema schema, Renaming renaming, Set<TableId> copied)
      throws SQLException {
    Set<String> names = new TreeSet<>();
    schema.tables().forEach(table -> table.columns().forEach(column -> names.add(column.name())));
    Map<String, String> quoted = new HashMap<>();
    CatalogQuery.list(
        connection,
        "SELECT n, pg_catalog.quote_ident(n) FROM unnest(?::text[]) AS u (n)",
        row -> quoted.put(row.getString(1), row.getString(2)),
        (Object) names.toArray(String[]::new));
    return new TranslatedSchema(schema, renaming, quoted).translate(copied);
  }

  private PostgresSchemaDescription translate(Set<TableId> copied) {
    List<TableDefinition> tables = new ArrayList<>();
    Set<String> schemas = new TreeSet<>();
    for (PortableSchema.TableDefinition table : schema.tables()) {
      if (!copied.contains(table.id())) {
        tables.add(table(table));
        schemas.add(renaming.targetOf(table.id()).schema());
      }
    }
    PortableSchema renamed =
        new PortableSchema(
            schema.tables().stream()
                .map(
                    table ->
                        new PortableSchema.TableDefinition(
                            renaming.targetOf(table.id()),
                            table.columns(),
                            table.primaryKey(),
                            table.indexes(),
                            table.foreignKeys()))
                .toList(),
            schema.notes());
    return new PostgresSchemaDescription(
        List.copyOf(schemas),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        sequences,
        tables,
        renamed,
        true,
        notes);
  }

  private TableDefinition table(PortableSchema.TableDefinition table) {
    TableId id = renaming.targetOf(table.id());
    List<CheckConstraint> checks = new ArrayList<>();
    List<ColumnDefinition> columns = new ArrayList<>();
    for (PortableSchema.ColumnDefinition column : table.columns()) {
      columns.add(column(id, column));
      if (column.values() instanceof ValueType.Enumeration enumeration) {
        checks.add(labels(column.name(), enumeration));
      }
    }
    List<KeyConstraint> keys = new ArrayList<>();
    if (!table.primaryKey().isEmpty()) {
      String list = "(" + list(table.primaryKey()) + ")";
      keys.add(
          new KeyConstraint(
              TargetNames.shortened(id.name() + "_pkey"),
              true,
              false,
              "PRIMARY KEY " + list,
              "USING btree " + list,
              true));
    }
    return new TableDefinition(
        id,
        new Place.Standalone(List.of()),
        "",
        columns,
        keys,
        checks,
        List.of(),
        indexes(table, id),
        foreignKeys(table, id),
        table.primaryKey(),
        List.of());
  }

  private ColumnDefinition column(TableId table, PortableSchema.ColumnDefinition column) {
    String type = PortableTypes.made(column.values());
    return new ColumnDefinition(
        column.name(), type, type, column.nullable(), content(table, column, type));
  }

  private Content content(TableId table, PortableSchema.ColumnDefinition column, String type) {
    if (column.automatic()) {
      return automatic(table, column.name(), type);
    }
    DefaultValue value = column.defaultValue();
    if (value == DefaultValue.Plain.CURRENT_TIMESTAMP) {
      return new Content.Default("CURRENT_TIMESTAMP");
    }
    if (value instanceof DefaultValue.Literal literal) {
      try {
        String text = FromPortable.ofKey(column.values(), type, literal.text());
        return new Content.Default(Identifiers.literal(text) + "::" + type);
      } catch (BadValueException | IllegalArgumentException e) {
        notes.add(
            "the default of column "
                + column.name()
                + " of table "
                + table
                + " is left out: it "
                + e.getMessage());
      }
    }
    return new Content.Given();
  }

  /** An identity is an integer; an unsigned one of 64 bits takes its numbers from a sequence. */
  private Content automatic(TableId table, String column, String type) {
    TableId sequence = free(new TableId(table.schema(), table.name() + "_" + column + "_seq"));
    if (Set.of("smallint", "integer", "bigint").contains(type)) {
      return new Content.Identity(
          "BY DEFAULT", new Sequence(sequence, "INCREMENT BY 1 START WITH 1"));
    }
    sequences.add(
        new OwnedSequence(
            new Sequence(sequence, "AS bigint INCREMENT BY 1 START WITH 1"),
            List.of(new ColumnName(table, column))));
    return new Content.Default(
        "nextval(" + Identifiers.literal(Identifiers.quote(sequence)) + "::regclass)");
  }

  private TableId free(TableId wanted) {
    TableId free = new TableId(wanted.schema(), TargetNames.shortened(wanted.name()));
    for (int number = 1; !taken.add(free); number++) {
      free = new TableId(wanted.schema(), TargetNames.numbered(wanted.name(), number));
    }
    return free;
  }

  /** MySQL has the empty text for what was none of the labels. */
  private static CheckConstraint labels(String column, ValueType.Enumeration type) {
    Set<String> labels = new java.util.LinkedHashSet<>(type.labels());
    labels.add("");
    return new CheckConstraint(
        TargetNames.shortened(column + "_labels"),
        "CHECK ("
            + Identifiers.quote(column)
            + " IN ("
            + labels.stream().map(Identifiers::literal).collect(Collectors.joining(", "))
            + "))",
        true);
  }

  private List<IndexDefinition> indexes(PortableSchema.TableDefinition table, TableId id) {
    Set<String> sortable =
        table.columns().stream()
            .filter(column -> column.values() != ValueType.Plain.JSON)
            .map(PortableSchema.ColumnDefinition::name)
            .collect(Collectors.toSet());
    List<IndexDefinition> indexes = new ArrayList<>();
    for (PortableSchema.Index index : table.indexes()) {
      if (!index.parts().stream().allMatch(part -> sortable.contains(part.column()))) {
        notes.add("index " + index.name() + " of table " + id + " is left out: json has no order");
        continue;
      }
      String parts =
          index.parts().stream()
              .map(part -> quoted.get(part.column()) + (part.descending() ? " DESC" : ""))
              .collect(Collectors.joining(", "));
      indexes.add(
          new IndexDefinition(
              TargetNames.shortened(index.name()),
              index.unique(),
              "USING btree (" + parts + ")",
              false));
    }
    return indexes;
  }

  private List<ForeignKey> foreignKeys(PortableSchema.TableDefinition table, TableId id) {
    List<ForeignKey> keys = new ArrayList<>();
    for (PortableSchema.ForeignKey key : table.foreignKeys()) {
      Optional<PortableSchema.TableDefinition> referenced =
          schema.tables().stream().filter(other -> other.id().equals(key.referenced())).findFirst();
      if (referenced.isEmpty() || !isUnique(referenced.get(), key.referencedColumns())) {
        notes.add(
            "foreign key "
                + key.name()
                + " of table "
                + id
                + " is left out: what it refers to is not selected, or not a unique key");
        continue;
      }
      TableId target = renaming.targetOf(key.referenced());
      keys.add(
          new ForeignKey(
              TargetNames.shortened(key.name()),
              target,
              "FOREIGN KEY ("
                  + list(key.columns())
                  + ") REFERENCES "
                  + Identifiers.quote(target)
                  + "("
                  + list(key.referencedColumns())
                  + ")"
                  + action(" ON UPDATE ", key.onUpdate())
                  + action(" ON DELETE ", key.onDelete()),
              true));
    }
    return keys;
  }

  private static boolean isUnique(PortableSchema.TableDefinition table, List<String> columns) {
    Set<String> wanted = Set.copyOf(columns);
    return Set.copyOf(table.primaryKey()).equals(wanted)
        || table.indexes().stream()
            .filter(PortableSchema.Index::unique)
            .anyMatch(
                index ->
                    index.parts().stream()
                        .map(PortableSchema.IndexPart::column)
                        .collect(Collectors.toSet())
                        .equals(wanted));
  }

  private static String action(String event, Action action) {
    return action == Action.NO_ACTION ? "" : event + action.name().replace('_', ' ');
  }

  private String list(List<String> columns) {
    return columns.stream().map(quoted::get).collect(Collectors.joining(", "));
  }
}
