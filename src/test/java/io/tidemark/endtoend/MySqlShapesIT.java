package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.CopyJob;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.ManyCycles;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TestServer;
import io.tidemark.endtoend.fixture.Thoroughness;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.lab.Loans;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * MySQL's tables of every shape, copied in many short cycles while all of them are written to, and
 * tables and rows as large as they get. What {@code ChurnIT} and {@code ValuesIT} do with
 * PostgreSQL's.
 */
class MySqlShapesIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  private static List<String> shapes() {
    Vendor mysql = Vendor.MYSQL;
    return List.of(
        "CREATE TABLE nokey (a int, b varchar(20), KEY (a))",
        "INSERT INTO nokey SELECT i % 700, CASE WHEN i % 11 > 0 THEN concat('b', i % 3) END FROM "
            + mysql.series(1, 3000),
        "CREATE TABLE nokey_large (a int, b text, c longtext, KEY (a))",
        "INSERT INTO nokey_large SELECT i, 'b', repeat("
            + mysql.hash("i")
            + ", 200) FROM "
            + mysql.series(1, 200),
        "CREATE TABLE by_index (a int, code varchar(40) NOT NULL, n int DEFAULT 0, UNIQUE (code))",
        "INSERT INTO by_index SELECT i, " + mysql.hash("i") + ", 0 FROM " + mysql.series(1, 20000),
        "CREATE TABLE swaps (id int PRIMARY KEY, place int UNIQUE, code varchar(60) UNIQUE)",
        "INSERT INTO swaps SELECT i, i, concat('c', i) FROM " + mysql.series(1, 10000),
        "CREATE TABLE made (id int AUTO_INCREMENT PRIMARY KEY, price decimal(12,2),"
            + " twice decimal(14,2) AS (price * 2) STORED, half decimal(14,3) AS (price / 2),"
            + " hidden int INVISIBLE DEFAULT 7)",
        "INSERT INTO made (price) SELECT i / 7.0 FROM " + mysql.series(1, 20000),
        "CREATE TABLE parents (id int AUTO_INCREMENT PRIMARY KEY, note text)",
        "CREATE TABLE children (id bigint AUTO_INCREMENT PRIMARY KEY, parent int NOT NULL,"
            + " up bigint, note varchar(200) CHECK (note <> ''),"
            + " FOREIGN KEY (parent) REFERENCES parents (id) ON DELETE CASCADE,"
            + " FOREIGN KEY (up) REFERENCES children (id) ON DELETE SET NULL)",
        "INSERT INTO parents (note) SELECT concat('p', i) FROM " + mysql.series(1, 5000),
        "INSERT INTO children (parent, note) SELECT 1 + i % 5000, 'c' FROM "
            + mysql.series(1, 20000),
        "CREATE TABLE moves (region varchar(8), at date, id int, note text, large longtext,"
            + " PRIMARY KEY (region, at, id)) PARTITION BY KEY (region) PARTITIONS 4",
        "INSERT INTO moves SELECT elt(1 + i % 4, 'eu', 'uk', 'us', 'x'),"
            + " date '2020-01-01' + interval i % 365 day, i, 'n', CASE WHEN i % 20 = 0 THEN repeat("
            + mysql.hash("i")
            + ", 100) END FROM "
            + mysql.series(1, 20000),
        "CREATE TABLE cleared (id int AUTO_INCREMENT PRIMARY KEY, note text)",
        "CREATE TABLE emptied (id int PRIMARY KEY, note text)",
        "INSERT INTO cleared (note) SELECT 'old' FROM " + mysql.series(1, 8000),
        "INSERT INTO emptied SELECT id, 'old' FROM cleared",
        "CREATE TABLE nothing (id int PRIMARY KEY)",
        "CREATE TABLE nothing_without_key (a int)",
        "CREATE TABLE one (\"only\" int)",
        "INSERT INTO one SELECT i % 10 FROM " + mysql.series(1, 1000),
        "CREATE TABLE \"Order\" (\"select\" int, \"group by\" varchar(20),"
            + " \"a.b`c'd%\" varchar(100), \"größe_äöü_日本語\" int, PRIMARY KEY (\"select\","
            + " \"group by\"))",
        "INSERT INTO \"Order\" SELECT i, concat('it''s \\\\', i), '\"', i FROM "
            + mysql.series(1, 5000),
        "CREATE TABLE \"ta.ble % of 'names'\" (\"k-e y\" varchar(30) PRIMARY KEY, \"table\" text)",
        "INSERT INTO \"ta.ble % of 'names'\" SELECT concat('k ', i), 'x' FROM "
            + mysql.series(1, 5000));
  }

  static Stream<Route> ofShapes() {
    return Thoroughness.cases(List.of(Route.MYSQL_TO_POSTGRES), Route.MYSQL_TO_MYSQL);
  }

  @ParameterizedTest
  @MethodSource("ofShapes")
  void tablesOfEveryShapeSurviveManyCyclesUnderWrites(Route route) throws Exception {
    TwoServers.Pair pair = TwoServers.on(LOANS, route).pair("shapes");
    pair.execute(shapes().toArray(new String[0]));
    new ManyCycles(pair, 200, MySqlShapesIT::transaction, MySqlShapesIT::clearing, 400, 80_000)
        .survive(() -> {}, job -> {}, job -> {});
  }

  /** A TRUNCATE commits what is before it, and is one of its own. */
  private static List<String> clearing(int turn) {
    return switch (turn % 4) {
      case 0 ->
          List.of(
              "TRUNCATE cleared",
              "INSERT INTO cleared (note) SELECT concat('turn ', i) FROM "
                  + Vendor.MYSQL.series(1, 3000));
      case 1 ->
          List.of(
              "TRUNCATE TABLE emptied",
              "INSERT INTO emptied SELECT i, 'turn' FROM " + Vendor.MYSQL.series(1, 2000));
      case 2 ->
          List.of(
              "UPDATE cleared SET note = note || '!' WHERE id % 3 = 0",
              "INSERT INTO nothing VALUES (" + turn + ")",
              "INSERT INTO nothing_without_key VALUES (1), (1)",
              "TRUNCATE nothing_without_key");
      default ->
          List.of(
              "DELETE FROM emptied", "TRUNCATE nothing", "INSERT INTO emptied VALUES (1, 'only')");
    };
  }

  private static List<String> transaction(Random random) {
    List<String> sql = new ArrayList<>();
    int statements = 1 + random.nextInt(3);
    for (int i = 0; i < statements; i++) {
      change(random, sql);
    }
    return sql;
  }

  private static void change(Random random, List<String> sql) {
    int n = 1 + random.nextInt(20_000);
    int m = 1 + random.nextInt(20_000);
    Vendor mysql = Vendor.MYSQL;
    switch (random.nextInt(14)) {
      case 0 -> sql.add("INSERT INTO nokey VALUES (%d, 'b%d')".formatted(n % 700, m % 3));
      case 1 ->
          sql.add("UPDATE nokey SET b = 'b%d' WHERE a = %d LIMIT 1".formatted(m % 3, n % 700));
      case 2 -> sql.add("DELETE FROM nokey WHERE a = %d LIMIT 1".formatted(n % 700));
      case 3 -> sql.add("UPDATE nokey_large SET b = b || '+' WHERE a = " + n % 200);
      case 4 ->
          sql.add(
              "UPDATE by_index SET n = n + 1, code = %s WHERE code = %s"
                  .formatted(mysql.hash("" + m), mysql.hash("" + n)));
      case 5 ->
          sql.add(
              "UPDATE by_index SET n = n + 1, a = NULL WHERE code = "
                  + mysql.hash(String.valueOf(n)));
      case 6 -> swap(n % 10_000, m % 10_000, sql);
      case 7 -> {
        sql.add("INSERT INTO made (price, hidden) VALUES (%d / 3.0, %d)".formatted(n, m));
        sql.add("UPDATE made SET price = price + 1 WHERE id = " + m);
        sql.add("DELETE FROM made WHERE id = " + n);
      }
      case 8 -> {
        sql.add("INSERT INTO parents (note) VALUES ('new')");
        sql.add("INSERT INTO children (parent, note) VALUES (LAST_INSERT_ID(), 'new')");
        sql.add("UPDATE children SET up = id, note = note || '+' WHERE id = " + n);
      }
      case 9 -> sql.add("DELETE FROM parents WHERE id = " + n % 5000);
      case 10 ->
          sql.add(
              "UPDATE moves SET region = '%s', at = at + interval 30 day WHERE id = %d"
                  .formatted(List.of("eu", "uk", "us", "y").get(m % 4), n - n % 10));
      case 11 -> {
        sql.add("UPDATE moves SET note = note || '.' WHERE id = " + n);
        sql.add("DELETE FROM moves WHERE id = " + m);
      }
      case 12 -> {
        sql.add(
            "UPDATE \"Order\" SET \"größe_äöü_日本語\" = NULL, \"a.b`c'd%%\" = '\\\\' || %d WHERE \"select\" = %d"
                .formatted(m, n % 5000));
        sql.add(
            "UPDATE \"ta.ble %% of 'names'\" SET \"k-e y\" = 'K %d %d' WHERE \"k-e y\" = 'k %d'"
                .formatted(n, m, n % 5000));
      }
      default -> {
        sql.add("INSERT INTO one VALUES (%d), (NULL)".formatted(n % 10));
        sql.add("DELETE FROM one WHERE \"only\" = %d LIMIT 1".formatted(m % 10));
      }
    }
  }

  /** MySQL checks unique values row by row, so that a swap takes a value in between. */
  private static void swap(int a, int b, List<String> sql) {
    if (a == b) {
      return;
    }
    sql.add(
        "SELECT (SELECT place FROM swaps WHERE id = %d), (SELECT place FROM swaps WHERE id = %d)"
                .formatted(a, b)
            + " INTO @first, @second");
    sql.add("UPDATE swaps SET place = NULL WHERE id = " + a);
    sql.add("UPDATE swaps SET place = @first, code = concat('~', code) WHERE id = " + b);
    sql.add("UPDATE swaps SET place = @second WHERE id = " + a);
    sql.add("UPDATE swaps SET code = substr(code, 2) WHERE code LIKE '~%' AND id = " + b);
  }

  static Stream<Route> ofWideTables() {
    return Thoroughness.cases(
        List.of(Route.MYSQL_TO_POSTGRES, Route.POSTGRES_TO_MYSQL), Route.MYSQL_TO_MYSQL);
  }

  /** A thousand columns; and rows of 50 megabytes, of 16 to MySQL. */
  @ParameterizedTest
  @MethodSource("ofWideTables")
  void wideTablesAndLargeRowsArrive(Route route) throws Exception {
    TwoServers.Pair pair = TwoServers.on(LOANS, route).pair("large");
    Vendor vendor = route.source();
    boolean postgres = vendor == Vendor.POSTGRES;
    String wide =
        IntStream.range(0, 999)
            .mapToObj(i -> "c" + i + (i % 2 == 0 ? " int" : " date"))
            .collect(Collectors.joining(", "));
    String values =
        IntStream.range(0, 999)
            .mapToObj(
                i -> i % 2 == 0 ? "i + " + i : "CASE WHEN i % 7 > 0 THEN date '2020-02-29' END")
            .collect(Collectors.joining(", "));
    pair.execute(
        "CREATE TABLE wide (id int PRIMARY KEY, " + wide + ")",
        "INSERT INTO wide SELECT i, " + values + " FROM " + vendor.series(1, 300),
        "CREATE TABLE big (id int PRIMARY KEY, n int, t %s, b %s)"
            .formatted(postgres ? "text" : "longtext", postgres ? "bytea" : "longblob"),
        largeRow(route, 1));
    if (postgres) {
      pair.execute("ALTER TABLE big ALTER COLUMN t SET STORAGE EXTERNAL", "ANALYZE");
    }
    try (CopyJob job = CopyJob.start(JobSettings.of(pair))) {
      job.awaitConsistent();
      pair.execute(
          "UPDATE wide SET c0 = -1, c501 = date '2021-01-01' WHERE id % 2 = 0",
          "UPDATE wide SET id = id + 1000 WHERE id % 5 = 0",
          "INSERT INTO wide (id) SELECT i FROM " + vendor.series(5001, 5100),
          "UPDATE big SET n = 7 WHERE id = 1",
          largeRow(route, 3),
          "UPDATE big SET id = 10 WHERE id = 1",
          "UPDATE big SET b = NULL WHERE id = 10");
      job.awaitCaughtUp();
      assertThat(big(pair.target(), pair)).hasSize(2).isEqualTo(big(pair.source(), pair));
      assertThat(pair.compare().findings()).isEmpty();
      assertThat(job.run().newFailure()).isEmpty();
    }
  }

  /**
   * Three fifths of it are text. At MySQL a change becomes a statement with the whole row in
   * hexadecimal digits, which the driver copies, and from MySQL an update carries the row twice, as
   * it was and as it is: in the heap of a test there is no room for that with 50 MB.
   */
  private static String largeRow(Route route, int id) {
    Vendor vendor = route.source();
    int repeats = route.target() == Vendor.MYSQL ? 300_000 : 983_040;
    return "INSERT INTO big SELECT %d, %d, repeat(%s, %d), %s(repeat(%s, %d)%s)"
        .formatted(
            id,
            id,
            vendor.hash("'" + id + "'"),
            repeats,
            vendor == Vendor.POSTGRES ? "decode" : "unhex",
            vendor.hash("'b" + id + "'"),
            repeats * 4 / 3,
            vendor == Vendor.POSTGRES ? ", 'hex'" : "");
  }

  /** What the large rows are, in checksums made here. */
  private static List<String> big(TestServer server, TwoServers.Pair pair) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Connection connection = server.connect(pair.name());
        ResultSet found =
            connection.createStatement().executeQuery("SELECT id, n, t, b FROM big ORDER BY id")) {
      while (found.next()) {
        String text = found.getString(3);
        byte[] bytes = found.getBytes(4);
        rows.add(
            "%d %d %d %d %s"
                .formatted(
                    found.getInt(1),
                    found.getInt(2),
                    text.length(),
                    text.hashCode(),
                    bytes == null
                        ? "null"
                        : bytes.length + " " + java.util.Arrays.hashCode(bytes)));
      }
    }
    return rows;
  }
}
