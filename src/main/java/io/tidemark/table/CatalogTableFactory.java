package io.tidemark.table;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.FactoryUtil;

/** Makes sources of a catalog's tables, with the password that only the catalog has. */
final class CatalogTableFactory implements DynamicTableSourceFactory, DynamicTableSinkFactory {

  private final TidemarkCatalog catalog;
  private final CatalogServer server;

  CatalogTableFactory(TidemarkCatalog catalog, CatalogServer server) {
    this.catalog = catalog;
    this.server = server;
  }

  @Override
  public String factoryIdentifier() {
    return server.tables().factoryIdentifier();
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return server.tables().requiredOptions();
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return server.tables().optionalOptions();
  }

  /**
   * @throws ValidationException also where a hint would take the password elsewhere
   */
  @Override
  public DynamicTableSource createDynamicTableSource(Context context) {
    Map<String, String> options = new TreeMap<>(context.getCatalogTable().getOptions());
    options.forEach(
        (name, value) -> {
          boolean isTheCatalogs =
              value.equals(server.reach().get(name))
                  || name.equals(FactoryUtil.CONNECTOR.key()) && value.equals(factoryIdentifier());
          if (server.isReach(name) && !isTheCatalogs) {
            throw new ValidationException(
                "table "
                    + context.getObjectIdentifier().asSummaryString()
                    + " is its catalog's, and so is how its server is reached: '"
                    + name
                    + "' cannot be given for the table alone. Give it to the catalog, or declare a"
                    + " table of your own");
          }
        });
    if (server.tables().hasSchemas()
        && !options.containsKey(SourceTableOptions.SLOT_NAME.key())
        && !options.containsKey(SourceTableOptions.STREAM.key())) {
      throw new ValidationException(
          "reading table "
              + context.getObjectIdentifier().asSummaryString()
              + " needs a name for its replication slot: give 'slot.name' to the catalog, or to each"
              + " of its tables in the statement by a hint, /*+ OPTIONS('slot.name' = '…') */");
    }
    options.put(SourceTableOptions.PASSWORD.key(), server.password());
    return server.tables().source(context, options);
  }

  /**
   * @throws ValidationException always
   */
  @Override
  public DynamicTableSink createDynamicTableSink(Context context) {
    throw new ValidationException(
        catalog
            .refusal("writing to " + context.getObjectIdentifier().toObjectPath().getFullName())
            .getMessage());
  }
}
