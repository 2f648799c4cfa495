package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.cli.demo.EmbeddedMySql;
import io.tidemark.cli.demo.EmbeddedServer;
import io.tidemark.cli.demo.Flavour;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.ExistingRows;
import io.tidemark.database.OnBadValue;
import io.tidemark.database.Preflight;
import io.tidemark.database.Renaming;
import io.tidemark.database.Selection;
import io.tidemark.database.mysql.MySqlTarget;
import io.tidemark.database.postgres.PostgresSource;
import io.tidemark.job.Databases;
import io.tidemark.job.TidemarkJob;
import io.tidemark.verify.ComparisonReport;
import java.sql.Connection;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What PostgreSQL's values and schemas become in MySQL, through the snapshot and the log. */
class PostgresToMySqlIT {

  private static EmbeddedMySql mysql;
  private static EmbeddedServer postgres;

  @BeforeAll
  static void start() {
    mysql = new EmbeddedMySql(Flavour.MYSQL);
    postgres = new EmbeddedServer(Map.of("fsync", "off"));
  }

  @AfterAll
  static void stop() {
    mysql.close();
    postgres.close();
  }

  @Test
  void whatHasNoCounterpartIsSaidOnce() throws Exception {
    postgres.createDatabase("notes");
    mysql.createDatabase("notes");
    postgres.execute(
        "notes", "CREATE TABLE t (id int PRIMARY KEY, n int CHECK (n > 0) DEFAULT length('abc'))");
    TidemarkJob job =
        new TidemarkJob(
            "notes",
            postgres.spec("notes"),
            new Selection(List.of("public.t"), Map.of(), Map.of()),
            mysql.spec("notes"),
            ExistingRows.FAIL,
            new Renaming(Map.of(), Map.of("public", "notes")),
            new TidemarkJob.Copy(Duration.ofSeconds(2), 2_000, 2, 8L << 30),
            new TidemarkJob.Checkpoint(Duration.ofSeconds(1), Optional.empty()));
    List<String> problems =
        Databases.of(job).preflight().check().stream().map(Preflight.Finding::problem).toList();
    assertThat(problems).anyMatch(problem -> problem.contains("check")).doesNotHaveDuplicates();
    for (String problem : problems) {
      assertThat(problems).filteredOn(other -> other.contains(problem)).hasSize(1);
    }
  }

  private record Golden(String type, List<String> sql, List<String> printed) {}

  private static Golden golden(String type, String... sqlAndPrinted) {
    List<String> sql = new ArrayList<>();
    List<String> printed = new ArrayList<>();
    for (int i = 0; i < sqlAndPrinted.length; i += 2) {
      sql.add(sqlAndPrinted[i]);
      printed.add(sqlAndPrinted[i + 1]);
    }
    return new Golden(type, sql, printed);
  }

