package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Passage;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.job.Databases;
import io.tidemark.job.JobDatabases;
import io.tidemark.lab.Loans;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tables that somebody made at the target: what else of a column than its type may change rows or
 * mix them up, and that what is left to the server to refuse is refused by it on both ways.
 */
class TargetColumnsIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  /**
   * Tables, and what {@code check} says of them.
   *
   * @param says a part of the error; empty if there is none
   */
  private record Case(Route route, String source, String target, String says) {}

  private static Case of(Route route, String source, String target, String says) {
    return new Case(route, source, target, says);
  }

  private static final String APART = "keys that the source tells apart may be one key there";
  private static final String NOT_APART = "not all keep as they are, or not apart";

  private static final List<Case> CASES =
      List.of(
          of(
              Route.POSTGRES_TO_MYSQL,
              "CREATE TABLE t (k text PRIMARY KEY)",
              "CREATE TABLE t (k varchar(50) COLLATE utf8mb4_0900_ai_ci PRIMARY KEY)",
              APART),
          of(
              Route.POSTGRES_TO_MYSQL,
              "CREATE TABLE t (k text PRIMARY KEY)",
              "CREATE TABLE t (k varchar(50) COLLATE utf8mb4_bin PRIMARY KEY)",
              APART),
          of(
              Route.POSTGRES_TO_MYSQL,
              "CREATE TABLE t (k text PRIMARY KEY, v text)",
              "CREATE TABLE t (k varchar(50) COLLATE utf8mb4_0900_bin PRIMARY KEY, v varchar(9)"
                  + " COLLATE utf8mb4_general_ci)",
              ""),
          of(
              Route.POSTGRES_TO_MYSQL,
              "CREATE TABLE t (k int PRIMARY KEY)",
              "CREATE TABLE t (k varchar(50) COLLATE utf8mb4_0900_bin PRIMARY KEY)",
              APART),
          of(
              Route.POSTGRES_TO_MYSQL,
              "CREATE TABLE t (k uuid PRIMARY KEY, n smallint)",
              "CREATE TABLE t (k char(36) COLLATE utf8mb4_general_ci PRIMARY KEY, n bigint)",
              ""),
          of(
              Route.POSTGRES_TO_MYSQL,
              "CREATE TABLE t (k int PRIMARY KEY, at timestamptz)",
              "CREATE TABLE t (k int PRIMARY KEY, at timestamp(6) NOT NULL DEFAULT"
                  + " CURRENT_TIMESTAMP(6))",
              "may be null at the source, and not at the target"),
          of(
              Route.MYSQL_TO_MYSQL,
              "CREATE TABLE t (k varchar(50) COLLATE utf8mb4_general_ci PRIMARY KEY)",
              "CREATE TABLE t (k varchar(50) COLLATE utf8mb4_general_ci PRIMARY KEY)",
              ""),
          of(
              Route.MYSQL_TO_MYSQL,
              "CREATE TABLE t (k varchar(50) COLLATE utf8mb4_bin PRIMARY KEY)",
              "CREATE TABLE t (k varchar(50) COLLATE utf8mb4_general_ci PRIMARY KEY)",
              APART),
          of(
              Route.MYSQL_TO_POSTGRES,
              "CREATE TABLE t (k varchar(50) PRIMARY KEY)",
              "CREATE TABLE t (k text PRIMARY KEY)",
              ""),
          of(
              Route.MYSQL_TO_POSTGRES,
              "CREATE TABLE t (k int PRIMARY KEY)",
              "CREATE TABLE t (k text PRIMARY KEY)",
              NOT_APART),
          of(
              Route.MYSQL_TO_POSTGRES,
              "CREATE TABLE t (k varchar(50) PRIMARY KEY)",
              "CREATE COLLATION same (provider = icu, locale = 'und-u-ks-level2', deterministic ="
                  + " false); CREATE TABLE t (k text COLLATE same PRIMARY KEY)",
              NOT_APART),
          of(
              Route.MYSQL_TO_POSTGRES,
              "CREATE TABLE t (k int PRIMARY KEY, v int)",
              "CREATE TABLE t (k int PRIMARY KEY, v int NOT NULL)",
              "has column v as NOT NULL"),
          of(
              Route.POSTGRES_TO_POSTGRES,
              "CREATE TABLE t (k int PRIMARY KEY, v numeric(10,4))",
              "CREATE TABLE t (k int PRIMARY KEY, v numeric(10,2))",
              "has column v as numeric(10,2), the source as numeric(10,4)"),
          of(
              Route.POSTGRES_TO_POSTGRES,
              "CREATE DOMAIN d AS numeric(10,4); CREATE TABLE t (k int PRIMARY KEY, v d)",
              "CREATE DOMAIN d AS numeric(10,2); CREATE TABLE t (k int PRIMARY KEY, v d)",
              "type public.d is there as one of [numeric(10,2)], the source has [numeric(10,4)]"),
          of(
              Route.POSTGRES_TO_POSTGRES,
              "CREATE DOMAIN d AS varchar(9) COLLATE \"C\" DEFAULT 'x' NOT NULL CHECK (value <> '');"
                  + " CREATE TABLE t (k int PRIMARY KEY, v d)",
              "CREATE DOMAIN d AS varchar(9); CREATE TABLE t (k int PRIMARY KEY, v d)",
              ""),
          of(
              Route.POSTGRES_TO_POSTGRES,
              "CREATE TYPE c AS (a numeric(5,2), b text); CREATE TABLE t (k int PRIMARY KEY, v c[])",
              "CREATE TYPE c AS (a numeric(5,0), b text); CREATE TABLE t (k int PRIMARY KEY, v c[])",
              "type public.c is there as one of"),
          of(
              Route.POSTGRES_TO_POSTGRES,
              "CREATE TYPE c AS (a numeric(5,2), b text); CREATE TABLE t (k int PRIMARY KEY, v c)",
              "CREATE TYPE c AS (a numeric(5,2), b text); CREATE TABLE t (k int PRIMARY KEY, v c)",
              ""),
          of(
              Route.POSTGRES_TO_POSTGRES,
              "CREATE TYPE r AS RANGE (subtype = float8); CREATE TABLE t (k int PRIMARY KEY, v r)",
              "CREATE TYPE r AS RANGE (subtype = float4); CREATE TABLE t (k int PRIMARY KEY, v r)",
              "type public.r is there as one of"),
          of(
              Route.POSTGRES_TO_POSTGRES,
              "CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (k int PRIMARY KEY, v e)",
              "CREATE DOMAIN e AS name; CREATE TABLE t (k int PRIMARY KEY, v e)",
              "another kind of type"));

  @ParameterizedTest
  @EnumSource(
      names = {"POSTGRES_TO_POSTGRES", "MYSQL_TO_MYSQL", "MYSQL_TO_POSTGRES", "POSTGRES_TO_MYSQL"})
  void checkFindsWhatWouldChangeRowsOrMixThemUp(Route route) throws Exception {
    for (Case each : CASES.stream().filter(c -> c.route() == route).toList()) {
      TwoServers.Pair pair = TwoServers.on(LOANS, route).pair("columns");
      pair.execute(each.source().split("; "));
      pair.target().execute(pair.name(), each.target().split("; "));
      List<Finding> errors = errors(pair);
      if (each.says().isEmpty()) {
        assertThat(errors).as(each.toString()).isEmpty();
        continue;
      }
      assertThat(errors)
          .as(each.toString())
          .anySatisfy(error -> assertThat(error.problem()).contains(each.says()));
      for (Finding error : errors) {
        String remedy = error.remedy().replaceAll(";.*", "");
        if (remedy.startsWith("ALTER TABLE") && remedy.contains(" MODIFY ")) {
          pair.target().mySql().execute(pair.name(), remedy);
          assertThat(errors(pair)).as(remedy).isEmpty();
        }
      }
    }
  }

  private static List<Finding> errors(TwoServers.Pair pair) {
    return Databases.of(JobSettings.of(pair).job()).preflight().check().stream()
        .filter(finding -> finding.severity() == Severity.ERROR)
        .toList();
  }

  /** Values that the target's server knows best; it must not take them in any way of writing. */
  private record Refused(String source, String target, String value) {}

  private static Stream<Refused> refused(Route route) {
    return switch (route) {
      case POSTGRES_TO_MYSQL, POSTGRES_TO_MARIADB ->
          Stream.of(
              new Refused("text", "varchar(9) character set latin1", "'a😀'"),
              new Refused("text", "text character set latin1", "'a→'"),
              new Refused("text", "varchar(9) character set utf8mb3", "'a😀'"),
              new Refused("text", "varchar(9) CHECK (v <> 'x')", "'x'"));
      case MYSQL_TO_MARIADB, MARIADB_TO_MYSQL ->
          Stream.of(
              new Refused("geometry", "point", "ST_GeomFromText('LINESTRING(0 0, 1 1)')"),
              new Refused("varchar(9)", "enum('a','b')", "'1'"));
      default ->
          Stream.of(
              new Refused("varchar(9)", "json", "'x'"),
              new Refused("varchar(9)", "e", "'1'"),
              new Refused("decimal(5,2)", "d", "-1.5"));
    };
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "POSTGRES_TO_MYSQL",
        "POSTGRES_TO_MARIADB",
        "MYSQL_TO_MARIADB",
        "MARIADB_TO_MYSQL",
        "MYSQL_TO_POSTGRES"
      })
  void whatTheServerKnowsBestItRefusesOnBothWays(Route route) throws Exception {
    for (Refused each : refused(route).toList()) {
      String insert = "INSERT INTO t VALUES (7, " + each.value() + ")";
      TwoServers.Pair copied = tables(route, each);
      copied.execute(insert);
      assertRefused(each, () -> passage(copied));
      TwoServers.Pair streamed = tables(route, each);
      Passage passage = passage(streamed);
      streamed.execute(insert);
      assertRefused(each, passage::follow);
      for (TwoServers.Pair pair : List.of(copied, streamed)) {
        assertThat(rows(pair)).as("%s at %s", each, route).isZero();
      }
    }
  }

  private static void assertRefused(
      Refused each, org.assertj.core.api.ThrowableAssert.ThrowingCallable way) {
    assertThatThrownBy(way)
        .as(each.toString())
        .isInstanceOfSatisfying(
            DatabaseException.class,
            e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.DATA))
        .hasMessageContaining(".t");
  }

  private static TwoServers.Pair tables(Route route, Refused each) throws SQLException {
    TwoServers.Pair pair = TwoServers.on(LOANS, route).pair("refused");
    pair.execute("CREATE TABLE t (id int PRIMARY KEY, v " + each.source() + ")");
    if (route == Route.MYSQL_TO_POSTGRES) {
      pair.target()
          .execute(
              pair.name(),
              "CREATE TYPE e AS ENUM ('a')",
              "CREATE DOMAIN d AS numeric(5,2) CHECK (value > 0)");
    }
    pair.target()
        .execute(pair.name(), "CREATE TABLE t (id int PRIMARY KEY, v " + each.target() + ")");
    return pair;
  }

  private static Passage passage(TwoServers.Pair pair) throws Exception {
    JobDatabases databases = Databases.of(JobSettings.of(pair).job());
    return new Passage(databases.source(), databases.target());
  }

  private static int rows(TwoServers.Pair pair) throws SQLException {
    try (Connection connection = pair.target().connect(pair.name());
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM t")) {
      row.next();
      return row.getInt(1);
    }
  }
}
