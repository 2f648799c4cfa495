package io.tidemark.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.test.junit5.InjectMiniCluster;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a pipeline makes of a database that is written to and whose tasks end, at every vendor. */
@Timeout(300)
abstract class PipelineSourceContract {

  private static final Duration LONG = Duration.ofSeconds(90);
  private static final int ROWS = 6_000;

  @RegisterExtension
  private static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(2)
              .setNumberSlotsPerTaskManager(1)
              .build());

  @Postgres private static PostgresServer target;

  abstract Server server();

  /** The factory's name. */
  abstract String type();

  /**
   * The option {@code tables} for all tables of a database but one, and what else there has to be.
   */
  abstract Map<String, String> own(String database);

  /** Where the database's tables are. */
  abstract String schema(String database);

  /** Of a moment without a time zone. */
  abstract String timestampType();

  /** Fills {@code many} with rows 1 to {@code ROWS}. */
  abstract List<String> filling(int rows);

  /** What a table is made with so that its log has whole rows. */
  abstract List<String> wholeRows(String table);

  private Map<String, String> options(String database) {
    URI url = URI.create(server().spec(database).url().substring("jdbc:".length()));
    Map<String, String> options = new HashMap<>(own(database));
    options.put("hostname", url.getHost());
    options.put("port", String.valueOf(url.getPort()));
    options.put("username", server().spec(database).user());
    options.put("password", server().spec(database).password());
    options.put("scan.incremental.snapshot.chunk.size", "300");
    options.put("scan.cycle", "1 s");
    return options;
  }

  private JobID submit(String database) throws Exception {
    Configuration configuration = new Configuration();
    configuration.setString("execution.checkpointing.interval", "300 ms");
    configuration.setString("execution.checkpointing.timeout", "10 s");
    configuration.setString("parallelism.default", "2");
    configuration.setString("restart-strategy.type", "fixed-delay");
    configuration.setString("restart-strategy.fixed-delay.attempts", "1000");
    configuration.setString("restart-strategy.fixed-delay.delay", "200 ms");
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    ComposedPipeline.compose(
        ComposedPipeline.events(environment, ComposedPipeline.source(type(), options(database))),
        2,
        ComposedPipeline.sink(ComposedPipeline.options(target.spec(database))));
    return environment.executeAsync().getJobID();
  }

  private List<Map<String, String>> there(String database, String table) {
    return PipelineSinkContract.rows(server(), database, schema(database) + "." + table);
  }

  private List<Map<String, String>> here(String database, String table) {
    boolean isMade =
        !PipelineSinkContract.texts(
                target,
                database,
                "SELECT table_name FROM information_schema.tables WHERE table_name = '"
                    + table
                    + "'")
            .isEmpty();
    return isMade
        ? PipelineSinkContract.rows(target, database, schema(database) + "." + table)
        : List.of();
  }

  private void awaitEqual(String database, String table) throws Exception {
    Await.until(
        table + " equal",
        LONG,
        () -> there(database, table).equals(here(database, table)),
        () -> {
          List<Map<String, String>> missing = there(database, table);
          missing.removeAll(here(database, table));
          return missing.size()
              + " rows are missing, of them "
              + missing.stream().limit(3).toList()
              + ", of "
              + here(database, table).size();
        });
  }

  @Test
  void theTargetIsEqualInTheEndWhateverFails(@InjectMiniCluster MiniCluster cluster)
      throws Exception {
    String database = "whole";
    server().createDatabase(database);
    target.createDatabase(database);
    server()
        .execute(
            database,
            "CREATE TABLE many (id int PRIMARY KEY, name varchar(20) NOT NULL, amount decimal(12,2),"
                + " born date, note text, made "
                + timestampType()
                + "(3))",
            "CREATE TABLE pairs (a int, b varchar(10), n bigint, PRIMARY KEY (a, b))",
            "CREATE TABLE none (id int PRIMARY KEY, v text)",
            "CREATE TABLE unwanted (id int PRIMARY KEY)",
            "INSERT INTO unwanted VALUES (1)",
            "INSERT INTO pairs VALUES (1, 'x', 10), (1, 'y', NULL)");
    server().execute(database, filling(ROWS).toArray(String[]::new));
    for (String table : List.of("many", "pairs", "none")) {
      server().execute(database, wholeRows(table).toArray(String[]::new));
    }
    JobID job = submit(database);
    Await.until(
        "some copied",
        LONG,
        () -> !here(database, "many").isEmpty(),
        () -> "nothing is at the target");
    cluster.terminateTaskManager(0).get();
    cluster.startTaskManager();
    server()
        .execute(
            database,
            "DELETE FROM many WHERE id % 10 = 3",
            "UPDATE many SET amount = amount + 1 WHERE id % 10 = 4",
            "UPDATE many SET id = id + 100000 WHERE id % 500 = 5",
            "INSERT INTO pairs VALUES (2, 'z', 9000000000)");
    awaitEqual(database, "many");
    cluster.terminateTaskManager(1).get();
    cluster.startTaskManager();
    server()
        .execute(
            database,
            "UPDATE pairs SET n = 11, b = 'w' WHERE b = 'x'",
            "DELETE FROM many WHERE id % 10 = 6",
            "INSERT INTO many (id, name) VALUES (-1, 'last')");
    for (String table : List.of("many", "pairs", "none")) {
      awaitEqual(database, table);
    }
    assertThat(here(database, "pairs")).as("pairs").hasSize(3);
    assertThat(
            PipelineSinkContract.texts(
                target,
                database,
                "SELECT table_name FROM information_schema.tables WHERE table_schema = '"
                    + schema(database)
                    + "' ORDER BY 1"))
        .containsExactly("many", "none", "pairs");
    server()
        .execute(
            database,
            "ALTER TABLE pairs ADD COLUMN more int",
            "INSERT INTO pairs (a, b) VALUES (7, 'q')");
    Await.until(
        "ended",
        LONG,
        () -> cluster.getJobStatus(job).get().isGloballyTerminalState(),
        () -> "it goes on");
    assertThat(cluster.getExecutionGraph(job).get().getFailureInfo().getExceptionAsString())
        .contains("table " + schema(database) + ".pairs");
  }

  @Test
  void whatIsWrongIsSaidAtOnce() throws Exception {
    server().createDatabase("wrong");
    server().execute("wrong", "CREATE TABLE t (id int PRIMARY KEY)");
    Map<String, String> options = options("wrong");
    options.put("tabels.exclude", "x");
    options.put("scan.startup.mode", "timestamp");
    options.remove("hostname");
    assertThatThrownBy(() -> ComposedPipeline.source(type(), options))
        .isInstanceOf(ValidationException.class)
        .hasMessageContaining("'hostname' is missing")
        .hasMessageContaining("is 'tables.exclude' meant?")
        .hasMessageContaining("'scan.startup.mode' cannot be 'timestamp'");
    Map<String, String> nothing = options("wrong");
    nothing.put("tables.exclude", nothing.get("tables"));
    assertThatThrownBy(() -> ComposedPipeline.source(type(), nothing))
        .isInstanceOf(ValidationException.class)
        .hasMessageContaining("no table of the database is meant");
  }
}