  private static final List<Golden> GOLDEN =
      List.of(
          golden("bool", "true", "1", "false", "0"),
          golden("int2", "-32768", "-32768", "32767", "32767"),
          golden("int8", "-9223372036854775808", "-9223372036854775808"),
          golden("numeric(20,5)", "-123456789012345.54321", "-123456789012345.54321"),
          golden("numeric", "1.5", "1.5" + "0".repeat(29)),
          golden("float4", "0.1", "0.1", "-3.4028235e38", "-3.40282e38"),
          golden("float8", "0.1", "0.1", "1.7976931348623157e308", "1.7976931348623157e308"),
          golden("text", "''", "", "E'\\\\N\\t\\n😀 '", "\\N\t\n😀 "),
          golden("varchar(5)", "'Ab '", "Ab "),
          golden("char(5)", "'ab'", "ab"),
          golden("date", "'0001-01-01'", "0001-01-01", "'9999-12-31'", "9999-12-31"),
          golden("time(3)", "'23:59:59.5'", "23:59:59.500"),
          golden("timestamp(6)", "'2024-02-29 12:00:00.1'", "2024-02-29 12:00:00.100000"),
          golden("timestamptz", "'2024-03-31 02:30:00+02'", "2024-03-31 00:30:00.000000"),
          golden("interval", "'1 mon 2 days'", "1 mon 2 days"),
          golden(
              "uuid",
              "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
              "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
          golden(
              "jsonb",
              "'{\"b\": [1.5, null], \"aa\": \"x\"}'",
              "{\"b\": [1.5, null], \"aa\": \"x\"}"),
          golden("int[]", "'{1,NULL,3}'", "[1, null, 3]", "'{{1},{2}}'", "[[1], [2]]"),
          golden("text[]", "ARRAY['a\"b', 'NULL', NULL]", "[\"a\\\"b\", \"NULL\", null]"),
          golden("int4range", "'[1,3]'", "{\"lower\": 1, \"upper\": 4, \"bounds\": \"[)\"}"),
          golden("mood", "'it''s'", "it's"),
          golden("amount", "1.5", "1.50"),
          golden("inet", "'10.0.0.1'", "10.0.0.1"),
          golden("varbit(5)", "B'010'", "010"));

  @Test
  void everyTypeArrivesTheSameThroughSnapshotAndLog() throws Exception {
    databases("shop");
    postgres.execute(
        "shop",
        "CREATE SCHEMA shop",
        "CREATE TYPE mood AS ENUM ('sad', 'it''s')",
        "CREATE DOMAIN amount AS numeric(6,2)",
        "CREATE TABLE shop.t (id int PRIMARY KEY, raw bytea, b bit(3), " + columns("c%d %s") + ")",
        insert(0),
        insert(1),
        insert(2));
    Passage passage = passage("shop");
    postgres.execute(
        "shop",
        insert(10),
        insert(11),
        insert(12),
        "INSERT INTO shop.t (id) VALUES (20)",
        "UPDATE shop.t AS t SET raw = o.raw, b = o.b, "
            + columns("c%1$d = o.c%1$d")
            + " FROM shop.t AS o WHERE t.id = 20 AND o.id = 1",
        "DELETE FROM shop.t WHERE id = 2");
    passage.follow();
    ComparisonReport report = compare("shop");
    assertThat(report.findings()).isEmpty();
    assertThat(report.sourceRows()).isEqualTo(6);
    assertThat(rows("shop", "SELECT id, " + columns("c%d") + " FROM t ORDER BY id"))
        .containsExactly(printed(0), printed(1), printed(0), printed(1), printed(2), printed(1));
    assertThat(rows("shop", "SELECT id, HEX(raw), b + 0 FROM t WHERE id = 10"))
        .containsExactly(List.of("00FF", "5"));

    mysql.execute("shop", "UPDATE t SET c9 = 'ab ' WHERE c9 = 'ab'");
    assertThat(compare("shop").findings()).as("padding means nothing to char(n)").isEmpty();
    mysql.execute("shop", "UPDATE t SET c6 = c6 + 2.7755575615628914e-17 WHERE id = 0");
    mysql.execute("shop", "UPDATE t SET c7 = NULL WHERE id = 10");
    mysql.execute("shop", "UPDATE t SET c16 = '{\"b\": [1.5, 0], \"aa\": \"x\"}' WHERE id = 10");
    mysql.execute("shop", "UPDATE t SET c8 = 'ab ' WHERE id = 20");
    assertThat(compare("shop").tables().get(0).different()).isEqualTo(3);
  }

  @Test
  void tablesKeepTheirKeysNumbersAndReferences() throws Exception {
    databases("plan");
    postgres.execute(
        "plan",
        "CREATE SCHEMA plan",
        "CREATE TABLE plan.users (id serial PRIMARY KEY, mail varchar(50) NOT NULL DEFAULT 'none'"
            + " UNIQUE, at timestamptz DEFAULT now(), ok bool DEFAULT true, n numeric(5,2) DEFAULT"
            + " 1.5)",
        "CREATE TABLE plan.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, u int"
            + " CONSTRAINT fk REFERENCES plan.users ON DELETE CASCADE)",
        "CREATE INDEX by_user ON plan.orders (u, id DESC)",
        "INSERT INTO plan.users (mail) VALUES ('a'), ('b')",
        "INSERT INTO plan.orders (u) VALUES (1), (2)");
    passage("plan").follow().finish();
    assertThat(compare("plan").findings()).isEmpty();
    mysql.execute(
        "plan",
        "INSERT INTO users () VALUES ()",
        "INSERT INTO orders (u) VALUES (3)",
        "DELETE FROM users WHERE id = 1");
    assertThat(rows("plan", "SELECT 0, id, mail, ok, n FROM users ORDER BY id"))
        .containsExactly(List.of("2", "b", "1", "1.50"), List.of("3", "none", "1", "1.50"));
    assertThat(rows("plan", "SELECT 0, id, u FROM orders ORDER BY id"))
        .containsExactly(List.of("2", "2"), List.of("3", "3"));
  }

  @Test
  void whatMySqlCannotHoldStopsTheCopyAndNamesThePlace() throws Exception {
    databases("bad");
    postgres.execute(
        "bad",
        "CREATE SCHEMA bad",
        "CREATE TABLE bad.t (id int PRIMARY KEY, d timestamp)",
        "INSERT INTO bad.t VALUES (7, 'infinity')");
    assertThatThrownBy(() -> passage("bad"))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContainingAll("bad.t", "7", "d");
  }

  private static void databases(String name) throws Exception {
    postgres.createDatabase(name);
    mysql.createDatabase(name);
  }

  private static Passage passage(String name) throws Exception {
    return new Passage(
        new PostgresSource(postgres.spec(name), name, selection(name)),
        new MySqlTarget(mysql.spec(name), name, Renaming.none(), OnBadValue.ERROR));
  }

  private static ComparisonReport compare(String name) {
    return Databases.compare(
        postgres.spec(name), mysql.spec(name), selection(name), Renaming.none());
  }

  private static Selection selection(String name) {
    return new Selection(List.of(name + ".*"), Map.of(), Map.of());
  }

  private static String columns(String pattern) {
    List<String> columns = new ArrayList<>();
    for (int i = 0; i < GOLDEN.size(); i++) {
      columns.add(pattern.formatted(i, GOLDEN.get(i).type()));
    }
    return String.join(", ", columns);
  }

  private static String insert(int id) {
    int row = id % 10;
    return "INSERT INTO shop.t VALUES ("
        + id
        + ", '\\x00ff', B'101'"
        + GOLDEN.stream()
            .map(column -> row < column.sql().size() ? ", " + column.sql().get(row) : ", NULL")
            .collect(Collectors.joining())
        + ")";
  }

  private static List<String> printed(int row) {
    List<String> printed = new ArrayList<>();
    for (Golden column : GOLDEN) {
      printed.add(row < column.printed().size() ? column.printed().get(row) : null);
    }
    return printed;
  }

  /** Without the first column. */
  private static List<List<String>> rows(String database, String sql) throws Exception {
    try (Connection connection = mysql.connect(database);
        var statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      List<List<String>> rows = new ArrayList<>();
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 2; i <= result.getMetaData().getColumnCount(); i++) {
          byte[] bytes = result.getBytes(i);
          row.add(
              bytes == null ? null : new String(bytes, java.nio.charset.StandardCharsets.UTF_8));
        }
        rows.add(row);
      }
      return rows;
    }
  }
}
