package io.tidemark.table.sink;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.table.factories.FactoryUtil;

/** What a sink table's DDL may say, under the names that users of Flink's jdbc connector know. */
final class SinkTableOptions {

  static final ConfigOption<String> URL = ConfigOptions.key("url").stringType().noDefaultValue();

  static final ConfigOption<String> TABLE_NAME =
      ConfigOptions.key("table-name").stringType().noDefaultValue();

  static final ConfigOption<String> USERNAME =
      ConfigOptions.key("username").stringType().noDefaultValue();

  static final ConfigOption<String> PASSWORD =
      ConfigOptions.key("password").stringType().defaultValue("");

  static final ConfigOption<Guarantee> GUARANTEE =
      ConfigOptions.key("sink.delivery-guarantee")
          .enumType(Guarantee.class)
          .defaultValue(Guarantee.EXACTLY_ONCE);

  static final ConfigOption<Integer> FLUSH_ROWS =
      ConfigOptions.key("sink.buffer-flush.max-rows").intType().defaultValue(100);

  static final ConfigOption<Duration> FLUSH_INTERVAL =
      ConfigOptions.key("sink.buffer-flush.interval")
          .durationType()
          .defaultValue(Duration.ofSeconds(1));

  static final ConfigOption<Integer> MAX_RETRIES =
      ConfigOptions.key("sink.max-retries").intType().defaultValue(3);

  static final ConfigOption<Integer> PARALLELISM = FactoryUtil.SINK_PARALLELISM;

  static final ConfigOption<String> NAME =
      ConfigOptions.key("sink.name").stringType().noDefaultValue();

  static final ConfigOption<Boolean> CREATE_TABLE =
      ConfigOptions.key("sink.create-table").booleanType().defaultValue(false);

  /** What Flink's jdbc connector knows and what has no meaning here, with why. */
  static final Map<String, String> WITHOUT_MEANING = new LinkedHashMap<>();

  static {
    String read = "the table is written, and not read";
    WITHOUT_MEANING.put("driver", "the URL says which it is");
    WITHOUT_MEANING.put(
        "connection.max-retry-timeout", "what a connection waits for is set in the URL");
    WITHOUT_MEANING.put("compatible-mode", "the URL says which database it is");
    WITHOUT_MEANING.put("lookup.cache", read);
    WITHOUT_MEANING.put("lookup.cache.max-rows", read);
    WITHOUT_MEANING.put("lookup.cache.ttl", read);
    WITHOUT_MEANING.put("lookup.cache.caching-missing-key", read);
    WITHOUT_MEANING.put("lookup.max-retries", read);
    WITHOUT_MEANING.put("lookup.partial-cache.expire-after-access", read);
    WITHOUT_MEANING.put("lookup.partial-cache.expire-after-write", read);
    WITHOUT_MEANING.put("lookup.partial-cache.cache-missing-key", read);
    WITHOUT_MEANING.put("lookup.partial-cache.max-rows", read);
    WITHOUT_MEANING.put("scan.partition.column", read);
    WITHOUT_MEANING.put("scan.partition.num", read);
    WITHOUT_MEANING.put("scan.partition.lower-bound", read);
    WITHOUT_MEANING.put("scan.partition.upper-bound", read);
    WITHOUT_MEANING.put("scan.fetch-size", read);
    WITHOUT_MEANING.put("scan.auto-commit", read);
    WITHOUT_MEANING.put("scan.parallelism", read);
    WITHOUT_MEANING.put("filter.handling.policy", read);
  }

  private SinkTableOptions() {}
}
