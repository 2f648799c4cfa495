package io.tidemark.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import io.tidemark.settings.ConnectionSpec;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.catalog.Catalog;
import org.apache.flink.table.catalog.CatalogBaseTable;
import org.apache.flink.table.catalog.ObjectPath;
import org.apache.flink.table.catalog.exceptions.DatabaseNotExistException;
import org.apache.flink.table.catalog.exceptions.TableNotExistException;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The databases of live servers as catalogs of Flink SQL. */
@Timeout(300)
class CatalogIT {

  @Postgres private static PostgresServer postgres;
  @MySql private static MySqlServer mysql;
  @MariaDb private static MySqlServer mariaDb;

  /**
   * A statement.
   *
   * @param more options, each behind a comma
   */
  static String create(String name, Server server, String database, String more) {
    ConnectionSpec spec = server.spec(database);
    return create(name, server, database, spec.user(), spec.password(), more);
  }

  private static String create(
      String name, Server server, String database, String user, String password, String more) {
    String url = server.url(database).split("\\?", 2)[0];
    return "CREATE CATALOG %s WITH ('type' = 'tidemark', 'base-url' = '%s', 'default-database' = '%s', 'username' = '%s', 'password' = '%s'%s)"
        .formatted(name, url.substring(0, url.lastIndexOf('/')), database, user, password, more);
  }

  private static List<String> shown(StreamTableEnvironment tables, String statement)
      throws Exception {
    List<String> rows = new ArrayList<>();
    try (CloseableIterator<Row> result = tables.executeSql(statement).collect()) {
      result.forEachRemaining(row -> rows.add(row.toString()));
    }
    return rows;
  }

  private interface Action {
    void run() throws Exception;
  }

  /** What the catalog warns of meanwhile. */
  private static List<String> warnings(Action action) throws Exception {
    List<String> warnings = new CopyOnWriteArrayList<>();
    Appender appender =
        new AbstractAppender("warnings", null, null, true, Property.EMPTY_ARRAY) {
          @Override
          public void append(LogEvent event) {
            warnings.add(event.getMessage().getFormattedMessage());
          }
        };
    appender.start();
    Logger logger = (Logger) LogManager.getLogger(TidemarkCatalog.class);
    Level before = logger.getLevel();
    logger.addAppender(appender);
    logger.setLevel(Level.WARN);
    try {
      action.run();
    } finally {
      logger.setLevel(before);
      logger.removeAppender(appender);
    }
    return warnings;
  }

