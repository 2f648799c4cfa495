package io.tidemark.database.postgres.catalog;

import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.CheckConstraint;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.ColumnDefinition;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.ColumnName;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.Content;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.ExclusionConstraint;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.ForeignKey;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.IndexDefinition;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.KeyConstraint;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.OwnedSequence;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.Place;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.Sequence;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.TableDefinition;
import io.tidemark.database.postgres.catalog.TableRows.ColumnRow;
import io.tidemark.database.postgres.catalog.TableRows.ConstraintRow;
import io.tidemark.database.postgres.catalog.TableRows.IndexRow;
import io.tidemark.database.postgres.catalog.TableRows.RelationRow;
import io.tidemark.database.postgres.catalog.TableRows.SequenceRow;
import io.tidemark.database.postgres.session.CatalogQuery;
import io.tidemark.schema.Known;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Selection;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Puts the catalog's rows together to a description. Single use, one thread. */
final class SchemaReader {

  private final Connection connection;
  private final Selection selection;
  private final Map<Long, PostgresCatalog.Entry> entries = new LinkedHashMap<>();
  private final Map<Long, RelationRow> relations = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();

  /** What the description ends up with, so that only their needs are looked up. */
  private final Set<Long> keptTypes = new TreeSet<>();

  private final Set<Long> keptCollations = new TreeSet<>();
  private final Set<Long> keptDefaults = new TreeSet<>();
  private final Set<Long> keptConstraints = new TreeSet<>();
  private final Set<Long> keptIndexes = new TreeSet<>();

  private Map<Long, List<ColumnRow>> columns = Map.of();
  private Map<Long, List<ConstraintRow>> constraints = Map.of();
  private Map<Long, List<IndexRow>> indexes = Map.of();
  private Map<Long, List<TableRows.ParentRow>> parents = Map.of();
  private List<SequenceRow> sequences = List.of();

  SchemaReader(Connection connection, Selection selection) {
    this.connection = connection;
    this.selection = selection;
  }

  PostgresSchemaDescription read() throws SQLException {
    for (PostgresCatalog.Entry entry : PostgresCatalog.entries(connection, selection)) {
      entries.put(entry.oid(), entry);
    }
    readRelations();
    Set<Long> oids = relations.keySet();
    columns = CatalogQuery.group(selectedColumns(oids), ColumnRow::table);
    constraints = CatalogQuery.group(TableRows.constraints(connection, oids), ConstraintRow::table);
    indexes = CatalogQuery.group(TableRows.indexes(connection, oids), IndexRow::table);
    parents = CatalogQuery.group(TableRows.parents(connection, oids), TableRows.ParentRow::child);
    columns.values().forEach(table -> table.forEach(this::keep));
    sequences = TableRows.sequences(connection, oids, keptDefaults);
    Map<TableId, TableDefinition> tables = new LinkedHashMap<>();
    for (RelationRow relation : relations.values()) {
      tables.put(relation.id(), table(relation));
    }
    TypeRows.Found found =
        TypeRows.read(
            connection, keptTypes, keptCollations, keptDefaults, keptConstraints, keptIndexes);
    List<OwnedSequence> owned = ownedSequences();
    notes.addAll(
        UnusedSequences.notes(
            connection,
            relations.values().stream().map(relation -> relation.id().schema()).distinct().toList(),
            owned.stream().map(each -> each.sequence().id()).collect(Collectors.toSet())));
    return new PostgresSchemaDescription(
        schemas(tables.values(), owned, found),
        found.extensions(),
        found.routines(),
        found.collations(),
        found.types(),
        foreignTypes(found),
        owned,
        new TableOrder(tables).sorted(),
        new PortableSchemaReader(connection, entries.values(), tables).read(),
        false,
        notes);
  }

  private void readRelations() throws SQLException {
    List<RelationRow> rows = TableRows.relations(connection, entries.keySet());
    Set<Long> flattened =
        rows.stream()
            .filter(row -> !selectedNames(row).containsAll(row.partitionColumns()))
            .map(RelationRow::root)
            .collect(Collectors.toSet());
    for (RelationRow row : rows) {
      if (row.oid() == row.root() && flattened.contains(row.oid())) {
        notes.add(
            "table "
                + row.id()
                + " is made unpartitioned: the selection lacks columns of its partition keys");
        relations.put(
            row.oid(), new RelationRow(row.oid(), row.id(), "r", row.root(), 0, "", "", List.of()));
      } else if (row.kind().equals("f")) {
        notes.add("foreign table " + row.id() + " is a partition; its rows cannot be replicated");
      } else if (!flattened.contains(row.root())) {
        relations.put(row.oid(), row);
      }
    }
  }

  /** The names that may be made at the target, generated columns included. */
  private Set<String> selectedNames(RelationRow relation) {
    TableId root = root(relation).id();
    return selection
        .columnsOf(root)
        .map(names -> (Set<String>) new HashSet<>(names))
        .orElseGet(() -> new HashSet<>(relation.partitionColumns()));
  }

