package io.tidemark.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;

/** A DDL of Flink CDC's is taken whole, and what nobody knows is not. */
class SourceTableOptionsTest {

  private static final List<String> OF_BOTH =
      List.of(
          "hostname",
          "port",
          "username",
          "password",
          "database-name",
          "table-name",
          "scan.startup.mode",
          "scan.incremental.snapshot.enabled",
          "scan.incremental.snapshot.chunk.size",
          "scan.incremental.snapshot.chunk.key-column",
          "scan.incremental.snapshot.backfill.skip",
          "scan.incremental.snapshot.unbounded-chunk-first.enabled",
          "scan.incremental.close-idle-reader.enabled",
          "scan.snapshot.fetch.size",
          "scan.newly-added-table.enabled",
          "scan.read-changelog-as-append-only.enabled",
          "chunk-meta.group.size",
          "connect.timeout",
          "connect.max-retries",
          "connection.pool.size");

  /** MySqlTableSourceFactory of Flink CDC 3.5.0, required and optional. */
  private static final List<String> OF_MYSQL_CDC =
      List.of(
          "server-time-zone",
          "server-id",
          "scan.startup.specific-offset.file",
          "scan.startup.specific-offset.pos",
          "scan.startup.specific-offset.gtid-set",
          "scan.startup.specific-offset.skip-events",
          "scan.startup.specific-offset.skip-rows",
          "scan.startup.timestamp-millis",
          "chunk-key.even-distribution.factor.upper-bound",
          "chunk-key.even-distribution.factor.lower-bound",
          "heartbeat.interval",
          "scan.parse.online.schema.changes.enabled",
          "use.legacy.json.format");

  /** PostgreSQLTableFactory of Flink CDC 3.5.0, and what its documentation calls otherwise. */
  private static final List<String> OF_POSTGRES_CDC =
      List.of(
          "schema-name",
          "slot.name",
          "decoding.plugin.name",
          "changelog-mode",
          "split-key.even-distribution.factor.upper-bound",
          "split-key.even-distribution.factor.lower-bound",
          "chunk-key.even-distribution.factor.upper-bound",
          "chunk-key.even-distribution.factor.lower-bound",
          "heartbeat.interval.ms",
          "scan.lsn-commit.checkpoints-num-delay",
          "scan.include-partitioned-tables.enabled",
          "connect.pool.size");

  private static final List<String> OPEN =
      List.of("jdbc.properties.useSSL", "debezium.binary.handling.mode");

  /** What is wrong with these. */
  private static List<String> wrong(SourceTableFactory tables, List<String> names) {
    TreeMap<String, String> given = new TreeMap<>();
    names.forEach(name -> given.put(name, "1"));
    Set<String> known =
        Stream.concat(tables.requiredOptions().stream(), tables.optionalOptions().stream())
            .map(ConfigOption::key)
            .collect(Collectors.toSet());
    List<String> wrong = new ArrayList<>();
    SourceTableFactory.requireKnown("t", given, tables.requiredOptions(), known, wrong);
    return wrong;
  }

  private static List<String> all(List<String> theirs) {
    return Stream.of(OF_BOTH, theirs, OPEN).flatMap(List::stream).toList();
  }

  @Test
  void takesEveryOptionOfFlinkCdc() {
    assertThat(wrong(new MySqlTableFactory(), all(OF_MYSQL_CDC))).isEmpty();
    assertThat(wrong(new PostgresTableFactory(), all(OF_POSTGRES_CDC))).isEmpty();
  }

  @Test
  void saysTheNearestNameOfWhatNobodyKnows() {
    List<String> names = new ArrayList<>(all(OF_MYSQL_CDC));
    names.add("scan.newly-added-tables.enabled");
    names.add("scan.include-partitioned-tables.enabled");
    assertThat(wrong(new MySqlTableFactory(), names))
        .containsExactlyInAnyOrder(
            "there is no option 'scan.newly-added-tables.enabled'; is"
                + " 'scan.newly-added-table.enabled' meant?",
            "there is no option 'scan.include-partitioned-tables.enabled'");
  }

  @Test
  void whatIsNeitherTrueNorFalseIsRefused() {
    Configuration options = new Configuration();
    options.setString("scan.read-changelog-as-append-only.enabled", "yes");
    options.setString("scan.newly-added-table.enabled", "FALSE");
    List<String> wrong = new ArrayList<>();
    SourceTableFactory.requireReasonable(options, wrong);
    assertThat(wrong)
        .containsExactly("'scan.read-changelog-as-append-only.enabled' is 'true' or 'false'");
  }

  /** Whoever moves over looks each of them up. */
  @Test
  void theDocumentationHasEachOfThem() throws Exception {
    String page = Files.readString(Path.of("docs/sql.md"));
    String section = page.substring(page.indexOf("### Those of Flink CDC"));
    String listed = section.substring(0, section.indexOf("###", 4));
    for (String option :
        Stream.concat(all(OF_MYSQL_CDC).stream(), OF_POSTGRES_CDC.stream()).toList()) {
      assertThat(isListed(listed, option)).as(option).isTrue();
    }
  }

  /** By its name, its last part behind another one, or as one of many. */
  private static boolean isListed(String listed, String option) {
    String last = option.substring(option.lastIndexOf('.') + 1);
    boolean isOneOfMany =
        IntStream.range(0, option.length())
            .filter(place -> option.charAt(place) == '.')
            .anyMatch(dot -> listed.contains("`" + option.substring(0, dot) + ".*`"));
    return listed.contains("`" + option + "`")
        || option.startsWith("scan.startup.specific-offset.") && listed.contains("`." + last + "`")
        || isOneOfMany;
  }
}
