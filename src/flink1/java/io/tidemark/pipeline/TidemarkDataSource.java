package io.tidemark.pipeline;

import io.tidemark.schema.Table;
import io.tidemark.source.TidemarkSource;
import java.util.List;
import org.apache.flink.cdc.common.event.TableId;
import org.apache.flink.cdc.common.schema.Schema;
import org.apache.flink.cdc.common.source.DataSource;
import org.apache.flink.cdc.common.source.EventSourceProvider;
import org.apache.flink.cdc.common.source.FlinkSourceProvider;
import org.apache.flink.cdc.common.source.MetadataAccessor;

/** Tables of a database that a pipeline reads. */
final class TidemarkDataSource implements DataSource {

  private final TidemarkSource source;
  private final List<Table> tables;

  TidemarkDataSource(TidemarkSource source, List<Table> tables) {
    this.source = source;
    this.tables = List.copyOf(tables);
  }

  @Override
  public EventSourceProvider getEventSourceProvider() {
    return FlinkSourceProvider.of(new EventSource(source, tables));
  }

  /** Of the tables that are read. */
  @Override
  public MetadataAccessor getMetadataAccessor() {
    List<SourceTable> all = tables.stream().map(SourceTable::new).toList();
    return new MetadataAccessor() {
      @Override
      public List<String> listNamespaces() {
        throw new UnsupportedOperationException("tables are named by a schema and their name");
      }

      @Override
      public List<String> listSchemas(String namespace) {
        return all.stream().map(table -> table.id().getSchemaName()).distinct().sorted().toList();
      }

      @Override
      public List<TableId> listTables(String namespace, String schema) {
        return all.stream()
            .map(SourceTable::id)
            .filter(table -> schema.equals(table.getSchemaName()))
            .toList();
      }

      @Override
      public Schema getTableSchema(TableId table) {
        return all.stream()
            .filter(each -> each.id().equals(table))
            .map(SourceTable::schema)
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException(table + " is not read"));
      }
    };
  }
}