  /** The table that the relation is, or is a partition of. */
  private Table root(RelationRow relation) {
    return Known.require(entries, relation.root()).table();
  }

  private List<ColumnRow> selectedColumns(Set<Long> oids) throws SQLException {
    List<ColumnRow> selected = new ArrayList<>();
    for (ColumnRow column : TableRows.columns(connection, oids)) {
      RelationRow relation = Known.require(relations, column.table());
      List<String> names = selection.columnsOf(root(relation).id()).orElse(null);
      boolean wanted = names == null || names.contains(column.name());
      boolean generated = !column.generated().isEmpty();
      if (wanted && generated && names != null && !names.containsAll(column.inputs())) {
        notes.add(
            "generated column "
                + column.name()
                + " of "
                + relation.id()
                + " is left out: it needs columns that are not selected");
      } else if (wanted) {
        selected.add(column);
      }
    }
    return selected;
  }

  private void keep(ColumnRow column) {
    keptTypes.add(column.typeOid());
    keptCollations.add(column.collationOid());
    if (!column.expression().isEmpty()) {
      keptDefaults.add(column.defaultOid());
    }
  }

  private TableDefinition table(RelationRow relation) {
    List<ColumnRow> own = columns.getOrDefault(relation.oid(), List.of());
    Set<String> names = own.stream().map(ColumnRow::name).collect(Collectors.toSet());
    List<KeyConstraint> keys = new ArrayList<>();
    List<CheckConstraint> checks = new ArrayList<>();
    List<ExclusionConstraint> exclusions = new ArrayList<>();
    List<ForeignKey> foreignKeys = new ArrayList<>();
    for (ConstraintRow row : constraints.getOrDefault(relation.oid(), List.of())) {
      if (!names.containsAll(row.columns())) {
        notes.add(
            "constraint "
                + row.name()
                + " of "
                + relation.id()
                + " is left out: it needs columns that are not selected");
        continue;
      }
      switch (row.type()) {
        case "p", "u" -> keys.add(key(relation, row));
        case "c" -> checks.add(new CheckConstraint(row.name(), row.definition(), row.validated()));
        case "x" -> {
          exclusions.add(new ExclusionConstraint(row.name(), row.definition()));
          keptIndexes.add(row.index());
        }
        default -> foreignKey(relation, row).ifPresent(foreignKeys::add);
      }
      keptConstraints.add(row.oid());
    }
    return new TableDefinition(
        relation.id(),
        place(relation, names),
        relation.partitionKey().isEmpty() ? "" : "PARTITION BY " + relation.partitionKey(),
        own.stream().map(column -> column(relation, column)).toList(),
        keys,
        checks,
        exclusions,
        indexes(relation, names, keys),
        foreignKeys,
        root(relation).key().map(PrimaryKey::columns).orElse(List.of()),
        rowTypes(own));
  }

  private KeyConstraint key(RelationRow relation, ConstraintRow row) {
    IndexRow index =
        Known.require(indexes, relation.oid()).stream()
            .filter(candidate -> candidate.oid() == row.index())
            .findFirst()
            .orElseThrow();
    Optional<PrimaryKey> rowKey = root(relation).key();
    boolean primary = row.type().equals("p");
    boolean servesAsKey =
        rowKey
            .map(key -> index.plain() && key.columns().equals(index.keyColumns()))
            .orElse(primary);
    keptIndexes.add(row.index());
    return new KeyConstraint(
        row.name(), primary, row.deferrable(), row.definition(), index.body(), servesAsKey);
  }

  private Optional<ForeignKey> foreignKey(RelationRow relation, ConstraintRow row) {
    RelationRow referenced = relations.get(row.referenced());
    String what = "foreign key " + row.name() + " of " + relation.id() + " is left out: ";
    if (referenced == null) {
      notes.add(what + "the table that it refers to is not selected");
      return Optional.empty();
    }
    TableId referencedRoot = root(referenced).id();
    if (selection.filterOf(referencedRoot).isPresent()) {
      notes.add(what + "of " + referenced.id() + " only some rows are selected");
      return Optional.empty();
    }
    Set<String> there =
        columns.getOrDefault(row.referenced(), List.of()).stream()
            .map(ColumnRow::name)
            .collect(Collectors.toSet());
    if (!there.containsAll(row.referencedColumns())) {
      notes.add(what + "it needs columns of " + referenced.id() + " that are not selected");
      return Optional.empty();
    }
    return Optional.of(
        new ForeignKey(row.name(), referenced.id(), row.definition(), row.validated()));
  }

