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
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.test.junit5.InjectMiniCluster;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.types.Row;
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
    StreamTableEnvironment tables = SqlFaultsIT.tables("200 ms");
    tables.executeSql(table(vendor, "latest"));
    try (Arrivals arrivals = Arrivals.of(tables, "SELECT id, v FROM t")) {
      AtomicInteger next = new AtomicInteger(1_000);
      Await.until(
          "that it has begun",
          LONG,
          () -> {
            server.execute("latest", "INSERT INTO t VALUES (" + next.incrementAndGet() + ", 0)");
            return !arrivals.rows().isEmpty();
          },
          () -> "nothing has come");
      server.execute(
          "latest",
          "UPDATE t SET v = 11 WHERE id = 1",
          "DELETE FROM t WHERE id = 2",
          "INSERT INTO t VALUES (4, 40)");
      awaitRow(arrivals, "+I[4, 40]");
      assertThat(printed(arrivals).stream().filter(change -> !change.endsWith(", 0]")))
          .containsExactly("-U[1, 10]", "+U[1, 11]", "-D[2, 20]", "+I[4, 40]");
    }
  }

  /** A later beginning than the first one's is a gap if anything has come from the first one. */
  @Test
  void hasNoGapWhateverFails(@InjectMiniCluster MiniCluster cluster) throws Exception {
    create("postgres", "gaps");
    StreamTableEnvironment tables = SqlFaultsIT.tables("700 ms");
    tables.executeSql(table("postgres", "gaps"));
    AtomicBoolean stops = new AtomicBoolean();
    AtomicInteger written = new AtomicInteger();
    Thread writer = new Thread(() -> write(stops, written), "writer");
    writer.start();
    try (Arrivals arrivals = Arrivals.of(tables, "SELECT id, v FROM t")) {
      int ended = 0;
      for (; ended < 2; ended++) {
        int before = written.get();
        // The first ones before any checkpoint is complete, the others behind one or in between.
        Await.until("rows", LONG, () -> written.get() > before + 40, () -> "no rows are written");
        cluster.terminateTaskManager(ended).get();
        cluster.startTaskManager();
      }
      arrivals.await(1);
      for (; ended < 5; ended++) {
        arrivals.await(arrivals.rows().size() + 41);
        cluster.terminateTaskManager(ended).get();
        cluster.startTaskManager();
      }
      stops.set(true);
      writer.join();
      String last = "+I[" + written.get() + ", 0]";
      awaitRow(arrivals, last);
      List<Integer> ids = arrivals.rows().stream().map(row -> row.<Integer>getFieldAs(0)).toList();
      // What Flink collects is exactly once.
      assertThat(ids).isEqualTo(IntStream.rangeClosed(ids.get(0), written.get()).boxed().toList());
      assertThat(ids.get(0)).isGreaterThan(1);
    } finally {
      stops.set(true);
      writer.join();
    }
  }

  private static List<String> printed(Arrivals arrivals) {
    return arrivals.rows().stream().map(Row::toString).toList();
  }

  private static void awaitRow(Arrivals arrivals, String row) throws Exception {
    Await.until(
        row, LONG, () -> printed(arrivals).contains(row), () -> "have " + arrivals.rows().size());
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
}