  private static List<Long> numbers(Server server, String database, String sql) throws Exception {
    List<Long> numbers = new ArrayList<>();
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        numbers.add(rows.getLong(1));
      }
    }
    return numbers;
  }

  private static long rows(StreamTableEnvironment tables, String catalog, String database, String t)
      throws Exception {
    return tables
        .getCatalog(catalog)
        .orElseThrow()
        .getTableStatistics(new ObjectPath(database, t))
        .getRowCount();
  }

  @Test
  void tablesOfPostgresAreListedDescribedAndJoinedByOneLogReader() throws Exception {
    postgres.createDatabase("shop");
    postgres.createDatabase("other");
    postgres.execute(
        "shop",
        "CREATE SCHEMA sales",
        "CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL)",
        "CREATE TABLE sales.orders (nr int, year int, customer int, amount numeric(10,2),"
            + " twice numeric GENERATED ALWAYS AS (amount * 2) STORED, PRIMARY KEY (year, nr))",
        "COMMENT ON TABLE sales.orders IS 'what was ordered'",
        "COMMENT ON COLUMN sales.orders.amount IS 'in euros; ''net'''",
        "CREATE VIEW big AS SELECT * FROM sales.orders",
        "CREATE UNLOGGED TABLE quick (id int)",
        "CREATE TABLE \"od.d\" (id int)",
        "ALTER TABLE customer REPLICA IDENTITY FULL",
        "ALTER TABLE sales.orders REPLICA IDENTITY FULL",
        "INSERT INTO customer SELECT i, 'c' || i FROM generate_series(1, 3) AS i",
        "INSERT INTO sales.orders SELECT i, 2026, i % 3 + 1, i FROM generate_series(1, 3000) AS i",
        "ANALYZE");
    StreamTableEnvironment tables = SourceTablesIT.tables();
    tables.executeSql(create("pg", postgres, "shop", ", 'slot.name' = 'pg_catalog_of_shop'"));
    assertThat(shown(tables, "SHOW DATABASES IN pg"))
        .contains("+I[shop]", "+I[other]")
        .doesNotContain("+I[template1]");
    assertThat(shown(tables, "SHOW TABLES FROM pg.shop"))
        .containsExactly("+I[public.customer]", "+I[public.od.d]", "+I[sales.orders]");
    assertThat(shown(tables, "SHOW TABLES FROM pg.other")).isEmpty();
    assertThat(shown(tables, "DESCRIBE pg.shop.`sales.orders`"))
        .containsExactly(
            "+I[nr, INT, false, PRI(year, nr), null, null, null]",
            "+I[year, INT, false, PRI(year, nr), null, null, null]",
            "+I[customer, INT, true, null, null, null, null]",
            "+I[amount, DECIMAL(10, 2), true, null, null, null, in euros; 'net']");
    assertThat(shown(tables, "DESCRIBE pg.shop.`public.od.d`")).hasSize(1);
    assertThat(shown(tables, "SHOW CREATE TABLE pg.shop.`sales.orders`").toString())
        .contains("COMMENT 'what was ordered'")
        .contains("'connector' = 'tidemark-postgres'")
        .contains("'schema-name' = 'sales'")
        .doesNotContain("password");
    assertThat(rows(tables, "pg", "shop", "sales.orders")).isEqualTo(3000);
    // Without a schema it is the one that the database would take.
    assertThat(rows(tables, "pg", "shop", "customer")).isEqualTo(3);
    String query =
        "SELECT c.name, COUNT(*), SUM(o.amount) FROM pg.shop.`sales.orders` o"
            + " JOIN pg.shop.customer c ON o.customer = c.id GROUP BY c.name";
    assertThat(tables.explainSql(query)).contains("TableSourceScan");
    try (Materialized joined = Materialized.of(tables, query)) {
      joined.await(
          List.of(
              "+I[c1, 1000, 1501500.00]", "+I[c2, 1000, 1499500.00]", "+I[c3, 1000, 1500500.00]"));
      assertThat(
              numbers(
                  postgres,
                  "shop",
                  "SELECT count(*) FROM pg_replication_slots WHERE database = 'shop'"))
          .containsExactly(1L);
      postgres.execute(
          "shop",
          "UPDATE customer SET name = 'new' WHERE id = 1",
          "DELETE FROM sales.orders WHERE customer = 2",
          "UPDATE sales.orders SET nr = nr + 100000, amount = amount + 1 WHERE customer = 3");
      joined.await(List.of("+I[new, 1000, 1501500.00]", "+I[c3, 1000, 1501500.00]"));
    }
    assertThat(
            numbers(
                postgres,
                "shop",
                "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'tidemark:sql_look:%'"))
        .as("sessions that look")
        .isEmpty();
  }

  @Test
  void tablesOfMySqlAndMariaDbAreListedDescribedAndJoined() throws Exception {
    StreamTableEnvironment tables = SourceTablesIT.tables();
    for (MySqlServer server : List.of(mysql, mariaDb)) {
      String name = server == mysql ? "my" : "maria";
      server.createDatabase("store");
      server.createDatabase("empty");
      server.execute(
          "store",
          "CREATE TABLE item (id int PRIMARY KEY, name varchar(20) NOT NULL COMMENT 'as printed',"
              + " place geometry, doubled int AS (id * 2) VIRTUAL) COMMENT 'what is sold'",
          "CREATE TABLE `a.b-c` (id bigint unsigned, UNIQUE KEY (id))",
          "CREATE VIEW v AS SELECT id FROM item",
          "INSERT INTO item (id, name) VALUES (1, 'one'), (2, 'two')",
          "INSERT INTO `a.b-c` VALUES (1), (2), (3)",
          "ANALYZE TABLE item");
      tables.executeSql(create(name, server, "store", ""));
      assertThat(shown(tables, "SHOW DATABASES IN " + name))
          .contains("+I[store]", "+I[empty]")
          .doesNotContain("+I[mysql]", "+I[information_schema]");
      assertThat(shown(tables, "SHOW TABLES FROM " + name + ".store"))
          .containsExactly("+I[a.b-c]", "+I[item]");
      assertThat(shown(tables, "SHOW TABLES FROM " + name + ".`empty`")).isEmpty();
      // A geometry cannot be declared, and a virtual column is in no log.
      List<String> described = new ArrayList<>();
      assertThat(
              warnings(() -> described.addAll(shown(tables, "DESCRIBE " + name + ".store.item"))))
          .anyMatch(warning -> warning.contains("column place of table store.item is left out"))
          .anyMatch(warning -> warning.contains("column doubled of table store.item is left out"));
      assertThat(described)
          .containsExactly(
              "+I[id, INT, false, PRI(id), null, null, null]",
              "+I[name, VARCHAR(20), false, null, null, null, as printed]");
      assertThat(shown(tables, "DESCRIBE " + name + ".store.`a.b-c`").toString())
          .contains("DECIMAL(20, 0), true, null");
      assertThat(shown(tables, "SHOW CREATE TABLE " + name + ".store.item").toString())
          .contains("COMMENT 'what is sold'");
      assertThat(rows(tables, name, "store", "item")).isBetween(1L, 4L);
    }
    try (Materialized joined =
        Materialized.of(
            tables,
            "SELECT m.name, n.name, o.id FROM my.store.item m JOIN maria.store.item n ON m.id = n.id"
                + " JOIN my.store.`a.b-c` o ON o.id = m.id")) {
      joined.await(List.of("+I[one, one, 1]", "+I[two, two, 2]"));
      mysql.execute("store", "UPDATE item SET name = 'eins' WHERE id = 1");
      mariaDb.execute("store", "DELETE FROM item WHERE id = 2");
      joined.await(List.of("+I[eins, one, 1]"));
    }
  }

  /** From one database's table into another's, kept equal, with nothing declared. */
  @Test
  void tablesAreWrittenExactlyOnce() throws Exception {
    postgres.createDatabase("written");
    postgres.execute(
        "written",
        "CREATE SCHEMA \"a.b\"",
        "CREATE TABLE \"a.b\".\"c.d\" (id int PRIMARY KEY, name varchar(20) NOT NULL, twice int"
            + " GENERATED ALWAYS AS (id * 2) STORED)");
    mysql.createDatabase("read");
    mysql.execute(
        "read",
        "CREATE TABLE t (id int PRIMARY KEY, name varchar(20) NOT NULL)",
        "INSERT INTO t VALUES (1, 'one'), (2, 'two')");
    StreamTableEnvironment tables = SourceTablesIT.tables();
    tables.executeSql(create("from_", mysql, "read", ""));
    tables.executeSql(create("into_", postgres, "written", ", 'slot.name' = 'not_used'"));
    String into = "into_.written.`a.b.c.d`";
    TableResult copy =
        tables.executeSql("INSERT INTO " + into + " (id, name) SELECT id, name FROM from_.read.t");
    try {
      awaitRows("1|one|2", "2|two|4");
      mysql.execute(
          "read", "UPDATE t SET name = 'zwei' WHERE id = 2", "DELETE FROM t WHERE id = 1");
      awaitRows("2|zwei|4");
    } finally {
      copy.getJobClient().orElseThrow().cancel().get(60, TimeUnit.SECONDS);
    }
    mysql.execute("read", "INSERT INTO t VALUES (3, 'three')");
    TableResult again =
        tables.executeSql(
            "INSERT INTO "
                + into
                + " /*+ OPTIONS('sink.delivery-guarantee' = 'at-least-once') */"
                + " SELECT id, name FROM from_.read.t");
    try {
      awaitRows("2|zwei|4", "3|three|6");
    } finally {
      again.getJobClient().orElseThrow().cancel().get(60, TimeUnit.SECONDS);
    }
    assertThatThrownBy(
            () ->
                tables.explainSql(
                    "INSERT INTO "
                        + into
                        + " /*+ OPTIONS('sink.delivery-guarante' = 'none') */ VALUES (4, '')"))
        .hasStackTraceContaining("is 'sink.delivery-guarantee' meant?");
    assertThatThrownBy(
            () ->
                tables.explainSql(
                    "INSERT INTO " + into + " /*+ OPTIONS('port' = '1') */ VALUES (4, '')"))
        .hasStackTraceContaining("cannot be given for the table alone");
  }

  private static void awaitRows(String... expected) throws Exception {
    Await.until(
        "rows " + List.of(expected),
        Duration.ofSeconds(60),
        () -> written().equals(List.of(expected)),
        () -> written().toString());
  }

  private static List<String> written() {
    try (Connection connection = postgres.connect("written");
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT concat_ws('|', id, name, twice) FROM \"a.b\".\"c.d\" ORDER BY id")) {
      List<String> all = new ArrayList<>();
      while (rows.next()) {
        all.add(rows.getString(1));
      }
      return all;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void optionsAreTheCatalogsOrAHints() throws Exception {
    postgres.createDatabase("hinted");
    postgres.execute(
        "hinted", "CREATE TABLE t (id int PRIMARY KEY, v int)", "INSERT INTO t VALUES (1, 1)");
    StreamTableEnvironment tables = SourceTablesIT.tables();
    tables.executeSql(
        create("of_all", postgres, "hinted", ", 'stream' = 'of_all', 'changelog-mode' = 'upsert'"));
    tables.executeSql(create("bare", postgres, "hinted", ""));
    String hint = "OPTIONS('slot.name' = 'of_one', 'changelog-mode' = 'upsert')";
    for (String from : List.of("of_all.hinted.t", "bare.hinted.`public.t` /*+ " + hint + " */")) {
      // The log has no old rows here, which only an upsert does without.
      try (Materialized all = Materialized.of(tables, "SELECT * FROM " + from)) {
        all.await(List.of("+I[1, 1]"));
        postgres.execute("hinted", "UPDATE t SET v = 2");
        all.await(List.of("+I[1, 2]"));
        postgres.execute("hinted", "UPDATE t SET v = 1");
        all.await(List.of("+I[1, 1]"));
      }
    }
    assertThatThrownBy(() -> tables.explainSql("SELECT * FROM bare.hinted.t"))
        .hasStackTraceContaining("needs a name for its replication slot")
        .hasStackTraceContaining("OPTIONS('slot.name'");
    assertThatThrownBy(
            () ->
                tables.explainSql("SELECT * FROM bare.hinted.t /*+ OPTIONS('scan.cycel'='1 s') */"))
        .hasStackTraceContaining("needs a name for its replication slot");
    assertThatThrownBy(
            () ->
                tables.explainSql(
                    "SELECT * FROM of_all.hinted.t /*+ OPTIONS('scan.cycel'='1 s') */"))
        .hasStackTraceContaining("there is no option 'scan.cycel'; is 'scan.cycle' meant?");
    assertThatThrownBy(
            () ->
                tables.explainSql("SELECT * FROM of_all.hinted.t /*+ OPTIONS('slot.name'='x') */"))
        .hasStackTraceContaining("two words for one name");
    for (String elsewhere :
        List.of("'hostname'='evil'", "'port'='1'", "'password'='x'", "'jdbc.properties.x'='y'")) {
      assertThatThrownBy(
              () ->
                  tables.explainSql(
                      "SELECT * FROM of_all.hinted.t /*+ OPTIONS(" + elsewhere + ") */"))
          .as(elsewhere)
          .hasStackTraceContaining("cannot be given for the table alone");
    }
  }

  @Test
  void sourcesOfOneNameDoNotTakeTheLogFromEachOther() throws Exception {
    postgres.createDatabase("twin_a");
    postgres.createDatabase("twin_b");
    for (String database : List.of("twin_a", "twin_b")) {
      postgres.execute(
          database,
          "CREATE TABLE t (id int PRIMARY KEY)",
          "ALTER TABLE t REPLICA IDENTITY FULL",
          "INSERT INTO t VALUES (1)");
    }
    StreamTableEnvironment tables = SourceTablesIT.tables();
    tables.executeSql(create("twins", postgres, "twin_a", ", 'slot.name' = 'twins'"));
    assertThatThrownBy(
            () ->
                tables.explainSql(
                    "SELECT * FROM twins.twin_a.t UNION ALL SELECT * FROM twins.twin_b.t"))
        .hasStackTraceContaining("two sources of this statement are both called 'twins'");
    assertThatThrownBy(
            () ->
                tables.explainSql(
                    "SELECT * FROM twins.twin_a.t UNION ALL SELECT * FROM twins.twin_a.t"
                        + " /*+ OPTIONS('scan.cycle' = '7 s') */"))
        .hasStackTraceContaining("two sources of this statement are both called 'twins'");
    try (Materialized both =
        Materialized.of(
            tables,
            "SELECT * FROM twins.twin_a.t UNION ALL SELECT * FROM twins.twin_b.t"
                + " /*+ OPTIONS('slot.name' = 'twins_b') */")) {
      both.await(List.of("+I[1]", "+I[1]"));
    }
  }

  @Test
  void nothingIsChangedThroughACatalog() throws Exception {
    mysql.createDatabase("kept");
    mysql.execute("kept", "CREATE TABLE t (id int PRIMARY KEY)");
    StreamTableEnvironment tables = SourceTablesIT.tables();
    tables.executeSql(create("kept", mysql, "kept", ""));
    for (String statement :
        List.of(
            "CREATE TABLE kept.kept.u (id INT) WITH ('connector' = 'print')",
            "CREATE TABLE kept.kept.u WITH ('connector' = 'print') AS SELECT 1 AS id",
            "CREATE VIEW kept.kept.v AS SELECT 1 AS id",
            "DROP TABLE kept.kept.t",
            "ALTER TABLE kept.kept.t ADD v INT",
            "ALTER TABLE kept.kept.t RENAME TO u",
            "CREATE DATABASE kept.more",
            "ALTER DATABASE kept.kept SET ('a' = 'b')",
            "DROP DATABASE kept.kept CASCADE",
            "CREATE FUNCTION kept.kept.f AS 'java.lang.Object'")) {
      assertThatThrownBy(() -> tables.executeSql(statement).await())
          .as(statement)
          .hasStackTraceContaining("catalog kept reads and writes rows, and changes nothing else");
    }
    assertThat(numbers(mysql, "kept", "SELECT count(*) FROM t")).containsExactly(0L);
    Catalog catalog = tables.getCatalog("kept").orElseThrow();
    assertThatThrownBy(
            () ->
                catalog.createTable(
                    new ObjectPath("kept", "u"),
                    catalog.getTable(new ObjectPath("kept", "t")),
                    true))
        .hasMessageContaining("changes nothing else");
    assertThat(catalog.listFunctions("kept")).isEmpty();
    assertThat(catalog.listViews("kept")).isEmpty();
  }

  @Test
  void whatIsWrongWithACatalogIsSaidAtOnceAndWithoutThePassword() throws Exception {
    postgres.createDatabase("right");
    StreamTableEnvironment tables = SourceTablesIT.tables();
    assertThatThrownBy(
            () ->
                tables.executeSql(
                    "CREATE CATALOG bad WITH ('type' = 'tidemark', 'base-url' ="
                        + " 'jdbc:postgresql://localhost/shop?user=me', 'username' = 'me',"
                        + " 'default-databse' = 'x', 'changelog-mode' = 'most', 'stream' = 'No!')"))
        .hasStackTraceContaining("'base-url' has to look like")
        .hasStackTraceContaining("'default-database' is missing")
        .hasStackTraceContaining("'password' is missing")
        .hasStackTraceContaining("is 'default-database' meant?")
        .hasStackTraceContaining("changelog-mode")
        .hasStackTraceContaining("most");
    assertThatThrownBy(() -> tables.executeSql(create("bad", postgres, "no_such_database", "")))
        .hasStackTraceContaining("no_such_database");
    assertThatThrownBy(() -> tables.executeSql(create("bad", mysql, "no_such_database", "")))
        .hasStackTraceContaining("the server has no database no_such_database");
    for (Server server : List.of(postgres, mysql, mariaDb)) {
      Throwable refused =
          catchThrowable(
              () ->
                  tables.executeSql(
                      create("bad", server, "right", "nobody_here", "s3cret-s3cret", "")));
      StringWriter all = new StringWriter();
      refused.printStackTrace(new PrintWriter(all));
      assertThat(all.toString()).contains("nobody_here").doesNotContain("s3cret-s3cret");
    }
    tables.executeSql(create("good", postgres, "right", ", 'slot.name' = 'good'"));
    Catalog catalog = tables.getCatalog("good").orElseThrow();
    assertThat(catalog.databaseExists("nowhere")).isFalse();
    assertThat(catalog.tableExists(new ObjectPath("nowhere", "public.t"))).isFalse();
    assertThatThrownBy(() -> catalog.listTables("nowhere"))
        .isInstanceOf(DatabaseNotExistException.class);
    assertThatThrownBy(() -> catalog.getTable(new ObjectPath("right", "public.t")))
        .isInstanceOf(TableNotExistException.class);
    assertThatThrownBy(() -> catalog.getTableStatistics(new ObjectPath("right", "t")))
        .isInstanceOf(TableNotExistException.class);
  }

  @Test
  void aNameThatMeansSeveralTablesIsRefused() throws Exception {
    postgres.createDatabase("dots");
    postgres.execute(
        "dots",
        "CREATE SCHEMA a",
        "CREATE SCHEMA \"a.b\"",
        "CREATE TABLE a.\"b.c\" (id int)",
        "CREATE TABLE \"a.b\".c (id int)",
        "CREATE TABLE \"a.b\".d (id int)");
    StreamTableEnvironment tables = SourceTablesIT.tables();
    tables.executeSql(create("dots", postgres, "dots", ", 'slot.name' = 'dots'"));
    Catalog catalog = tables.getCatalog("dots").orElseThrow();
    CatalogBaseTable table = catalog.getTable(new ObjectPath("dots", "a.b.d"));
    assertThat(table.getOptions()).containsEntry("schema-name", "\\Qa.b\\E");
    assertThat(table.getUnresolvedSchema())
        .isEqualTo(Schema.newBuilder().column("id", DataTypes.INT()).build());
    assertThatThrownBy(() -> catalog.getTable(new ObjectPath("dots", "a.b.c")))
        .hasMessageContaining("means several tables");
  }
}
