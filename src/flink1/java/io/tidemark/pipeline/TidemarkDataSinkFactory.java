package io.tidemark.pipeline;

import io.tidemark.job.Databases;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.staging.SinkTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.flink.cdc.common.configuration.ConfigOption;
import org.apache.flink.cdc.common.configuration.ConfigOptions;
import org.apache.flink.cdc.common.configuration.Configuration;
import org.apache.flink.cdc.common.factories.DataSinkFactory;
import org.apache.flink.cdc.common.factories.FactoryHelper;
import org.apache.flink.cdc.common.sink.DataSink;
import org.apache.flink.table.api.ValidationException;

/** Makes the sink {@code tidemark-jdbc} of Flink CDC's pipelines. */
public final class TidemarkDataSinkFactory implements DataSinkFactory {

  static final String IDENTIFIER = "tidemark-jdbc";

  static final ConfigOption<String> URL =
      ConfigOptions.key("url")
          .stringType()
          .noDefaultValue()
          .withDescription("jdbc:postgresql://…, jdbc:mysql://… or jdbc:mariadb://…");

  static final ConfigOption<String> USERNAME =
      ConfigOptions.key("username")
          .stringType()
          .noDefaultValue()
          .withDescription("who may make and change the tables, and the schema tidemark");

  static final ConfigOption<String> PASSWORD =
      ConfigOptions.key("password").stringType().defaultValue("").withDescription("the user's");

  static final ConfigOption<String> NAME =
      ConfigOptions.key("sink.name")
          .stringType()
          .defaultValue("flink-cdc")
          .withDescription(
              "names the sink in the target's ledger; each pipeline into a database has its own");

  @Override
  public String identifier() {
    return IDENTIFIER;
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of(URL, USERNAME);
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return Set.of(PASSWORD, NAME);
  }

  @Override
  public DataSink createDataSink(Context context) {
    FactoryHelper.createFactoryHelper(this, context).validate();
    Configuration options = context.getFactoryConfiguration();
    List<String> wrong = new ArrayList<>();
    String url = options.get(URL);
    Databases.checkUrl(url).ifPresent(said -> wrong.add("url: " + said));
    String name = options.get(NAME);
    if (name.isEmpty() || name.length() > SinkTable.LONGEST_NAME) {
      wrong.add(NAME.key() + " must have 1 to " + SinkTable.LONGEST_NAME + " characters");
    }
    if (!wrong.isEmpty()) {
      throw new ValidationException(
          "the sink " + IDENTIFIER + " cannot be made:\n- " + String.join("\n- ", wrong));
    }
    return new TidemarkDataSink(
        new ConnectionSpec(url, options.get(USERNAME), options.get(PASSWORD)), name);
  }
}
