package io.tidemark.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read with {@code 'scan.startup.mode' = 'snapshot'}. */
@Timeout(300)
class BoundedReadIT {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int ACCOUNTS = 3_000;

  @Postgres private static PostgresServer postgres;
  @MySql private static MySqlServer mysql;
  @MariaDb private static MySqlServer mariadb;

  private static Server server(String vendor) {
    return vendor.equals("postgres") ? postgres : vendor.equals("mysql") ? mysql : mariadb;
  }

  private static TableEnvironment tables(boolean isBatch) {
    TableEnvironment tables =
        TableEnvironment.create(
            isBatch ? EnvironmentSettings.inBatchMode() : EnvironmentSettings.inStreamingMode());
    tables.getConfig().set("parallelism.default", "3");
    tables.getConfig().set("taskmanager.numberOfTaskSlots", "8");
    return tables;
  }

  private static String table(String vendor, String database, String name) {
    return "CREATE TABLE "
        + name
        + " (id INT, v BIGINT NOT NULL, PRIMARY KEY (id) NOT ENFORCED)"
        + SourceTablesIT.options(
            vendor.equals("postgres") ? "tidemark-postgres" : "tidemark-mysql",
            server(vendor),
            database,
            name,
            ", 'scan.startup.mode' = 'snapshot',"
                + " 'scan.incremental.snapshot.chunk.size' = '200'");
  }

  private static List<String> query(TableEnvironment tables, String sql) throws Exception {
    List<String> rows = new ArrayList<>();
    try (CloseableIterator<Row> result = tables.executeSql(sql).collect()) {
      result.forEachRemaining(row -> rows.add(row.toString()));
    }
    return rows;
  }

  /** Money goes from one table to the other, so that two moments would show. */
  @ParameterizedTest
  @CsvSource({
    "postgres, true",
    "postgres, false",
    "mysql, true",
    "mysql, false",
    "mariadb, true",
  })
  void seesAllTablesAsOfOneMoment(String vendor, boolean isBatch) throws Exception {
    Server server = server(vendor);
    String database = "moment" + (isBatch ? "_batch" : "_stream");
    server.createDatabase(database);
    List<String> values = new ArrayList<>();
    for (int id = 1; id <= ACCOUNTS; id++) {
      values.add("(" + id + ", 100)");
    }
    for (String name : List.of("a", "b")) {
      server.execute(
          database,
          "CREATE TABLE " + name + " (id int PRIMARY KEY, v bigint NOT NULL)",
          "INSERT INTO " + name + " VALUES " + String.join(", ", values));
    }
    AtomicBoolean stops = new AtomicBoolean();
    AtomicInteger transfers = new AtomicInteger();
    FutureTask<Void> writer = new FutureTask<>(() -> transfer(server, database, stops, transfers));
    new Thread(writer, "writer").start();
    try {
      Await.until("a transfer", LONG, () -> transfers.get() > 0 || writer.isDone(), () -> "none");
      TableEnvironment tables = tables(isBatch);
      tables.executeSql(table(vendor, database, "a"));
      tables.executeSql(table(vendor, database, "b"));
      int before = transfers.get();
      List<String> sums =
          query(
              tables,
              "SELECT COUNT(*), SUM(v) FROM (SELECT id, v FROM a UNION ALL SELECT id, v FROM b)");
      assertThat(sums.get(sums.size() - 1))
          .endsWith("[" + 2 * ACCOUNTS + ", " + 2 * ACCOUNTS * 100 + "]");
      assertThat(transfers.get()).as("transfers beside the read").isGreaterThan(before);
    } finally {
      stops.set(true);
      writer.get();
    }
    if (vendor.equals("postgres")) {
      assertThat(number(server, database, "SELECT count(*) FROM pg_replication_slots")).isZero();
      assertThat(number(server, database, "SELECT count(*) FROM pg_publication")).isZero();
      Await.until(
          "no transaction is left open",
          LONG,
          () ->
              number(
                      server,
                      database,
                      "SELECT count(*) FROM pg_stat_activity WHERE datname = '"
                          + database
                          + "' AND pid <> pg_backend_pid()")
                  == 0,
          () -> "there are sessions");
    }
  }

  private static Void transfer(
      Server server, String database, AtomicBoolean stops, AtomicInteger transfers)
      throws Exception {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (int id = 0; !stops.get(); id = (id + 7) % ACCOUNTS) {
        statement.execute("UPDATE a SET v = v - 1 WHERE id = " + (id + 1));
        statement.execute("UPDATE b SET v = v + 1 WHERE id = " + (ACCOUNTS - id));
        connection.commit();
        transfers.incrementAndGet();
      }
    }
    return null;
  }

  private static long number(Server server, String database, String sql) {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anEmptyTableAndOneWithoutAKeyAreReadToo() throws Exception {
    postgres.createDatabase("small");
    postgres.execute(
        "small",
        "CREATE TABLE a (id int PRIMARY KEY, v bigint NOT NULL)",
        "CREATE TABLE b (id int, v bigint NOT NULL)",
        "ALTER TABLE b REPLICA IDENTITY FULL",
        "INSERT INTO b VALUES (1, 1), (1, 1), (2, 3)");
    TableEnvironment tables = tables(true);
    tables.executeSql(table("postgres", "small", "a"));
    tables.executeSql(
        table("postgres", "small", "b").replace(", PRIMARY KEY (id) NOT ENFORCED", ""));
    assertThat(query(tables, "SELECT id, v FROM a")).isEmpty();
    assertThat(query(tables, "SELECT id, v FROM b ORDER BY id"))
        .containsExactly("+I[1, 1]", "+I[1, 1]", "+I[2, 3]");
  }

  /** Nothing but a read that ends has a place in a batch job. */
  @Test
  void aStreamIsRefusedInBatchMode() throws Exception {
    postgres.createDatabase("endless");
    postgres.execute("endless", "CREATE TABLE a (id int PRIMARY KEY, v bigint NOT NULL)");
    TableEnvironment tables = tables(true);
    tables.executeSql(
        table("postgres", "endless", "a").replace("'snapshot'", "'initial', 'slot.name' = 'e'"));
    assertThatThrownBy(() -> query(tables, "SELECT id, v FROM a"))
        .hasStackTraceContaining("give 'scan.startup.mode' = 'snapshot'");
  }
}
