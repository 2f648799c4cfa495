package io.tidemark.database;

import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import java.io.Serializable;
import java.util.List;

/**
 * The selected tables of a source in terms that every vendor's target understands. What has no
 * counterpart elsewhere (expressions, checks, triggers) is left out and noted.
 *
 * @param notes what is left out and why, for people
 */
public record PortableSchema(List<TableDefinition> tables, List<String> notes)
    implements Serializable {

  public PortableSchema {
    tables = List.copyOf(tables);
    notes = List.copyOf(notes);
  }

  /**
   * A table.
   *
   * @param columns those that travel, in the order of the rows
   * @param primaryKey its columns in the key's order; empty if there is none
   * @param indexes secondary ones, unique ones among them
   * @param foreignKeys those whose own columns all travel
   */
  public record TableDefinition(
      TableId id,
      List<ColumnDefinition> columns,
      List<String> primaryKey,
      List<Index> indexes,
      List<ForeignKey> foreignKeys)
      implements Serializable {
    public TableDefinition {
      columns = List.copyOf(columns);
      primaryKey = List.copyOf(primaryKey);
      indexes = List.copyOf(indexes);
      foreignKeys = List.copyOf(foreignKeys);
    }
  }

  /**
   * A column.
   *
   * @param name as the catalog holds it, unquoted
   * @param type as the source writes it, for messages
   * @param values what its values are and how rows hold them
   * @param automatic whether the database numbers rows by it (auto-increment, identity, serial)
   * @param defaultValue what an insert puts there that does not name the column
   */
  public record ColumnDefinition(
      String name,
      String type,
      ValueType values,
      boolean nullable,
      boolean automatic,
      DefaultValue defaultValue)
      implements Serializable {}

  /** What an insert that does not name the column puts there. */
  public sealed interface DefaultValue extends Serializable {

    /** Defaults without parameters. */
    enum Plain implements DefaultValue {
      /** Null, or nothing. */
      NONE,
      /** The moment of the insert. */
      CURRENT_TIMESTAMP
    }

    /** A value, in the portable encoding of the column's type; never of a raw one. */
    record Literal(String text) implements DefaultValue {}
  }

  /**
   * A secondary index over whole columns.
   *
   * @param parts its columns in their order
   */
  public record Index(String name, boolean unique, List<IndexPart> parts) implements Serializable {
    public Index {
      parts = List.copyOf(parts);
    }
  }

  /** A column of an index. */
  public record IndexPart(String column, boolean descending) implements Serializable {}

  /**
   * A foreign key.
   *
   * @param columns of the table that has it, in the key's order
   * @param referenced the table that it points to, by its name at the source
   * @param referencedColumns what each of {@code columns} points to there
   */
  public record ForeignKey(
      String name,
      List<String> columns,
      TableId referenced,
      List<String> referencedColumns,
      Action onUpdate,
      Action onDelete)
      implements Serializable {
    public ForeignKey {
      columns = List.copyOf(columns);
      referencedColumns = List.copyOf(referencedColumns);
    }
  }

  /** What a change of a referenced row does. */
  public enum Action {
    NO_ACTION,
    RESTRICT,
    CASCADE,
    SET_NULL,
    SET_DEFAULT
  }
}
