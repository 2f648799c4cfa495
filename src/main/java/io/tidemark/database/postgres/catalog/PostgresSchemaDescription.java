package io.tidemark.database.postgres.catalog;

import io.tidemark.database.PortableSchema;
import io.tidemark.database.SchemaDescription;
import io.tidemark.schema.TableId;
import java.io.Serializable;
import java.util.List;
import java.util.Set;

/**
 * The selected tables as the source's catalog describes them, and what they are made of.
 *
 * <p>All SQL texts in here are the server's own, printed under an empty search path: every name
 * outside {@code pg_catalog} is qualified. Two descriptions of the same schema are equal, whatever
 * database they were read from, as there are no object ids in them.
 *
 * @param schemas that anything below lies in, by name
 * @param extensions that types of the tables come from
 * @param routines user-defined functions that defaults, generated columns, checks, domains or
 *     indexes call: they are not copied and have to be there
 * @param collations user-defined ones
 * @param types user-defined ones, each after those it is made of
 * @param foreignTypes types that cannot be made by description (base types, row types of tables
 *     that are not selected) and have to be there
 * @param sequences that columns own or take defaults from, without those of identity columns
 * @param tables partitions right after the table they belong to, parents before what inherits from
 *     them
 * @param portable the same in terms that every vendor's target understands
 * @param translated whether it was made of {@code portable}; then a column that is there already
 *     may have any type that takes its values
 * @param notes what is left out and why, for people
 */