  private List<IndexDefinition> indexes(
      RelationRow relation, Set<String> names, List<KeyConstraint> keys) {
    Optional<PrimaryKey> rowKey = root(relation).key();
    boolean keyed = keys.stream().anyMatch(KeyConstraint::servesAsKey);
    List<IndexDefinition> definitions = new ArrayList<>();
    for (IndexRow row : indexes.getOrDefault(relation.oid(), List.of())) {
      if (row.constrained()) {
        continue;
      }
      String what = "index " + row.name() + " of " + relation.id() + " is left out: ";
      if (!row.valid()) {
        notes.add(what + "it is invalid at the source");
        continue;
      }
      if (!names.containsAll(row.columns())) {
        notes.add(what + "it needs columns that are not selected");
        continue;
      }
      boolean servesAsKey =
          !keyed
              && row.unique()
              && row.plain()
              && rowKey.map(key -> key.columns().equals(row.keyColumns())).orElse(false);
      keyed |= servesAsKey;
      keptIndexes.add(row.oid());
      definitions.add(new IndexDefinition(row.name(), row.unique(), row.body(), servesAsKey));
    }
    return definitions;
  }

  private Place place(RelationRow relation, Set<String> names) {
    if (relation.parent() != 0) {
      return new Place.PartitionOf(
          Known.require(relations, relation.parent()).id(), relation.bound());
    }
    List<TableId> found = new ArrayList<>();
    for (TableRows.ParentRow row : parents.getOrDefault(relation.oid(), List.of())) {
      RelationRow parent = relations.get(row.parent());
      List<ColumnRow> inherited = columns.getOrDefault(row.parent(), List.of());
      if (parent == null) {
        notes.add(
            "table "
                + relation.id()
                + " stands for itself at the target: a table that it inherits"
                + " from is not selected");
      } else if (!inherited.stream().allMatch(column -> names.contains(column.name()))) {
        notes.add(
            "table "
                + relation.id()
                + " stands for itself at the target: it lacks selected"
                + " columns of "
                + parent.id());
      } else {
        found.add(parent.id());
      }
    }
    return new Place.Standalone(found);
  }

  private ColumnDefinition column(RelationRow relation, ColumnRow column) {
    return new ColumnDefinition(
        column.name(),
        column.type(),
        column.type() + column.collation(),
        !column.notNull(),
        content(relation, column));
  }

  private Content content(RelationRow relation, ColumnRow column) {
    if (!column.generated().isEmpty()) {
      return new Content.Generated(
          column.expression(), column.generated().equals("v") ? "VIRTUAL" : "STORED");
    }
    // Since version 17 a partition shares the identity of the table that it belongs to.
    if (!column.identity().isEmpty() && relation.bound().isEmpty()) {
      Optional<SequenceRow> identity =
          sequences.stream()
              .filter(SequenceRow::identity)
              .filter(row -> row.owner() == column.table())
              .filter(row -> row.ownerColumn().equals(column.name()))
              .findFirst();
      if (identity.isPresent()) {
        return new Content.Identity(
            column.identity().equals("a") ? "ALWAYS" : "BY DEFAULT",
            new Sequence(identity.get().id(), identity.get().options()));
      }
    }
    return column.expression().isEmpty()
        ? new Content.Given()
        : new Content.Default(column.expression());
  }

  private List<TableId> rowTypes(List<ColumnRow> own) {
    return own.stream()
        .filter(column -> column.rowTypeOf() != 0 && relations.containsKey(column.rowTypeOf()))
        .map(column -> Known.require(relations, column.rowTypeOf()).id())
        .distinct()
        .toList();
  }

  private List<OwnedSequence> ownedSequences() {
    List<OwnedSequence> owned = new ArrayList<>();
    for (SequenceRow row : sequences) {
      if (row.identity()) {
        continue;
      }
      boolean selected =
          columns.getOrDefault(row.owner(), List.of()).stream()
              .anyMatch(column -> column.name().equals(row.ownerColumn()));
      if (selected) {
        owned.add(
            row.owned(
                List.of(
                    new ColumnName(
                        Known.require(relations, row.owner()).id(), row.ownerColumn()))));
      } else if (row.owner() == 0 || !relations.containsKey(row.owner())) {
        owned.add(row.owned(List.of()));
      }
    }
    return owned;
  }

  /** Row types of selected tables come with their tables. */
  private List<TableId> foreignTypes(TypeRows.Found found) {
    Set<TableId> tables =
        relations.values().stream().map(RelationRow::id).collect(Collectors.toSet());
    return found.foreign().stream().filter(type -> !tables.contains(type)).toList();
  }

  private static List<String> schemas(
      Iterable<TableDefinition> tables, List<OwnedSequence> sequences, TypeRows.Found found) {
    Set<String> names = new TreeSet<>();
    tables.forEach(table -> names.add(table.id().schema()));
    sequences.forEach(owned -> names.add(owned.sequence().id().schema()));
    found.types().forEach(type -> names.add(type.id().schema()));
    found.collations().forEach(collation -> names.add(collation.id().schema()));
    found.extensions().forEach(extension -> names.add(extension.schema()));
    names.remove("pg_catalog");
    return List.copyOf(names);
  }
}
