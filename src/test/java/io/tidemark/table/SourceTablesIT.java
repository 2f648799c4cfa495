package io.tidemark.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import io.tidemark.settings.ConnectionSpec;
import java.net.URI;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tables of Flink SQL over live databases. */
@Timeout(300)
class SourceTablesIT {

  @Postgres private static PostgresServer postgres;
  @MySql private static MySqlServer mysql;

  static StreamTableEnvironment tables() {
    Configuration configuration = new Configuration();
    configuration.setString("execution.checkpointing.interval", "300 ms");
    configuration.setString("taskmanager.numberOfTaskSlots", "4");
    configuration.setString("parallelism.default", "2");
    return StreamTableEnvironment.create(
        StreamExecutionEnvironment.getExecutionEnvironment(configuration));
  }

  private static String postgres(String database, String slot, String table, String more) {
    return options(
        "tidemark-postgres", postgres, database, table, ", 'slot.name' = '" + slot + "'" + more);
  }

  private static String mysql(String database, String table) {
    return options("tidemark-mysql", mysql, database, table, "");
  }

  /**
   * What a DDL says behind its columns.
   *
   * @param more options, each behind a comma
   */
  static String options(
      String connector, Server server, String database, String table, String more) {
    ConnectionSpec spec = server.spec(database);
    URI uri = URI.create(spec.url().substring("jdbc:".length()));
    return (" WITH ('connector' = '%s', 'hostname' = '%s', 'port' = '%d', 'username' = '%s',"
            + " 'password' = '%s', 'database-name' = '%s', 'table-name' = '%s'%s)")
        .formatted(
            connector,
            uri.getHost(),
            uri.getPort(),
            spec.user(),
            spec.password(),
            database,
            table,
            more);
  }

  private static long number(Server server, String database, String sql) throws Exception {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  @Test
  void aJoinOfTwoTablesHasOneLogReaderAndFollowsEveryChange() throws Exception {
    postgres.createDatabase("shop");
    postgres.execute(
        "shop",
        "CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL)",
        "CREATE TABLE orders (id bigint PRIMARY KEY, customer int, amount numeric(10,2))",
        "ALTER TABLE customer REPLICA IDENTITY FULL",
        "ALTER TABLE orders REPLICA IDENTITY FULL",
        "INSERT INTO customer SELECT i, 'c' || i FROM generate_series(1, 3) AS i",
        "INSERT INTO orders SELECT i, i % 3 + 1, i FROM generate_series(1, 3000) AS i");
    StreamTableEnvironment tables = tables();
    tables.executeSql(
        "CREATE TABLE customer (id INT, name STRING, PRIMARY KEY (id) NOT ENFORCED)"
            + postgres("shop", "joined", "customer", ""));
    tables.executeSql(
        "CREATE TABLE orders (id BIGINT, customer INT, amount DECIMAL(10, 2), PRIMARY KEY (id) NOT ENFORCED)"
            + postgres("shop", "joined", "orders", ""));
    String query =
        "SELECT c.name, COUNT(*), SUM(o.amount) FROM orders o JOIN customer c ON o.customer = c.id"
            + " GROUP BY c.name";
    assertThat(tables.explainSql(query)).contains("TableSourceScan");
    try (Materialized joined = Materialized.of(tables, query)) {
      joined.await(
          List.of(
              "+I[c1, 1000, 1501500.00]", "+I[c2, 1000, 1499500.00]", "+I[c3, 1000, 1500500.00]"));
      assertThat(
              number(
                  postgres,
                  "shop",
                  "SELECT count(*) FROM pg_replication_slots WHERE database = 'shop'"))
          .isOne();
      postgres.execute(
          "shop",
          "UPDATE customer SET name = 'new' WHERE id = 1",
          "DELETE FROM orders WHERE customer = 2",
          "UPDATE orders SET id = id + 100000, amount = amount + 1 WHERE customer = 3",
          "INSERT INTO orders VALUES (-1, 2, 7.5), (-2, 2, NULL)");
      joined.await(
          List.of("+I[new, 1000, 1501500.00]", "+I[c2, 2, 7.50]", "+I[c3, 1000, 1501500.00]"));
    }
  }

  @Test
  void tablesOfTwoDatabasesOfTwoVendorsAreJoined() throws Exception {
    postgres.createDatabase("left_side");
    mysql.createDatabase("right_side");
    postgres.execute(
        "left_side",
        "CREATE TABLE a (id int PRIMARY KEY, v text)",
        "ALTER TABLE a REPLICA IDENTITY FULL",
        "INSERT INTO a VALUES (1, 'one'), (2, 'two')");
    mysql.execute(
        "right_side",
        "CREATE TABLE b (id int PRIMARY KEY, w varchar(20), t datetime(6))",
        "INSERT INTO b VALUES (1, 'eins', '2026-01-02 03:04:05.678901'), (2, 'zwei', NULL)");
    StreamTableEnvironment tables = tables();
    tables.executeSql(
        "CREATE TABLE a (id INT, v STRING, PRIMARY KEY (id) NOT ENFORCED)"
            + postgres("left_side", "left_of_two", "a", ""));
    tables.executeSql(
        "CREATE TABLE b (id INT, w STRING, t TIMESTAMP(6), origin STRING METADATA FROM 'table_name' VIRTUAL, PRIMARY KEY (id) NOT ENFORCED)"
            + mysql("right_side", "b"));
    try (Materialized joined =
        Materialized.of(tables, "SELECT v, w, t, origin FROM a JOIN b ON a.id = b.id")) {
      joined.await(
          List.of("+I[one, eins, 2026-01-02T03:04:05.678901, b]", "+I[two, zwei, null, b]"));
      mysql.execute(
          "right_side", "UPDATE b SET w = 'deux' WHERE id = 2", "DELETE FROM b WHERE id = 1");
      postgres.execute("left_side", "UPDATE a SET v = '2' WHERE id = 2");
      joined.await(List.of("+I[2, deux, null, b]"));
    }
  }

  @Test
  void everythingThatIsWrongWithADeclarationIsSaidAtOnce() throws Exception {
    postgres.createDatabase("wrong");
    postgres.execute("wrong", "CREATE TABLE t (id int PRIMARY KEY, v numeric(20, 4), w text)");
    StreamTableEnvironment tables = tables();
    tables.executeSql(
        "CREATE TABLE t (id SMALLINT, v DECIMAL(10, 2), gone STRING, w STRING NOT NULL, PRIMARY KEY (w) NOT ENFORCED)"
            + postgres("wrong", "wrong", "t", ""));
    assertThatThrownBy(() -> tables.explainSql("SELECT * FROM t"))
        .hasMessageContaining("public.t, column id: integer cannot be declared as SMALLINT")
        .hasMessageContaining(
            "public.t, column v: numeric(20,4) cannot be declared as DECIMAL(10, 2)")
        .hasMessageContaining("public.t, column gone: the database does not have it")
        .hasMessageContaining("public.t, column w: is declared NOT NULL")
        .hasMessageContaining("PRIMARY KEY [w] is declared, and the database has [id]");
    tables.executeSql(
        "CREATE TABLE u (id INT)"
            + postgres("wrong", "Wrong!", "t(", ", 'chunk-sise' = '5', 'slot.nam' = 'x'"));
    assertThatThrownBy(() -> tables.explainSql("SELECT * FROM u"))
        .hasStackTraceContaining("there is no option 'chunk-sise'")
        .hasStackTraceContaining("is 'slot.name' meant?")
        .hasStackTraceContaining("lower-case letters")
        .hasStackTraceContaining("'table-name' is no regular expression");
  }
}
