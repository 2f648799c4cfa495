package io.tidemark.table.sink;

import static io.tidemark.table.sink.SinkTableOptions.CREATE_TABLE;
import static io.tidemark.table.sink.SinkTableOptions.FLUSH_INTERVAL;
import static io.tidemark.table.sink.SinkTableOptions.FLUSH_ROWS;
import static io.tidemark.table.sink.SinkTableOptions.GUARANTEE;
import static io.tidemark.table.sink.SinkTableOptions.MAX_RETRIES;
import static io.tidemark.table.sink.SinkTableOptions.NAME;
import static io.tidemark.table.sink.SinkTableOptions.PARALLELISM;
import static io.tidemark.table.sink.SinkTableOptions.PASSWORD;
import static io.tidemark.table.sink.SinkTableOptions.TABLE_NAME;
import static io.tidemark.table.sink.SinkTableOptions.URL;
import static io.tidemark.table.sink.SinkTableOptions.USERNAME;

import io.tidemark.job.Databases;
import io.tidemark.job.NearestName;
import io.tidemark.schema.TableId;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.staging.SinkTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a sink of what a DDL says, for {@code 'connector' = 'tidemark-jdbc'}; everything that is
 * wrong with it is said at once.
 */
public final class SinkTableFactory implements DynamicTableSinkFactory {

  private static final Logger LOG = LoggerFactory.getLogger(SinkTableFactory.class);

  @Override
  public String factoryIdentifier() {
    return "tidemark-jdbc";
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of(URL, TABLE_NAME, USERNAME);
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return Set.of(
        PASSWORD,
        GUARANTEE,
        FLUSH_ROWS,
        FLUSH_INTERVAL,
        MAX_RETRIES,
        PARALLELISM,
        NAME,
        CREATE_TABLE);
  }

  @Override
  public DynamicTableSink createDynamicTableSink(Context context) {
    return sink(context, context.getCatalogTable().getOptions(), Optional.empty());
  }

  /**
   * Makes a sink of a catalog's table.
   *
   * @param options in place of the table's own
   * @param table what it is called in the database, whose names may have dots of their own
   * @throws ValidationException if anything is wrong with the options
   */
  public DynamicTableSink sink(Context context, Map<String, String> options, TableId table) {
    return sink(context, options, Optional.of(table));
  }

  private DynamicTableSink sink(
      Context context, Map<String, String> declared, Optional<TableId> known) {
    String path = context.getObjectIdentifier().asSummaryString();
    Map<String, String> given = new TreeMap<>(declared);
    List<String> wrong = new ArrayList<>();
    requireKnown(path, given, wrong);
    Configuration options = Configuration.fromMap(given);
    String url = options.getOptional(URL).orElse("");
    if (!url.isEmpty()) {
      Databases.checkUrl(url).ifPresent(problem -> wrong.add("'" + URL.key() + "': " + problem));
    }
    Guarantee guarantee = value(options, GUARANTEE, wrong);
    int rows = value(options, FLUSH_ROWS, wrong);
    int retries = value(options, MAX_RETRIES, wrong);
    if (rows < 0 || retries < 0 || value(options, FLUSH_INTERVAL, wrong).isNegative()) {
      wrong.add(
          "'%s', '%s' and '%s' must not be negative"
              .formatted(FLUSH_ROWS.key(), FLUSH_INTERVAL.key(), MAX_RETRIES.key()));
    }
    Optional<Integer> parallelism = Optional.ofNullable(value(options, PARALLELISM, wrong));
    if (parallelism.filter(number -> number < 1).isPresent()) {
      wrong.add("'" + PARALLELISM.key() + "' must be positive");
    }
    boolean creates = value(options, CREATE_TABLE, wrong);
    TableId table =
        known.orElseGet(() -> table(url, options.getOptional(TABLE_NAME).orElse(""), wrong));
    String name = options.getOptional(NAME).orElse(table.toString());
    if (name.isEmpty() || name.length() > SinkTable.LONGEST_NAME) {
      wrong.add("'" + NAME.key() + "' must have 1 to " + SinkTable.LONGEST_NAME + " characters");
    }
    requireNone(path, wrong);
    ResolvedSchema schema = context.getCatalogTable().getResolvedSchema();
    return new TidemarkTableSink(
        new TidemarkTableSink.Declaration(
            path,
            new ConnectionSpec(url, options.get(USERNAME), options.get(PASSWORD)),
            name,
            table,
            context.getPhysicalRowDataType(),
            schema.getPrimaryKey().map(key -> key.getColumns()).orElse(List.of()),
            guarantee,
            new DirectRowSink.Pace(rows, value(options, FLUSH_INTERVAL, wrong), retries),
            parallelism,
            creates));
  }

  /** The option's default, where what is given is none of its values, which is noted. */
  private static <T> T value(Configuration options, ConfigOption<T> option, List<String> wrong) {
    try {
      return options.get(option);
    } catch (IllegalArgumentException e) {
      wrong.add("'" + option.key() + "' has a value that is none of its: " + e.getMessage());
      return option.defaultValue();
    }
  }

  private void requireKnown(String path, Map<String, String> given, List<String> wrong) {
    Set<String> known =
        Stream.concat(requiredOptions().stream(), optionalOptions().stream())
            .map(ConfigOption::key)
            .collect(Collectors.toSet());
    for (ConfigOption<?> required : requiredOptions()) {
      String value = given.get(required.key());
      if (value == null || value.isEmpty()) {
        wrong.add("'" + required.key() + "' is missing");
      }
    }
    given.forEach(
        (name, value) -> {
          String meaningless = SinkTableOptions.WITHOUT_MEANING.get(name);
          if (meaningless != null) {
            LOG.warn("{}: option '{}' has no meaning here: {}", path, name, meaningless);
          } else if (!known.contains(name) && !name.equals(FactoryUtil.CONNECTOR.key())) {
            wrong.add(
                "there is no option '"
                    + name
                    + "'"
                    + NearestName.of(name, known)
                        .map(near -> "; is '" + near + "' meant?")
                        .orElse(""));
          }
        });
  }

  /** Up to the first dot is the schema; without one, PostgreSQL's public or the URL's database. */
  private static TableId table(String url, String name, List<String> wrong) {
    int dot = name.indexOf('.');
    String schema = dot >= 0 ? name.substring(0, dot) : Databases.defaultSchema(url);
    String table = name.substring(dot + 1);
    if (schema.isEmpty() || table.isEmpty()) {
      if (!name.isEmpty()) {
        wrong.add("'" + TABLE_NAME.key() + "' must be a table's name, or schema.table");
      }
      return new TableId("?", "?");
    }
    return new TableId(schema, table);
  }

  /**
   * Says everything that is wrong with a declaration at once.
   *
   * @throws ValidationException if anything is
   */
  static void requireNone(String path, List<String> wrong) {
    if (!wrong.isEmpty()) {
      throw new ValidationException(
          "table "
              + path
              + " cannot be written as it is declared:\n- "
              + String.join("\n- ", wrong));
    }
  }
}
