package io.tidemark.pipeline;

import io.tidemark.settings.ConnectionSpec;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.cdc.common.event.CreateTableEvent;
import org.apache.flink.cdc.common.event.SchemaChangeEvent;
import org.apache.flink.cdc.common.event.SchemaChangeEventType;
import org.apache.flink.cdc.common.event.TableId;
import org.apache.flink.cdc.common.exceptions.UnsupportedSchemaChangeEventException;
import org.apache.flink.cdc.common.schema.Schema;
import org.apache.flink.cdc.common.sink.MetadataApplier;
import org.apache.flink.cdc.common.utils.SchemaUtils;
import org.jspecify.annotations.Nullable;

/**
 * Judges changes of tables before they are sent to the writers, and makes none: a table changes
 * with the checkpoint that has the change, between the rows that came before it and those after.
 */
final class TidemarkApplier implements MetadataApplier {

  private static final long serialVersionUID = 1L;

  private static final Set<SchemaChangeEventType> SUPPORTED =
      Set.of(
          SchemaChangeEventType.CREATE_TABLE,
          SchemaChangeEventType.ADD_COLUMN,
          SchemaChangeEventType.DROP_COLUMN,
          SchemaChangeEventType.RENAME_COLUMN,
          SchemaChangeEventType.ALTER_COLUMN_TYPE,
          SchemaChangeEventType.TRUNCATE_TABLE,
          SchemaChangeEventType.DROP_TABLE);

  private final ConnectionSpec connection;
  private final String defaultSchema;
  private Set<SchemaChangeEventType> accepted = SUPPORTED;

  /** Those of this attempt; a change of another is judged by the writers, who know the table. */
  private transient @Nullable Map<TableId, Schema> known;

  private transient @Nullable EventTables tables;

  TidemarkApplier(ConnectionSpec connection, String defaultSchema) {
    this.connection = connection;
    this.defaultSchema = defaultSchema;
  }

  @Override
  public MetadataApplier setAcceptedSchemaEvolutionTypes(Set<SchemaChangeEventType> types) {
    accepted = Set.copyOf(types);
    return this;
  }

  @Override
  public boolean acceptsSchemaEvolutionType(SchemaChangeEventType type) {
    return accepted.contains(type);
  }

  @Override
  public Set<SchemaChangeEventType> getSupportedSchemaEvolutionTypes() {
    return SUPPORTED;
  }

  @Override
  public void applySchemaChange(SchemaChangeEvent event) {
    Map<TableId, Schema> schemas = known == null ? new HashMap<>() : known;
    EventTables judges =
        tables == null ? new EventTables(defaultSchema, new TargetTables(connection)) : tables;
    known = schemas;
    tables = judges;
    TableId table = event.tableId();
    try {
      if (event instanceof CreateTableEvent created) {
        judges.shape(table, created.getSchema());
        schemas.put(table, created.getSchema());
        return;
      }
      Optional<Schema> before = Optional.ofNullable(schemas.get(table));
      judges.change(event, before);
      before.ifPresent(
          schema -> schemas.put(table, SchemaUtils.applySchemaChangeEvent(schema, event)));
    } catch (IllegalArgumentException e) {
      throw new UnsupportedSchemaChangeEventException(event, e.getMessage(), e);
    }
  }
}
