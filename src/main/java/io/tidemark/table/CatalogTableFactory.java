package io.tidemark.table;

import io.tidemark.database.SourceDatabase.ListedTable;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.table.sink.SinkTableFactory;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.ObjectPath;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.FactoryUtil;

/** Makes sources and sinks of a catalog's tables, with the password that only the catalog has. */
final class CatalogTableFactory implements DynamicTableSourceFactory, DynamicTableSinkFactory {

  private final TidemarkCatalog catalog;
  private final CatalogServer server;
  private final SinkTableFactory sinks = new SinkTableFactory();

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

  private void requireTheCatalogsReach(Context context, Map<String, String> options) {
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
  }

  /**
   * @throws ValidationException also where a hint would take the password elsewhere
   */
  @Override
  public DynamicTableSource createDynamicTableSource(Context context) {
    Map<String, String> options = new TreeMap<>(context.getCatalogTable().getOptions());
    requireTheCatalogsReach(context, options);
    if (server.tables().hasSchemas()
        && !options.containsKey(SourceTableOptions.SLOT_NAME.key())
        && !SourceTableFactory.hasNoNeedOfASlot(options)) {
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
   * @throws ValidationException also where a hint would take the password elsewhere
   */
  @Override
  public DynamicTableSink createDynamicTableSink(Context context) {
    ObjectPath path = context.getObjectIdentifier().toObjectPath();
    Map<String, String> options = new TreeMap<>(context.getCatalogTable().getOptions());
    requireTheCatalogsReach(context, options);
    ListedTable table = catalog.listed(path);
    options
        .keySet()
        .removeAll(server.optionsOf(path.getDatabaseName(), table.table().id()).keySet());
    ConnectionSpec connection = server.connection(path.getDatabaseName());
    options.put(FactoryUtil.CONNECTOR.key(), sinks.factoryIdentifier());
    options.put("url", connection.url());
    options.put("table-name", table.table().id().toString());
    options.put("username", connection.user());
    options.put("password", connection.password());
    return sinks.sink(context, options, table.table().id());
  }
}
