package io.tidemark.table;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.table.factories.FactoryUtil;

/** What a source table's DDL may say, under the names that users of Flink CDC know. */
final class SourceTableOptions {

  static final ConfigOption<String> HOSTNAME =
      ConfigOptions.key("hostname").stringType().noDefaultValue();

  static final ConfigOption<Integer> PORT = ConfigOptions.key("port").intType().noDefaultValue();

  static final ConfigOption<String> USERNAME =
      ConfigOptions.key("username").stringType().noDefaultValue();

  static final ConfigOption<String> PASSWORD =
      ConfigOptions.key("password").stringType().noDefaultValue();

  static final ConfigOption<String> DATABASE_NAME =
      ConfigOptions.key("database-name").stringType().noDefaultValue();

  static final ConfigOption<String> SCHEMA_NAME =
      ConfigOptions.key("schema-name").stringType().noDefaultValue();

  static final ConfigOption<String> TABLE_NAME =
      ConfigOptions.key("table-name").stringType().noDefaultValue();

  static final ConfigOption<String> SLOT_NAME =
      ConfigOptions.key("slot.name").stringType().noDefaultValue();

  static final ConfigOption<String> STREAM =
      ConfigOptions.key("stream").stringType().noDefaultValue();

  static final ConfigOption<ChangelogForm> CHANGELOG_MODE =
      ConfigOptions.key("changelog-mode").enumType(ChangelogForm.class).noDefaultValue();

  static final ConfigOption<String> STARTUP_MODE =
      ConfigOptions.key("scan.startup.mode").stringType().defaultValue("initial");

  static final ConfigOption<Long> CHUNK_SIZE =
      ConfigOptions.key("scan.incremental.snapshot.chunk.size").longType().defaultValue(50_000L);

  static final ConfigOption<Duration> CYCLE =
      ConfigOptions.key("scan.cycle").durationType().defaultValue(Duration.ofSeconds(60));

  static final ConfigOption<Boolean> APPEND_ONLY =
      ConfigOptions.key("scan.read-changelog-as-append-only.enabled")
          .booleanType()
          .defaultValue(false);

  static final ConfigOption<Boolean> NEW_TABLES =
      ConfigOptions.key("scan.newly-added-table.enabled").booleanType().defaultValue(true);

  static final ConfigOption<Boolean> PARTITIONED_TABLES =
      ConfigOptions.key("scan.include-partitioned-tables.enabled").booleanType().defaultValue(true);

  /** What is always so and cannot be switched off, with what to do. */
  static final Map<String, String> ALWAYS =
      Map.of(
          NEW_TABLES.key(),
          "what 'table-name' means is looked up whenever the statement is planned, and a table that"
              + " is new then is copied and followed; name the tables to have no others",
          PARTITIONED_TABLES.key(),
          "a partitioned table is one table, whose rows are those of its partitions; a partition is"
              + " none by itself");

  /** What JDBC drivers are given, without this. */
  static final String JDBC_PREFIX = "jdbc.properties.";

  /** Of Debezium's engine, which is not here. */
  static final String DEBEZIUM_PREFIX = "debezium.";

  /** What Flink CDC knows and what has no meaning here, with why. */
  static final Map<String, String> WITHOUT_MEANING = new LinkedHashMap<>();

  static {
    String always = "the copy is always incremental and parallel";
    String exact = "the copy needs no backfill: the log is held at the snapshot";
    String own = "Tidemark reads the log itself";
    String otherStart = "it says where to begin in a 'scan.startup.mode' that is not there";
    String driver = "set it by jdbc.properties.*";
    WITHOUT_MEANING.put(
        FactoryUtil.SOURCE_PARALLELISM.key(), "one source serves tables that may ask for several");
    WITHOUT_MEANING.put("decoding.plugin.name", "it is always pgoutput");
    WITHOUT_MEANING.put("server-id", "Tidemark takes a free one");
    WITHOUT_MEANING.put("server-time-zone", "moments travel in UTC");
    WITHOUT_MEANING.put("scan.incremental.snapshot.enabled", always);
    WITHOUT_MEANING.put("scan.incremental.snapshot.backfill.skip", exact);
    WITHOUT_MEANING.put(
        "scan.incremental.snapshot.chunk.key-column", "chunks are ranges of the primary key");
    WITHOUT_MEANING.put("scan.incremental.close-idle-reader.enabled", "no reader is idle for long");
    WITHOUT_MEANING.put("scan.snapshot.fetch.size", "rows are streamed");
    WITHOUT_MEANING.put(
        "scan.lsn-commit.checkpoints-num-delay", "the log is given back at each checkpoint");
    WITHOUT_MEANING.put("scan.startup.specific-offset.file", otherStart);
    WITHOUT_MEANING.put("scan.startup.specific-offset.pos", otherStart);
    WITHOUT_MEANING.put("scan.startup.specific-offset.gtid-set", otherStart);
    WITHOUT_MEANING.put("scan.startup.specific-offset.skip-events", otherStart);
    WITHOUT_MEANING.put("scan.startup.specific-offset.skip-rows", otherStart);
    WITHOUT_MEANING.put("scan.startup.timestamp-millis", otherStart);
    WITHOUT_MEANING.put("chunk-meta.group.size", own);
    WITHOUT_MEANING.put("chunk-key.even-distribution.factor.upper-bound", own);
    WITHOUT_MEANING.put("chunk-key.even-distribution.factor.lower-bound", own);
    WITHOUT_MEANING.put("split-key.even-distribution.factor.upper-bound", own);
    WITHOUT_MEANING.put("split-key.even-distribution.factor.lower-bound", own);
    WITHOUT_MEANING.put("connect.timeout", driver);
    WITHOUT_MEANING.put("connect.max-retries", "Flink's restart strategy says how often");
    WITHOUT_MEANING.put("connection.pool.size", "each reader has one connection");
    WITHOUT_MEANING.put("connect.pool.size", "each reader has one connection");
    WITHOUT_MEANING.put("heartbeat.interval", "Tidemark keeps the log moving by itself");
    WITHOUT_MEANING.put("heartbeat.interval.ms", "Tidemark keeps the log moving by itself");
    WITHOUT_MEANING.put(
        "scan.incremental.snapshot.unbounded-chunk-first.enabled",
        "rows are streamed, so that no chunk needs memory for its size");
    WITHOUT_MEANING.put(
        "scan.parse.online.schema.changes.enabled",
        "a change of a table's columns ends the statement, by whatever tool it is made");
    WITHOUT_MEANING.put(
        "use.legacy.json.format", "JSON looks the same from the copy and from the log");
  }

  private SourceTableOptions() {}
}
