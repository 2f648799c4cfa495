package io.tidemark.endtoend;

import static io.tidemark.endtoend.GoldenTable.golden;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.Preflight;
import io.tidemark.database.mysql.MySqlTarget;
import io.tidemark.database.postgres.PostgresSource;
import io.tidemark.endtoend.fixture.Passage;
import io.tidemark.job.Databases;
import io.tidemark.job.TidemarkJob;
import io.tidemark.lab.Loans;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.Selection;
import io.tidemark.verify.ComparisonReport;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What PostgreSQL's values and schemas become in MySQL and MariaDB, by snapshot and by log. */
class PostgresToMySqlIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  @Postgres private static PostgresServer postgres;

  private MySqlServer mysql;
  private MySqlVendor vendor;

  @Test
  void whatHasNoCounterpartIsSaidOnce() throws Exception {
    databases("notes", MySqlVendor.MYSQL);
    postgres.execute(
        origin("notes"),
        "CREATE TABLE t (id int PRIMARY KEY, n int CHECK (n > 0) DEFAULT length('abc'))");
    TidemarkJob job =
        new TidemarkJob(
            "notes",
            postgres.spec(origin("notes")),
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

  private static final GoldenTable GOLDEN =
      GoldenTable.of(
          "shop.t",
          ", '\\x00ff', B'101'",
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

  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void everyTypeArrivesTheSameThroughSnapshotAndLog(MySqlVendor to) throws Exception {
    databases("shop", to);
    postgres.execute(
        origin("shop"),
        GOLDEN.copied(
            "CREATE SCHEMA shop",
            "CREATE TYPE mood AS ENUM ('sad', 'it''s')",
            "CREATE DOMAIN amount AS numeric(6,2)",
            "CREATE TABLE shop.t (id int PRIMARY KEY, raw bytea, b bit(3), "
                + GOLDEN.each("c%d %s")
                + ")"));
    Passage passage = passage("shop");
    postgres.execute(
        origin("shop"),
        GOLDEN.streamed(
            "UPDATE shop.t AS t SET raw = o.raw, b = o.b, "
                + GOLDEN.each("c%1$d = o.c%1$d")
                + " FROM shop.t AS o WHERE t.id = 20 AND o.id = 1"));
    passage.follow();
    ComparisonReport report = compare("shop");
    assertThat(report.findings()).isEmpty();
    assertThat(report.sourceRows()).isEqualTo(6);
    assertThat(rows("shop", "SELECT id, " + GOLDEN.each("c%d") + " FROM t ORDER BY id"))
        .isEqualTo(GOLDEN.arrived());
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

  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void tablesKeepTheirKeysNumbersAndReferences(MySqlVendor to) throws Exception {
    databases("plan", to);
    postgres.execute(
        origin("plan"),
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

  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void whatMySqlCannotHoldIsNamedBySnapshotAndByLog(MySqlVendor to) throws Exception {
    databases("bad", to);
    postgres.execute(origin("bad"), "CREATE SCHEMA bad");
    for (Map.Entry<String, String> column : REFUSED) {
      String type = column.getKey();
      if (to == MySqlVendor.MARIADB && type.startsWith("json")) {
        continue; // the text is kept as it is
      }
      String insert = "INSERT INTO bad.t VALUES (%d, " + column.getValue() + "::" + type + ")";
      postgres.execute(
          origin("bad"),
          "CREATE TABLE bad.t (id int PRIMARY KEY, d " + type + ")",
          insert.formatted(7));
      assertRefused(column, () -> passage("bad"));
      postgres.execute(origin("bad"), "DELETE FROM bad.t");
      mysql.execute("bad", "DROP TABLE IF EXISTS t");
      forgetSlot("bad");
      Passage passage = passage("bad");
      postgres.execute(origin("bad"), insert.formatted(7));
      assertRefused(column, passage::follow);
      assertThat(rows("bad", "SELECT 0, id FROM t")).isEmpty();
      postgres.execute(origin("bad"), "DROP TABLE bad.t");
      mysql.execute("bad", "DROP TABLE t");
      forgetSlot("bad");
    }
  }

  private static final List<Map.Entry<String, String>> REFUSED =
      List.of(
          Map.entry("numeric", "'NaN'"),
          Map.entry("numeric", "'-Infinity'"),
          Map.entry("numeric", "1e35"),
          Map.entry("numeric", "1e-31"),
          Map.entry("numeric(70,2)", "1e64"),
          Map.entry("float4", "'NaN'"),
          Map.entry("float8", "'Infinity'"),
          Map.entry("date", "'infinity'"),
          Map.entry("date", "'0044-03-15 BC'"),
          Map.entry("date", "'10000-01-01'"),
          Map.entry("timestamp", "'-infinity'"),
          Map.entry("timestamp", "'10000-01-01 00:00:00'"),
          Map.entry("timestamptz", "'infinity'"),
          Map.entry("timestamptz", "'9999-12-31 23:30:00-01'"),
          Map.entry("jsonb", "'1e400'"));

  private static void assertRefused(Map.Entry<String, String> column, ThrowingCallable passage) {
    assertThatThrownBy(passage)
        .as("%s of %s", column.getValue(), column.getKey())
        .isInstanceOfSatisfying(
            DatabaseException.class,
            e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.DATA))
        .hasMessageContainingAll("bad.t", "7", "column d");
  }

  private void forgetSlot(String name) throws Exception {
    postgres.execute(
        origin(name),
        "SELECT pg_drop_replication_slot('tidemark_" + origin(name) + "')",
        "DROP PUBLICATION tidemark_" + origin(name));
  }

  private void databases(String name, MySqlVendor to) throws Exception {
    vendor = to;
    mysql = LOANS.mySql("target", to);
    postgres.createDatabase(origin(name));
    mysql.createDatabase(name);
  }

  /** The database at the source, and the stream. */
  private String origin(String name) {
    return name + "_to_" + vendor.name().toLowerCase(Locale.ROOT);
  }

  private Passage passage(String name) throws Exception {
    return new Passage(
        new PostgresSource(postgres.spec(origin(name)), origin(name), selection(name)),
        new MySqlTarget(mysql.spec(name), origin(name), Renaming.none(), OnBadValue.ERROR));
  }

  private ComparisonReport compare(String name) {
    return Databases.compare(
        postgres.spec(origin(name)), mysql.spec(name), selection(name), Renaming.none());
  }

  private static Selection selection(String name) {
    return new Selection(List.of(name + ".*"), Map.of(), Map.of());
  }

  /** Without the first column. */
  private List<List<String>> rows(String database, String sql) throws Exception {
    try (Connection connection = mysql.connect(database);
        var statement = connection.createStatement()) {
      return PrintedRows.of(statement, sql, PostgresToMySqlIT::print);
    }
  }

  private static String print(ResultSet row, int column) throws SQLException {
    byte[] bytes = row.getBytes(column);
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }
}
