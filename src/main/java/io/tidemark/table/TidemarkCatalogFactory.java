package io.tidemark.table;

import static io.tidemark.table.SourceTableOptions.APPEND_ONLY;
import static io.tidemark.table.SourceTableOptions.CHANGELOG_MODE;
import static io.tidemark.table.SourceTableOptions.CHUNK_SIZE;
import static io.tidemark.table.SourceTableOptions.CYCLE;
import static io.tidemark.table.SourceTableOptions.HOSTNAME;
import static io.tidemark.table.SourceTableOptions.NEW_TABLES;
import static io.tidemark.table.SourceTableOptions.PARTITIONED_TABLES;
import static io.tidemark.table.SourceTableOptions.PASSWORD;
import static io.tidemark.table.SourceTableOptions.PORT;
import static io.tidemark.table.SourceTableOptions.SLOT_NAME;
import static io.tidemark.table.SourceTableOptions.STARTUP_MODE;
import static io.tidemark.table.SourceTableOptions.STREAM;
import static io.tidemark.table.SourceTableOptions.USERNAME;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.Catalog;
import org.apache.flink.table.factories.CatalogFactory;

/** {@code CREATE CATALOG … WITH ('type' = 'tidemark', …)}. */
public final class TidemarkCatalogFactory implements CatalogFactory {

  static final ConfigOption<String> BASE_URL =
      ConfigOptions.key("base-url").stringType().noDefaultValue();

  static final ConfigOption<String> DEFAULT_DATABASE =
      ConfigOptions.key("default-database").stringType().noDefaultValue();

  private static final Pattern URL =
      Pattern.compile(
          "jdbc:(?<vendor>postgresql|mysql|mariadb)://"
              + "(?<host>\\[[^\\]/]+]|[^\\[\\]:,/?#@\\s]+)(?::(?<port>[0-9]{1,5}))?/?");

  @Override
  public String factoryIdentifier() {
    return "tidemark";
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of(BASE_URL, DEFAULT_DATABASE, USERNAME, PASSWORD);
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return Set.of(
        SLOT_NAME,
        STREAM,
        CHANGELOG_MODE,
        STARTUP_MODE,
        CHUNK_SIZE,
        CYCLE,
        APPEND_ONLY,
        NEW_TABLES,
        PARTITIONED_TABLES);
  }

  /**
   * @throws ValidationException with all that is wrong with the options at once
   */
  @Override
  public Catalog createCatalog(Context context) {
    Map<String, String> given = new TreeMap<>(context.getOptions());
    List<String> wrong = new ArrayList<>();
    Matcher url = URL.matcher(given.getOrDefault(BASE_URL.key(), ""));
    if (!url.matches() && given.containsKey(BASE_URL.key())) {
      wrong.add(
          "'base-url' has to look like jdbc:postgresql://host:port, jdbc:mysql://host:port or"
              + " jdbc:mariadb://host:port: one host, no database, no user and no parameters (which"
              + " are options of their own: 'default-database', 'username', 'jdbc.properties.…')");
    }
    boolean isPostgres = url.matches() && url.group("vendor").equals("postgresql");
    SourceTableFactory tables = isPostgres ? new PostgresTableFactory() : new MySqlTableFactory();
    SourceTableFactory.requireKnown(
        "catalog " + context.getName(), given, requiredOptions(), known(tables), wrong);
    requireReasonable(Configuration.fromMap(given), wrong);
    if (!wrong.isEmpty()) {
      throw new ValidationException(
          "catalog "
              + context.getName()
              + " cannot be made of what is given:\n- "
              + String.join("\n- ", wrong));
    }
    Map<String, String> ofTables = new TreeMap<>(given);
    requiredOptions().forEach(option -> ofTables.remove(option.key()));
    Map<String, String> reach = new TreeMap<>();
    String host = url.group("host");
    reach.put(HOSTNAME.key(), host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
    reach.put(
        PORT.key(), Optional.ofNullable(url.group("port")).orElse(Integer.toString(tables.port())));
    reach.put(USERNAME.key(), given.getOrDefault(USERNAME.key(), ""));
    given.forEach(
        (name, value) -> {
          if (name.startsWith(SourceTableOptions.JDBC_PREFIX)) {
            reach.put(name, value);
            ofTables.remove(name);
          }
        });
    return new TidemarkCatalog(
        context.getName(),
        given.getOrDefault(DEFAULT_DATABASE.key(), ""),
        new CatalogServer(tables, reach, given.getOrDefault(PASSWORD.key(), ""), ofTables));
  }

  /** A slot's name means nothing where there are no slots, and partitions where none are tables. */
  private Set<String> known(SourceTableFactory tables) {
    Set<String> known =
        Stream.concat(requiredOptions().stream(), optionalOptions().stream())
            .map(ConfigOption::key)
            .collect(Collectors.toCollection(HashSet::new));
    if (!tables.hasSchemas()) {
      known.remove(SLOT_NAME.key());
      known.remove(PARTITIONED_TABLES.key());
    }
    return known;
  }

  private static void requireReasonable(Configuration options, List<String> wrong) {
    try {
      options.getOptional(CHANGELOG_MODE);
      SourceTableFactory.requireReasonable(options, wrong);
    } catch (IllegalArgumentException e) {
      wrong.add(e.getMessage());
    }
  }
}
