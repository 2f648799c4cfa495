package io.tidemark.pipeline;

import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.table.WholeTables;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.flink.cdc.common.configuration.ConfigOption;
import org.apache.flink.cdc.common.configuration.ConfigOptions;
import org.apache.flink.cdc.common.factories.DataSourceFactory;
import org.apache.flink.cdc.common.schema.Selectors;
import org.apache.flink.cdc.common.source.DataSource;
import org.apache.flink.table.api.ValidationException;

/** Makes a source of Flink CDC's pipelines; everything that is wrong with it is said at once. */
abstract class TidemarkDataSourceFactory implements DataSourceFactory {

  static final ConfigOption<String> TABLES =
      ConfigOptions.key("tables")
          .stringType()
          .noDefaultValue()
          .withDescription("which tables, as regular expressions with \\. for any character");

  static final ConfigOption<String> EXCLUDED =
      ConfigOptions.key("tables.exclude")
          .stringType()
          .noDefaultValue()
          .withDescription("which of them not");

  private static final Pattern DOT = Pattern.compile("(?<!\\\\)\\.");

  private static final Pattern NAME = Pattern.compile("[\\w$-]+");

  private static ConfigOption<String> text(String name, String description) {
    return ConfigOptions.key(name).stringType().noDefaultValue().withDescription(description);
  }

  abstract WholeTables.Kind kind();

  private boolean hasSchemas() {
    return kind() == WholeTables.Kind.POSTGRES;
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    Set<ConfigOption<?>> required = new LinkedHashSet<>();
    required.add(text("hostname", "of the server"));
    required.add(text("username", "who may read the tables and the log"));
    required.add(text("password", "the user's"));
    required.add(TABLES);
    if (hasSchemas()) {
      required.add(text("slot.name", "of the replication slot, which is made"));
    }
    return required;
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    Set<ConfigOption<?>> optional = new LinkedHashSet<>();
    optional.add(text("port", "of the server"));
    optional.add(EXCLUDED);
    optional.add(text("stream", "names what is put up in the database"));
    optional.add(text("scan.startup.mode", "initial, latest-offset or snapshot"));
    optional.add(text("scan.incremental.snapshot.chunk.size", "rows of a chunk"));
    optional.add(text("scan.cycle", "how long a transaction at the source may be open"));
    return optional;
  }

  @Override
  public DataSource createDataSource(Context context) {
    Map<String, String> given = new HashMap<>(context.getFactoryConfiguration().toMap());
    String name = "the source " + identifier();
    List<String> wrong = new ArrayList<>();
    String tables = given.getOrDefault(TABLES.key(), "");
    if (tables.isEmpty()) {
      wrong.add("'" + TABLES.key() + "' is missing");
    }
    String database = hasSchemas() ? database(tables, wrong) : "";
    if (hasSchemas()) {
      if (given.containsKey("database-name")) {
        wrong.add("there is no option 'database-name': 'tables' names the database");
      }
      given.put("database-name", database);
    }
    WholeTables whole =
        WholeTables.of(name, kind(), given, Set.of(TABLES.key(), EXCLUDED.key()), wrong);
    List<Table> found = whole.find(meant(database, tables, given.getOrDefault(EXCLUDED.key(), "")));
    requireTypes(name, found);
    return new TidemarkDataSource(whole.source(found), found);
  }

  /** A connection sees one database. */
  private static String database(String tables, List<String> wrong) {
    Set<String> databases = new LinkedHashSet<>();
    for (String each : tables.split(",")) {
      String[] parts = DOT.split(each.strip(), -1);
      if (!each.isBlank() && (parts.length != 3 || !NAME.matcher(parts[0]).matches())) {
        wrong.add(
            "'"
                + TABLES.key()
                + "': "
                + each.strip()
                + " is not database.schema.table, of which the first is a name and the others may be"
                + " regular expressions with \\. for any character");
      } else if (!each.isBlank()) {
        databases.add(parts[0]);
      }
    }
    if (databases.size() > 1) {
      wrong.add("'" + TABLES.key() + "' names more than one database: " + databases);
    }
    return databases.isEmpty() ? "?" : databases.iterator().next();
  }

  private static Predicate<TableId> meant(String database, String tables, String excluded) {
    Selectors wanted = new Selectors.SelectorsBuilder().includeTables(tables).build();
    Predicate<TableId> isWanted = table -> wanted.isMatch(full(database, table));
    if (excluded.isEmpty()) {
      return isWanted;
    }
    Selectors unwanted = new Selectors.SelectorsBuilder().includeTables(excluded).build();
    return isWanted.and(table -> !unwanted.isMatch(full(database, table)));
  }

  private static org.apache.flink.cdc.common.event.TableId full(String database, TableId table) {
    return database.isEmpty()
        ? SourceTable.id(table)
        : org.apache.flink.cdc.common.event.TableId.tableId(database, table.schema(), table.name());
  }

  private static void requireTypes(String name, List<Table> tables) {
    List<String> wrong = new ArrayList<>();
    for (Table table : tables) {
      table
          .columns()
          .forEach(
              column -> {
                try {
                  SourceColumn.of(table, column);
                } catch (IllegalArgumentException e) {
                  wrong.add(String.valueOf(e.getMessage()));
                }
              });
    }
    if (!wrong.isEmpty()) {
      throw new ValidationException(name + " cannot be made:\n- " + String.join("\n- ", wrong));
    }
  }
}
