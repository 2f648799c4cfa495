package io.tidemark.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.test.junit5.InjectMiniCluster;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read with {@code 'scan.startup.mode' = 'latest-offset'}. */
@Timeout(300)
class LatestOffsetIT {

  private static final Duration LONG = Duration.ofSeconds(90);

  @RegisterExtension
  private static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(4)
              .build());

  @Postgres private static PostgresServer postgres;
  @MySql private static MySqlServer mysql;
  @MariaDb private static MySqlServer mariadb;

  private static Server server(String vendor) {
    return vendor.equals("postgres") ? postgres : vendor.equals("mysql") ? mysql : mariadb;
  }

  private static StreamTableEnvironment tables(String checkpoints) {
    Configuration configuration = new Configuration();
    configuration.setString("execution.checkpointing.interval", checkpoints);
    // Flink may lose what it holds back for a task that restarts in a checkpoint, and the next one
    // waits for it until its time is up (OperatorCoordinatorHolder.checkpointCoordinatorInternal).
    configuration.setString("execution.checkpointing.timeout", "10 s");
    configuration.setString("parallelism.default", "2");
    configuration.setString("restart-strategy.type", "fixed-delay");
    configuration.setString("restart-strategy.fixed-delay.attempts", "1000");
    configuration.setString("restart-strategy.fixed-delay.delay", "100 ms");
    return StreamTableEnvironment.create(
        StreamExecutionEnvironment.getExecutionEnvironment(configuration));
  }

  private static String table(String vendor, String database) {
    return "CREATE TABLE t (id INT, v INT, PRIMARY KEY (id) NOT ENFORCED)"
        + SourceTablesIT.options(
            vendor.equals("postgres") ? "tidemark-postgres" : "tidemark-mysql",
            server(vendor),
            database,
            "t",
            (vendor.equals("postgres") ? ", 'slot.name' = '" + database + "'" : "")
                + ", 'scan.startup.mode' = 'latest-offset'");
  }

  private static void create(String vendor, String database) throws Exception {
    server(vendor).createDatabase(database);
    server(vendor).execute(database, "CREATE TABLE t (id int PRIMARY KEY, v int)");
    if (vendor.equals("postgres")) {
      server(vendor).execute(database, "ALTER TABLE t REPLICA IDENTITY FULL");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mysql", "mariadb"})
  void hasChangesAndNoRowsOfBefore(String vendor) throws Exception {
    create(vendor, "latest");
    Server server = server(vendor);
    server.execute("latest", "INSERT INTO t VALUES (1, 10), (2, 20), (3, 30)");
    StreamTableEnvironment tables = tables("200 ms");
    tables.executeSql(table(vendor, "latest"));
    List<String> seen = new CopyOnWriteArrayList<>();
    try (Following ignored = new Following(tables, seen)) {
      AtomicInteger next = new AtomicInteger(1_000);
      Await.until(
          "that it has begun",
          LONG,
          () -> {
            server.execute("latest", "INSERT INTO t VALUES (" + next.incrementAndGet() + ", 0)");
            return !seen.isEmpty();
          },
          () -> "nothing has come");
      server.execute(
          "latest",
          "UPDATE t SET v = 11 WHERE id = 1",
          "DELETE FROM t WHERE id = 2",
          "INSERT INTO t VALUES (4, 40)");
      Await.until("the insert", LONG, () -> seen.contains("+I[4, 40]"), () -> "there is " + seen);
      assertThat(seen.stream().filter(change -> !change.endsWith(", 0]")))
          .containsExactly("-U[1, 10]", "+U[1, 11]", "-D[2, 20]", "+I[4, 40]");
    }
  }

  /** A later beginning than the first one's is a gap if anything has come from the first one. */
  @Test
  void hasNoGapWhateverFails(@InjectMiniCluster MiniCluster cluster) throws Exception {
    create("postgres", "gaps");
    StreamTableEnvironment tables = tables("700 ms");
    tables.executeSql(table("postgres", "gaps"));
    List<String> seen = new CopyOnWriteArrayList<>();
    AtomicBoolean stops = new AtomicBoolean();
    AtomicInteger written = new AtomicInteger();
    Thread writer = new Thread(() -> write(stops, written), "writer");
    writer.start();
    try (Following ignored = new Following(tables, seen)) {
      int ended = 0;
      for (; ended < 2; ended++) {
        int before = written.get();
        // The first ones before any checkpoint is complete, the others behind one or in between.
        Await.until("rows", LONG, () -> written.get() > before + 40, () -> "no rows are written");
        cluster.terminateTaskManager(ended).get();
        cluster.startTaskManager();
      }
      Await.until("rows", LONG, () -> !seen.isEmpty(), () -> "nothing has come");
      for (; ended < 5; ended++) {
        int before = seen.size();
        Await.until("more", LONG, () -> seen.size() > before + 40, () -> "have " + seen.size());
        cluster.terminateTaskManager(ended).get();
        cluster.startTaskManager();
      }
      stops.set(true);
      writer.join();
      String last = "+I[" + written.get() + ", 0]";
      Await.until("the last row", LONG, () -> seen.contains(last), () -> "have " + seen.size());
      List<Integer> ids =
          seen.stream().map(row -> Integer.valueOf(row.substring(3, row.indexOf(',')))).toList();
      // What Flink collects is exactly once.
      assertThat(ids).isEqualTo(IntStream.rangeClosed(ids.get(0), written.get()).boxed().toList());
      assertThat(ids.get(0)).isGreaterThan(1);
    } finally {
      stops.set(true);
      writer.join();
    }
  }

  private static void write(AtomicBoolean stops, AtomicInteger written) {
    try (Connection connection = postgres.connect("gaps");
        PreparedStatement insert = connection.prepareStatement("INSERT INTO t VALUES (?, 0)")) {
      while (!stops.get()) {
        insert.setInt(1, written.get() + 1);
        insert.executeUpdate();
        written.incrementAndGet();
        Thread.sleep(5);
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** A query that is read in a thread of its own. */
  private static final class Following implements AutoCloseable {
    private final TableResult result;
    private final CloseableIterator<Row> rows;
    private final Thread reading;
    private final List<Throwable> failures = new ArrayList<>();
    private volatile boolean closed;

    Following(StreamTableEnvironment tables, List<String> seen) {
      result = tables.executeSql("SELECT id, v FROM t");
      rows = result.collect();
      reading =
          new Thread(
              () -> {
                try {
                  while (rows.hasNext()) {
                    seen.add(rows.next().toString());
                  }
                } catch (RuntimeException failure) {
                  if (!closed) {
                    failures.add(failure);
                  }
                }
              },
              "following");
      reading.start();
    }

    @Override
    public void close() throws Exception {
      closed = true;
      result.getJobClient().orElseThrow().cancel().get();
      rows.close();
      reading.join();
      assertThat(failures).isEmpty();
    }
  }
}
