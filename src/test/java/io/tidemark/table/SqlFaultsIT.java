package io.tidemark.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.endtoend.fixture.Bank;
import io.tidemark.endtoend.fixture.ClusterFaults;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.test.junit5.InjectMiniCluster;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * TaskManagers and JobManagers end again and again, in the copy and in the stream, while a bank is
 * at work: a sink that is given rows again after a failure has the source's rows in the end and no
 * others, and what Flink adds up is right.
 */
@Timeout(300)
class SqlFaultsIT {

  private static final Duration LONG = Duration.ofSeconds(90);
  private static final int ACCOUNTS = 20_000;
  private static final int FAULTS_IN_THE_COPY = 5;
  private static final int FAULTS_IN_THE_STREAM = 5;

  @RegisterExtension
  private static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(ClusterFaults.configuration(2, 2));

  @Postgres private static PostgresServer source;
  @Postgres private static PostgresServer target;

  /**
   * For statements that go on however often they fail.
   *
   * @param checkpoints how often one is taken
   */
  static StreamTableEnvironment tables(String checkpoints) {
    Configuration configuration = new Configuration();
    configuration.setString("execution.checkpointing.interval", checkpoints);
    // Flink may lose what it holds back for a task that restarts in a checkpoint, and the next one
    // waits for it until its time is up (OperatorCoordinatorHolder.checkpointCoordinatorInternal).
    configuration.setString("execution.checkpointing.timeout", "10 s");
    configuration.setString("parallelism.default", "2");
    configuration.setString("restart-strategy.type", "fixed-delay");
    configuration.setString("restart-strategy.fixed-delay.attempts", "1000");
    configuration.setString("restart-strategy.fixed-delay.delay", "200 ms");
    return StreamTableEnvironment.create(
        StreamExecutionEnvironment.getExecutionEnvironment(configuration));
  }

  @Test
  void aSinkThatIsGivenRowsAgainHasTheSourcesRowsInTheEnd(@InjectMiniCluster MiniCluster cluster)
      throws Exception {
    ClusterFaults faults = new ClusterFaults(cluster);
    source.createDatabase("bank");
    target.createDatabase("bank");
    target.execute(
        "bank",
        "CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL)",
        "CREATE TABLE total (one int PRIMARY KEY, balance bigint NOT NULL)");
    try (Bank bank = Bank.create(source.spec("bank"), ACCOUNTS)) {
      for (String table : List.of("accounts", "savings", "counters", "entries")) {
        source.execute("bank", "ALTER TABLE " + table + " REPLICA IDENTITY FULL");
      }
      bank.startWriters(2, 40);
      StreamTableEnvironment tables = tables("200 ms");
      tables.executeSql(
          "CREATE TABLE accounts (id BIGINT, balance BIGINT NOT NULL, PRIMARY KEY (id) NOT ENFORCED)"
              + SourceTablesIT.options(
                  "tidemark-postgres",
                  source,
                  "bank",
                  "accounts",
                  ", 'slot.name' = 'bank', 'scan.incremental.snapshot.chunk.size' = '500',"
                      + " 'scan.cycle' = '1 s'"));
      tables.executeSql(
          "CREATE TABLE copied (id BIGINT, balance BIGINT NOT NULL, PRIMARY KEY (id) NOT ENFORCED)"
              + sink("accounts"));
      JobID job =
          tables
              .executeSql("INSERT INTO copied SELECT id, balance FROM accounts")
              .getJobClient()
              .orElseThrow()
              .getJobID();
      for (int fault = 1; fault <= FAULTS_IN_THE_COPY; fault++) {
        long before = copied();
        Await.until(
            "copied further",
            LONG,
            () -> copied() > before || before >= ACCOUNTS,
            () -> "there are " + copied());
        byTurns(faults, fault, job);
      }
      Await.until(
          "copied", LONG, () -> copied() >= ACCOUNTS * 9L / 10, () -> "there are " + copied());
      for (int fault = 1; fault <= FAULTS_IN_THE_STREAM; fault++) {
        long before = bank.transactions();
        Await.until(
            "20 transactions on", LONG, () -> bank.transactions() > before + 20, () -> "the bank");
        byTurns(faults, fault, job);
      }
      bank.stop();
      Await.until(
          "equal",
          LONG,
          () -> rows(source).equals(rows(target)),
          () -> {
            List<String> extra = new ArrayList<>(rows(target));
            extra.removeAll(rows(source));
            List<String> missing = new ArrayList<>(rows(source));
            missing.removeAll(rows(target));
            return "only at the target " + extra + ", missing " + missing;
          });
      assertThat(faults.taskManagers()).isEqualTo(6);
      assertThat(faults.jobManagers()).isEqualTo(4);
      cluster.cancelJob(job).get();
    }
  }

  private static String sink(String table) {
    return " WITH ('connector' = 'jdbc', 'url' = '%s', 'username' = '%s', 'password' = '%s', 'table-name' = '%s', 'sink.buffer-flush.max-rows' = '100', 'sink.buffer-flush.interval' = '100 ms')"
        .formatted(
            target.spec("bank").url(),
            target.spec("bank").user(),
            target.spec("bank").password(),
            table);
  }

  private static void byTurns(ClusterFaults faults, int fault, JobID job) throws Exception {
    if (fault % 2 == 0) {
      faults.endJobManager(job);
    } else {
      faults.endTaskManager();
    }
  }

  private static long copied() {
    return rows(target, "SELECT count(*) FROM accounts").stream().mapToLong(Long::parseLong).sum();
  }

  private static List<String> rows(PostgresServer server) {
    return rows(server, "SELECT id || ' ' || balance FROM accounts ORDER BY id");
  }

  private static List<String> rows(PostgresServer server, String query) {
    try (Connection connection = server.connect("bank");
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      List<String> all = new ArrayList<>();
      while (rows.next()) {
        all.add(rows.getString(1));
      }
      return all;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
