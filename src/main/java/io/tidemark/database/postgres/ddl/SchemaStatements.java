package io.tidemark.database.postgres.ddl;

import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.CheckConstraint;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.CollationDefinition;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.ColumnDefinition;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.Content;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.Extension;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.IndexDefinition;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.KeyConstraint;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.OwnedSequence;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.Place;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.Sequence;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.TableDefinition;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.UserType;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Writes the statements that make things at the target, under the target's names. */
final class SchemaStatements {

  private final TargetNames names;

  SchemaStatements(TargetNames names) {
    this.names = names;
  }

  String createExtension(Extension extension) {
    return "CREATE EXTENSION IF NOT EXISTS "
        + Identifiers.quote(extension.name())
        + " SCHEMA "
        + Identifiers.quote(names.extensionSchema(extension));
  }

  String createCollation(CollationDefinition collation) {
    return "CREATE COLLATION " + names.quoted(collation.id()) + " " + collation.options();
  }

  String createType(UserType type) {
    String name = names.quoted(type.id());
    if (type instanceof UserType.EnumType enumeration) {
      return "CREATE TYPE "
          + name
          + " AS ENUM ("
          + enumeration.labels().stream()
              .map(Identifiers::literal)
              .collect(Collectors.joining(", "))
          + ")";
    }
    if (type instanceof UserType.DomainType domain) {
      return "CREATE DOMAIN " + name + " AS " + names.sql(domain.clauses());
    }
    if (type instanceof UserType.RangeType range) {
      return "CREATE TYPE "
          + name
          + " AS RANGE ("
          + names.sql(range.options())
          + ", MULTIRANGE_TYPE_NAME = "
          + names.quoted(range.multirange())
          + ")";
    }
    return "CREATE TYPE "
        + name
        + " AS ("
        + ((UserType.CompositeType) type)
            .attributes().stream().map(names::sql).collect(Collectors.joining(", "))
        + ")";
  }

  String createSequence(Sequence sequence) {
    return "CREATE SEQUENCE " + names.quoted(sequence.id()) + " " + sequence.options();
  }

  /** Empty where PostgreSQL does not allow it: the two have to lie in one schema. */
  Optional<String> ownSequence(OwnedSequence owned) {
    return owned.ownerColumn().stream()
        .filter(
            owner ->
                names.of(owner.table()).schema().equals(names.of(owned.sequence().id()).schema()))
        .findFirst()
        .map(
            owner ->
                "ALTER SEQUENCE "
                    + names.quoted(owned.sequence().id())
                    + " OWNED BY "
                    + names.quoted(owner.table())
                    + "."
                    + Identifiers.quote(owner.column()));
  }

  /**
   * The table with its columns, the checks that hold for every row, and the key that rows are found
   * by. Everything else comes after the copy: while tables are copied at several moments, a unique
   * key that is not the rows' own may not hold yet.
   */
  String createTable(TableDefinition table) {
    List<String> parts = new ArrayList<>();
    table.columns().forEach(column -> parts.add(column(table, column)));
    table.checks().stream()
        .filter(CheckConstraint::validated)
        .forEach(check -> parts.add(constraint(check.name(), check.definition())));
    table.keys().stream()
        .filter(KeyConstraint::servesAsKey)
        .forEach(
            key -> parts.add(constraint(names.index(table.id(), key.name()), key.definition())));
    return "CREATE TABLE "
        + names.quoted(table.id())
        + " ("
        + String.join(", ", parts)
        + ")"
        + (table.partitioned() ? " " + names.sql(table.partitionClause()) : "");
  }

  /** The unique indexes, other than constraints' ones, that rows are found by. */
  List<String> createKeyIndexes(TableDefinition table) {
    return table.indexes().stream()
        .filter(IndexDefinition::servesAsKey)
        .map(index -> createIndex(table, index.name(), true, index.body(), ""))
        .toList();
  }

  /**
   * @param body from {@code USING} on, with the source's names
   * @param mode {@code CONCURRENTLY} or nothing
   */
  String createIndex(TableDefinition table, String name, boolean unique, String body, String mode) {
    return "CREATE "
        + (unique ? "UNIQUE " : "")
        + "INDEX "
        + mode
        + " "
        + Identifiers.quote(names.index(table.id(), name))
        + " ON "
        + names.quoted(table.id())
        + " "
        + names.sql(body);
  }

  /** Makes a table part of the one it is a partition of, or a child of those it inherits from. */
  List<String> place(TableDefinition table) {
    String name = names.quoted(table.id());
    if (table.place() instanceof Place.PartitionOf partition) {
      return List.of(
          "ALTER TABLE "
              + names.quoted(partition.parent())
              + " ATTACH PARTITION "
              + name
              + " "
              + names.sql(partition.bound()));
    }
    return ((Place.Standalone) table.place())
        .parents().stream()
            .map(parent -> "ALTER TABLE " + name + " INHERIT " + names.quoted(parent))
            .toList();
  }

  private String constraint(String name, String definition) {
    return "CONSTRAINT " + Identifiers.quote(name) + " " + names.sql(definition);
  }

  private String column(TableDefinition table, ColumnDefinition column) {
    return Identifiers.quote(column.name())
        + " "
        + names.sql(column.declaration())
        + content(table, column.content())
        + (column.nullable() ? "" : " NOT NULL");
  }

  private String content(TableDefinition table, Content content) {
    if (content instanceof Content.Default value) {
      return " DEFAULT " + names.sql(value.expression());
    }
    if (content instanceof Content.Generated generated) {
      return " GENERATED ALWAYS AS (" + names.sql(generated.expression()) + ") " + generated.kind();
    }
    if (content instanceof Content.Identity identity) {
      // An identity's sequence lies in its table's schema, and has its column's type.
      TableId sequence =
          new TableId(names.of(table.id()).schema(), names.of(identity.sequence().id()).name());
      return " GENERATED "
          + identity.when()
          + " AS IDENTITY (SEQUENCE NAME "
          + Identifiers.quote(sequence)
          + " "
          + identity.sequence().options().replaceFirst("^AS [a-z]+ ", "")
          + ")";
    }
    return "";
  }
}
