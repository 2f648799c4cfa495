package io.tidemark.table;

import static io.tidemark.table.SourceTableOptions.APPEND_ONLY;
import static io.tidemark.table.SourceTableOptions.CHANGELOG_MODE;
import static io.tidemark.table.SourceTableOptions.CHUNK_SIZE;
import static io.tidemark.table.SourceTableOptions.CYCLE;
import static io.tidemark.table.SourceTableOptions.DATABASE_NAME;
import static io.tidemark.table.SourceTableOptions.HOSTNAME;
import static io.tidemark.table.SourceTableOptions.NEW_TABLES;
import static io.tidemark.table.SourceTableOptions.PARTITIONED_TABLES;
import static io.tidemark.table.SourceTableOptions.PASSWORD;
import static io.tidemark.table.SourceTableOptions.PORT;
import static io.tidemark.table.SourceTableOptions.SCHEMA_NAME;
import static io.tidemark.table.SourceTableOptions.SLOT_NAME;
import static io.tidemark.table.SourceTableOptions.STARTUP_MODE;
import static io.tidemark.table.SourceTableOptions.STREAM;
import static io.tidemark.table.SourceTableOptions.TABLE_NAME;
import static io.tidemark.table.SourceTableOptions.USERNAME;

import io.tidemark.job.NearestName;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.StreamNames;
import io.tidemark.source.CopySettings;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a source of what a DDL says; everything that is wrong with it is said at once. */
abstract class SourceTableFactory implements DynamicTableSourceFactory {

  private static final Logger LOG = LoggerFactory.getLogger(SourceTableFactory.class);

  /** How much log the source may hold back, in bytes, before a cycle of the copy is ended. */
  private static final long LOG_LIMIT = 8L << 30;

  private static final String CONNECTOR = FactoryUtil.CONNECTOR.key();

  /** The default of the option {@code port}. */
  abstract int port();

  /** What a JDBC URL begins with, up to the two slashes. */
  abstract String scheme();

