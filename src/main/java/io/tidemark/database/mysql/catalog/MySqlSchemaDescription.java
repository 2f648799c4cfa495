package io.tidemark.database.mysql.catalog;

import io.tidemark.database.PortableSchema;
import io.tidemark.database.SchemaDescription;
import io.tidemark.database.mysql.session.ServerVersion;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/**
 * The selected tables as the source's catalog describes them.
 *
 * @param server what they were read from
 * @param tables by name
 * @param databases what SHOW CREATE DATABASE says of each database that has one of the tables
 * @param notes what is left out in portable terms and why, for people
 */
public record MySqlSchemaDescription(
    ServerVersion server,
    List<TableDefinition> tables,
    List<DatabaseDefinition> databases,
    List<String> notes)
    implements SchemaDescription {

  private static final long serialVersionUID = 1L;

  public MySqlSchemaDescription {
    tables = List.copyOf(tables);
    databases = List.copyOf(databases);
    notes = List.copyOf(notes);
  }

  /**
   * A table.
   *
   * @param table what is copied of it
   * @param columns all that it has, in their order in the table
   * @param createStatement what SHOW CREATE TABLE says
   * @param portable the same in portable terms
   */
  public record TableDefinition(
      Table table,
      List<MySqlColumn> columns,
      String createStatement,
      PortableSchema.TableDefinition portable)
      implements Serializable {
    public TableDefinition {
      columns = List.copyOf(columns);
    }
  }

  /** A database's name and the statement that makes it. */
  record DatabaseDefinition(String name, String createStatement) implements Serializable {}

  /** One of the tables, by its name at the source. */
  public Optional<TableDefinition> definitionOf(TableId id) {
    return tables.stream().filter(table -> table.table().id().equals(id)).findFirst();
  }

  @Override
  public PortableSchema portable() {
    return new PortableSchema(tables.stream().map(TableDefinition::portable).toList(), notes);
  }
}