public record PostgresSchemaDescription(
    List<String> schemas,
    List<Extension> extensions,
    List<Routine> routines,
    List<CollationDefinition> collations,
    List<UserType> types,
    List<TableId> foreignTypes,
    List<OwnedSequence> sequences,
    List<TableDefinition> tables,
    PortableSchema portable,
    boolean translated,
    List<String> notes)
    implements SchemaDescription {

  public PostgresSchemaDescription {
    schemas = List.copyOf(schemas);
    extensions = List.copyOf(extensions);
    routines = List.copyOf(routines);
    collations = List.copyOf(collations);
    types = List.copyOf(types);
    foreignTypes = List.copyOf(foreignTypes);
    sequences = List.copyOf(sequences);
    tables = List.copyOf(tables);
    notes = List.copyOf(notes);
  }

  /**
   * The same without some tables, for whoever makes tables: their partitions are not made either,
   * as those are made with the table that they belong to.
   */
  public PostgresSchemaDescription without(Set<TableId> left) {
    return new PostgresSchemaDescription(
        schemas,
        extensions,
        routines,
        collations,
        types,
        foreignTypes,
        sequences,
        tables.stream().filter(table -> !left.contains(table.id())).toList(),
        portable,
        translated,
        notes);
  }

  /**
   * An extension that has to be there before the types that come from it.
   *
   * @param members the names of its types, functions, operator classes and collations
   */
  public record Extension(String name, String schema, Set<String> members) implements Serializable {
    public Extension {
      members = Set.copyOf(members);
    }
  }

  /**
   * A function that has to be there, as it is not copied.
   *
   * @param arguments the types of its arguments, with commas between them
   * @param usedBy one of the objects that call it, for messages
   */
  public record Routine(TableId name, String arguments, String usedBy) implements Serializable {}

  /**
   * A collation that somebody created.
   *
   * @param options the clause of CREATE COLLATION, in parentheses
   */
  public record CollationDefinition(TableId id, String options) implements Serializable {}

  /** A type that somebody created. */
  public sealed interface UserType extends Serializable {
    /** Its schema and name at the source. */
    TableId id();

    /**
     * An enumeration.
     *
     * @param labels in the order of their values
     */
    record EnumType(TableId id, List<String> labels) implements UserType {
      public EnumType {
        labels = List.copyOf(labels);
      }
    }

    /**
     * A domain.
     *
     * @param clauses what follows {@code CREATE DOMAIN name AS}
     */
    record DomainType(TableId id, String clauses) implements UserType {}

    /**
     * A composite type of its own, which is no table's row type.
     *
     * @param attributes each as {@code "name" type}, with its collation
     */
    record CompositeType(TableId id, List<String> attributes) implements UserType {
      public CompositeType {
        attributes = List.copyOf(attributes);
      }
    }

    /**
     * A range type; its multirange is made with it.
     *
     * @param options the clause of CREATE TYPE … AS RANGE, without the multirange's name
     */
    record RangeType(TableId id, TableId multirange, String options) implements UserType {}
  }

  /**
   * A sequence, without the value that it is at.
   *
   * @param options what follows the name in CREATE SEQUENCE
   */
  public record Sequence(TableId id, String options) implements Serializable {}

  /**
   * A sequence that is made by itself, and what it belongs to.
   *
   * @param ownerColumn the table and column it is dropped with; no entry if it stands for itself
   */
  public record OwnedSequence(Sequence sequence, List<ColumnName> ownerColumn)
      implements Serializable {
    public OwnedSequence {
      ownerColumn = List.copyOf(ownerColumn);
    }
  }

  /** A column of one table, both as the catalog holds them, unquoted. */
  public record ColumnName(TableId table, String column) implements Serializable {}

  /**
   * A table, with everything that is made for it before the copy or after.
   *
   * @param place where it stands among other tables
   * @param partitionClause {@code PARTITION BY …}, or empty for a table that holds rows itself
   * @param keys primary key and unique constraints
   * @param indexes that belong to no constraint
   * @param keyColumns what its rows are found by while they are copied; empty if nothing names them
   * @param rowTypes tables whose row types its columns use: those must be there first
   */
  public record TableDefinition(
      TableId id,
      Place place,
      String partitionClause,
      List<ColumnDefinition> columns,
      List<KeyConstraint> keys,
      List<CheckConstraint> checks,
      List<ExclusionConstraint> exclusions,
      List<IndexDefinition> indexes,
      List<ForeignKey> foreignKeys,
      List<String> keyColumns,
      List<TableId> rowTypes)
      implements Serializable {
    public TableDefinition {
      columns = List.copyOf(columns);
      keys = List.copyOf(keys);
      checks = List.copyOf(checks);
      exclusions = List.copyOf(exclusions);
      indexes = List.copyOf(indexes);
      foreignKeys = List.copyOf(foreignKeys);
      keyColumns = List.copyOf(keyColumns);
      rowTypes = List.copyOf(rowTypes);
    }

    /** Whether it is divided into partitions, and holds no rows itself. */
    public boolean partitioned() {
      return !partitionClause.isEmpty();
    }

    /** Whether it is a partition of another table, made with that one. */
    public boolean partition() {
      return place instanceof Place.PartitionOf;
    }
  }

  /** Where a table stands among other tables. */
  public sealed interface Place extends Serializable {
    /**
     * A table that is no partition.
     *
     * @param parents the selected tables that it inherits from, in order
     */
    record Standalone(List<TableId> parents) implements Place {
      public Standalone {
        parents = List.copyOf(parents);
      }
    }

    /**
     * A partition, which may itself be divided.
     *
     * @param bound {@code FOR VALUES …} or {@code DEFAULT}
     */
    record PartitionOf(TableId parent, String bound) implements Place {}
  }

  /**
   * A column, with all that making it takes.
   *
   * @param type with modifiers
   * @param declaration the type with its collation, where that is not the type's own
   */
  public record ColumnDefinition(
      String name, String type, String declaration, boolean nullable, Content content)
      implements Serializable {}

  /** Where a column's value comes from if a statement does not give one. */
  public sealed interface Content extends Serializable {
    /** Nothing: it is null then. */
    record Given() implements Content {}

    /** The default's expression, evaluated for each row. */
    record Default(String expression) implements Content {}

    /**
     * What the server computes from other columns of the row; no statement may give it.
     *
     * @param kind {@code STORED} or {@code VIRTUAL}
     */
    record Generated(String expression, String kind) implements Content {}

    /**
     * The next value of an identity column's own sequence.
     *
     * @param when {@code ALWAYS} or {@code BY DEFAULT}
     */
    record Identity(String when, Sequence sequence) implements Content {}
  }

  /**
   * A primary key or unique constraint.
   *
   * @param definition as the server prints it, deferrability included
   * @param indexBody its index, from {@code USING} on
   * @param servesAsKey whether rows are found by it while they are copied
   */
  public record KeyConstraint(
      String name,
      boolean primary,
      boolean deferrable,
      String definition,
      String indexBody,
      boolean servesAsKey)
      implements Serializable {}

  /**
   * A check constraint; its definition is as the server prints it, without NOT VALID.
   *
   * @param validated whether it is known to hold for every row
   */
  public record CheckConstraint(String name, String definition, boolean validated)
      implements Serializable {}

  /** An exclusion constraint, as the server prints it, deferrability included. */
  public record ExclusionConstraint(String name, String definition) implements Serializable {}

  /**
   * An index that serves no constraint.
   *
   * @param body from {@code USING} on
   * @param servesAsKey whether rows are found by it while they are copied
   */
  public record IndexDefinition(String name, boolean unique, String body, boolean servesAsKey)
      implements Serializable {}

  /**
   * A foreign key.
   *
   * @param definition as the server prints it, without NOT VALID
   * @param validated whether it is known to hold for every row
   */
  public record ForeignKey(String name, TableId referenced, String definition, boolean validated)
      implements Serializable {}
}
