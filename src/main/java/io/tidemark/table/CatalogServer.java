package io.tidemark.table;

import io.tidemark.database.SourceDatabase;
import io.tidemark.schema.TableId;
import io.tidemark.settings.ConnectionSpec;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.factories.FactoryUtil;

/**
 * How a catalog reaches its server, and what it says of each of its tables. Immutable.
 *
 * @param tables makes sources of them
 * @param reach the host, the port, the user and what the driver is given, by options' names
 * @param given what else the catalog gives to each of its tables
 */
record CatalogServer(
    SourceTableFactory tables,
    Map<String, String> reach,
    String password,
    Map<String, String> given) {

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_]+");

  CatalogServer {
    reach = Map.copyOf(reach);
    given = Map.copyOf(given);
  }

  /** What the server's catalog says of one of its databases. */
  SourceDatabase.Listing listing(String database) {
    return TidemarkTableSource.seen(connection(database)).listing();
  }

  /** How one of its databases is reached. */
  ConnectionSpec connection(String database) {
    Map<String, String> options = new TreeMap<>(reach);
    options.put(SourceTableOptions.DATABASE_NAME.key(), database);
    options.put(SourceTableOptions.PASSWORD.key(), password);
    return tables.connection(Configuration.fromMap(options), options);
  }

  /** What a table's DDL would say, but for the password: others may be shown it. */
  Map<String, String> optionsOf(String database, TableId table) {
    Map<String, String> options = new TreeMap<>(given);
    options.putAll(reach);
    options.put(FactoryUtil.CONNECTOR.key(), tables.factoryIdentifier());
    options.put(SourceTableOptions.TABLE_NAME.key(), exactly(table.name()));
    if (tables.hasSchemas()) {
      options.put(SourceTableOptions.DATABASE_NAME.key(), database);
      options.put(SourceTableOptions.SCHEMA_NAME.key(), exactly(table.schema()));
    } else {
      options.put(SourceTableOptions.DATABASE_NAME.key(), exactly(table.schema()));
    }
    return options;
  }

  /** Whether an option says where the catalog's password goes. */
  boolean isReach(String option) {
    return reach.containsKey(option)
        || option.startsWith(SourceTableOptions.JDBC_PREFIX)
        || option.equals(SourceTableOptions.PASSWORD.key())
        || option.equals(FactoryUtil.CONNECTOR.key());
  }

  /** A regular expression that means this name alone. */
  private static String exactly(String name) {
    return PLAIN.matcher(name).matches() ? name : Pattern.quote(name);
  }

  /** Never shows the password. */
  @Override
  public String toString() {
    return reach.toString();
  }
}