  /** Whether a server's database has schemas, of which {@code schema-name} names one. */
  abstract boolean hasSchemas();

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    Set<ConfigOption<?>> required =
        new HashSet<>(Set.of(HOSTNAME, USERNAME, PASSWORD, DATABASE_NAME, TABLE_NAME));
    if (hasSchemas()) {
      required.add(SLOT_NAME);
    }
    return required;
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    Set<ConfigOption<?>> optional =
        new HashSet<>(Set.of(PORT, STREAM, CHANGELOG_MODE, STARTUP_MODE, CHUNK_SIZE, CYCLE));
    optional.add(APPEND_ONLY);
    optional.add(NEW_TABLES);
    if (hasSchemas()) {
      optional.add(SCHEMA_NAME);
      optional.add(PARTITIONED_TABLES);
    }
    return optional;
  }

  @Override
  public DynamicTableSource createDynamicTableSource(Context context) {
    return source(context, context.getCatalogTable().getOptions());
  }

  /**
   * The same of other options than the table has.
   *
   * @throws org.apache.flink.table.api.ValidationException with all that is wrong with them
   */
  DynamicTableSource source(Context context, Map<String, String> all) {
    String path = context.getObjectIdentifier().asSummaryString();
    Map<String, String> given = new TreeMap<>(all);
    List<String> wrong = new ArrayList<>();
    requireKnown(
        path,
        given,
        requiredOptions(),
        Stream.concat(requiredOptions().stream(), optionalOptions().stream())
            .map(ConfigOption::key)
            .collect(Collectors.toSet()),
        wrong);
    Configuration options = Configuration.fromMap(given);
    ResolvedSchema schema = context.getCatalogTable().getResolvedSchema();
    requireReasonable(options, wrong);
    if (isBatch(context.getConfiguration())
        && !StartupOption.SNAPSHOT.equals(options.get(STARTUP_MODE))) {
      wrong.add(
          "in batch mode only a read that ends can be asked for: give 'scan.startup.mode' ="
              + " 'snapshot', or SET 'execution.runtime-mode' = 'streaming'");
    }
    Pattern tables = pattern(TABLE_NAME.key(), options.getOptional(TABLE_NAME).orElse(""), wrong);
    String schemaName =
        hasSchemas()
            ? options.getOptional(SCHEMA_NAME).orElse("public")
            : options.getOptional(DATABASE_NAME).orElse("");
    Pattern schemas =
        pattern(hasSchemas() ? SCHEMA_NAME.key() : DATABASE_NAME.key(), schemaName, wrong);
    DeclaredTable.requireNone(path, wrong);
    List<String> key = schema.getPrimaryKey().map(k -> k.getColumns()).orElse(List.of());
    return new TidemarkTableSource(
        new TidemarkTableSource.Declaration(
            path,
            new SharedSource.Key(
                connection(options, given),
                stream(options),
                hasSchemas() ? options.get(DATABASE_NAME) : "",
                new CopySettings(
                    options.get(CYCLE),
                    options.get(CHUNK_SIZE),
                    LOG_LIMIT,
                    StartupOption.of(options.get(STARTUP_MODE), new ArrayList<>()))),
            schemas,
            tables,
            context.getPhysicalRowDataType(),
            key,
            new Changelog(
                options.getOptional(CHANGELOG_MODE).orElse(ChangelogForm.ALL),
                options.get(APPEND_ONLY))));
  }

  /** Whether statements are batch jobs. */
  static boolean isBatch(ReadableConfig configuration) {
    return configuration.get(ExecutionOptions.RUNTIME_MODE) == RuntimeExecutionMode.BATCH;
  }

  private static String stream(Configuration options) {
    return options.getOptional(STREAM).or(() -> options.getOptional(SLOT_NAME)).orElse("");
  }

  /** Adds what is wrong with those of the options that say how any table is read. */
  static void requireReasonable(Configuration options, List<String> wrong) {
    StartupOption.of(options.get(STARTUP_MODE), wrong);
    for (ConfigOption<Boolean> option : List.of(APPEND_ONLY, NEW_TABLES, PARTITIONED_TABLES)) {
      requireBoolean(options, option, wrong);
    }
    String stream = stream(options);
    if (!stream.isEmpty() && !StreamNames.isOne(stream)) {
      wrong.add("'stream' (or 'slot.name') has 1 to 40 lower-case letters, digits and underscores");
    }
    if (options.getOptional(SLOT_NAME).filter(slot -> !slot.equals(stream)).isPresent()) {
      wrong.add(
          "'stream' and 'slot.name' are two words for one name, and differ; give one of them");
    }
    if (options.get(CHUNK_SIZE) < 1
        || options.get(CYCLE).isZero()
        || options.get(CYCLE).isNegative()) {
      wrong.add("'" + CHUNK_SIZE.key() + "' and '" + CYCLE.key() + "' must be positive");
    }
  }

  private static void requireBoolean(
      Configuration options, ConfigOption<Boolean> option, List<String> wrong) {
    try {
      options.get(option);
    } catch (IllegalArgumentException e) {
      wrong.add("'" + option.key() + "' is 'true' or 'false'");
    }
  }

  /**
   * Adds what is missing and what there is no option for, and warns of what has no meaning here.
   *
   * @param path for whose sake, for the warnings
   * @param known the names of all options that mean something
   */
  static void requireKnown(
      String path,
      Map<String, String> given,
      Set<ConfigOption<?>> requiredOptions,
      Set<String> known,
      List<String> wrong) {
    for (ConfigOption<?> required : requiredOptions) {
      String value = given.get(required.key());
      boolean isMissing = value == null || value.isEmpty() && !required.equals(PASSWORD);
      if (isMissing && !(required.equals(SLOT_NAME) && hasNoNeedOfASlot(given))) {
        wrong.add("'" + required.key() + "' is missing");
      }
    }
    given.forEach(
        (name, value) -> {
          String meaningless = SourceTableOptions.WITHOUT_MEANING.get(name);
          String always = SourceTableOptions.ALWAYS.get(name);
          if (always != null && known.contains(name) && value.equalsIgnoreCase("false")) {
            LOG.warn("{}: option '{}' cannot be false here: {}", path, name, always);
          } else if (meaningless != null) {
            LOG.warn("{}: option '{}' has no meaning here: {}", path, name, meaningless);
          } else if (name.startsWith(SourceTableOptions.DEBEZIUM_PREFIX)) {
            LOG.warn("{}: option '{}' has no meaning here: there is no Debezium", path, name);
          } else if (!known.contains(name)
              && !name.equals(CONNECTOR)
              && !name.startsWith(SourceTableOptions.JDBC_PREFIX)) {
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

  /** Whether it has a name already, or reads no log. */
  static boolean hasNoNeedOfASlot(Map<String, String> options) {
    return options.containsKey(STREAM.key())
        || StartupOption.SNAPSHOT.equals(options.get(STARTUP_MODE.key()));
  }

  private static Pattern pattern(String option, String expression, List<String> wrong) {
    try {
      return Pattern.compile(expression);
    } catch (PatternSyntaxException e) {
      wrong.add("'" + option + "' is no regular expression: " + e.getDescription());
      return Pattern.compile(Pattern.quote(expression));
    }
  }

  /** How the server is reached, and as whom. */
  ConnectionSpec connection(Configuration options, Map<String, String> given) {
    return new ConnectionSpec(url(options, given), options.get(USERNAME), options.get(PASSWORD));
  }

  private String url(Configuration options, Map<String, String> given) {
    String parameters =
        given.entrySet().stream()
            .filter(option -> option.getKey().startsWith(SourceTableOptions.JDBC_PREFIX))
            .map(
                option ->
                    option.getKey().substring(SourceTableOptions.JDBC_PREFIX.length())
                        + "="
                        + URLEncoder.encode(option.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
    String host = options.get(HOSTNAME);
    return scheme()
        + "//"
        + (host.contains(":") ? "[" + host + "]" : host)
        + ":"
        + options.getOptional(PORT).orElse(port())
        + "/"
        + (hasSchemas() ? options.get(DATABASE_NAME) : "information_schema")
        + (parameters.isEmpty() ? "" : "?" + parameters);
  }
}
