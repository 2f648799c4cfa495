package io.tidemark.table.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.endtoend.fixture.ClusterFaults;
import io.tidemark.lab.Server;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.StatementSet;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.test.junit5.InjectMiniCluster;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * TaskManagers and JobManagers end again and again while money is moved between accounts: in the
 * middle of staging, and just after a checkpoint was merged, before Flink knows of it. Whoever
 * reads sees all of the money at every moment, and in the end every movement is there once.
 */
@Timeout(400)
abstract class SinkFaults {

  private static final Duration LONG = Duration.ofSeconds(120);
  private static final int FAULTS = 10;
  private static final int MOVEMENTS = 80_000;
  private static final int PER_SECOND = 2_000;
  private static final int ACCOUNTS = 97;

  @RegisterExtension
  private static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(ClusterFaults.configuration(2, 1));

  abstract Server server();

  abstract String schema(String database);

  private static StreamExecutionEnvironment environment() {
    Configuration configuration = new Configuration();
    configuration.setString("execution.checkpointing.interval", "300 ms");
    configuration.setString("parallelism.default", "2");
    configuration.setString("restart-strategy.type", "fixed-delay");
    configuration.setString("restart-strategy.fixed-delay.attempts", "1000");
    configuration.setString("restart-strategy.fixed-delay.delay", "200 ms");
    return StreamExecutionEnvironment.getExecutionEnvironment(configuration);
  }

  @Test
  void everyCheckpointIsThereWholeAndOnce(@InjectMiniCluster MiniCluster cluster) throws Exception {
    ClusterFaults faults = new ClusterFaults(cluster);
    server().createDatabase("bank");
    server()
        .execute(
            "bank",
            "CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL)",
            "CREATE TABLE entries (movement bigint, account int, amount int)");
    StreamExecutionEnvironment environment = environment();
    StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
    tables.createTemporaryView(
        "movements",
        environment.fromSource(
            new DataGeneratorSource<>(
                n -> n + 1, MOVEMENTS, RateLimiterStrategy.perSecond(PER_SECOND), Types.LONG),
            WatermarkStrategy.noWatermarks(),
            "movements"),
        Schema.newBuilder().columnByExpression("n", "f0").build());
    // Not a join with two VALUES, which come again after a restart and are joined with all there
    // was.
    tables.executeSql(
        "CREATE VIEW entry AS SELECT n, CAST(MOD(n * 7, %1$d) AS INT) AS account, 1 AS amount FROM movements UNION ALL SELECT n, CAST(MOD(n * 11, %1$d) AS INT), -1 FROM movements"
            .formatted(ACCOUNTS));
    tables.executeSql(
        "CREATE TABLE accounts (id INT, balance BIGINT, PRIMARY KEY (id) NOT ENFORCED)"
            + SinkContract.options(server().spec("bank"), "accounts", ""));
    tables.executeSql(
        "CREATE TABLE entries (movement BIGINT, account INT, amount INT)"
            + SinkContract.options(server().spec("bank"), "entries", ""));
    StatementSet both = tables.createStatementSet();
    both.addInsertSql(
        "INSERT INTO accounts SELECT account, SUM(CAST(amount AS BIGINT)) FROM entry GROUP BY account");
    both.addInsertSql("INSERT INTO entries SELECT n, account, amount FROM entry");
    JobID job = both.execute().getJobClient().orElseThrow().getJobID();

    AtomicReference<Optional<Throwable>> wrong = new AtomicReference<>(Optional.empty());
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger polls = new AtomicInteger();
    Thread reader =
        new Thread(
            () -> {
              try {
                while (!over.get()) {
                  poll();
                  polls.incrementAndGet();
                }
              } catch (Throwable e) {
                wrong.set(Optional.of(e));
              }
            },
            "reader");
    reader.start();
    try {
      long epoch = 0;
      for (int fault = 1; fault <= FAULTS; fault++) {
        // A merge that was under way may end after its attempt was hit.
        long last = epoch;
        Await.until("started again", LONG, () -> epoch() > last, () -> "epoch " + last);
        epoch = epoch();
        long before = merged();
        Await.until("merged on", LONG, () -> merged() > before, () -> "up to " + before);
        if (fault % 2 == 0) {
          // Every second one dies while something is staged, the others as soon as it is merged.
          Await.until("staging", LONG, this::isStaging, () -> "nothing is staged");
        }
        if (fault % 4 > 1) {
          faults.endJobManager(job);
        } else {
          // The job needs all that there are.
          faults.endTaskManager();
        }
      }
      Await.until(
          "finished",
          LONG,
          () -> cluster.getJobStatus(job).get() == JobStatus.FINISHED,
          () -> "there are " + rows("SELECT count(*) FROM entries"));
    } finally {
      over.set(true);
      reader.join();
    }
    assertThat(wrong.get()).isEmpty();
    assertThat(faults.jobManagers()).isEqualTo(FAULTS / 2);
    assertThat(polls.get()).isGreaterThan(FAULTS);
    assertThat(rows("SELECT count(*) FROM tidemark.sink WHERE epoch > " + FAULTS))
        .as("sinks that every fault has hit")
        .containsExactly("2");
    assertThat(rows("SELECT count(*), count(DISTINCT movement), sum(amount) FROM entries"))
        .containsExactly(2 * MOVEMENTS + " | " + MOVEMENTS + " | 0");
    assertThat(rows("SELECT id, balance FROM accounts ORDER BY id"))
        .isEqualTo(
            rows("SELECT account, sum(amount) FROM entries GROUP BY account ORDER BY account"));
    for (String table : List.of("accounts", "entries")) {
      SinkContract.requireNoStagingTables(server(), "bank", schema("bank") + "." + table);
    }
  }

  /** One statement, one moment. */
  private void poll() {
    assertThat(rows("SELECT COALESCE(sum(balance), 0) FROM accounts")).containsExactly("0");
    assertThat(rows("SELECT COALESCE(sum(amount), 0) FROM entries")).containsExactly("0");
  }

  private long merged() {
    return number("COALESCE(sum(merged_rows), 0)");
  }

  /** That both sinks have reached. */
  private long epoch() {
    return number("CASE WHEN count(*) = 2 THEN min(epoch) ELSE 0 END");
  }

  private long number(String ofTheSinks) {
    boolean isThere =
        !rows("SELECT table_name FROM information_schema.tables WHERE table_name = 'sink_version'")
            .isEmpty();
    return isThere
        ? Long.parseLong(rows("SELECT " + ofTheSinks + " FROM tidemark.sink").get(0))
        : 0;
  }

  private boolean isStaging() {
    return !rows("SELECT name FROM tidemark.staged").isEmpty();
  }

  private List<String> rows(String query) {
    return SinkContract.rows(server(), "bank", query);
  }
}
