package io.tidemark.database.postgres.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.Preflight;
import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.database.postgres.PostgresSource;
import io.tidemark.database.postgres.PostgresTarget;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.schema.TableId;
import io.tidemark.settings.CheckedJob;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.Selection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Everything that would stop a job later is found at once, and nothing else. */
class PostgresPreflightIT {

  @Postgres private static PostgresServer server;

  @BeforeAll
  static void createRole() throws Exception {
    server.execute("postgres", "CREATE ROLE poor LOGIN");
  }

  @Test
  void nothingIsFoundWhereNothingIsWrong() throws Exception {
    databases("fine", "CREATE TABLE t (id int PRIMARY KEY, v text)");
    assertThat(check("fine", List.of("*"), Map.of(), Map.of(), Renaming.none(), false)).isEmpty();
  }

  @Test
  void everythingIsReportedAtOnce() throws Exception {
    databases(
        "bad",
        "CREATE TABLE no_key (a int)",
        "CREATE TABLE nothing (id int PRIMARY KEY)",
        "ALTER TABLE nothing REPLICA IDENTITY NOTHING",
        "CREATE TABLE late_key (id int PRIMARY KEY DEFERRABLE)",
        "CREATE TABLE filtered (id int PRIMARY KEY, at timestamptz)",
        "CREATE TABLE filtered_badly (id int PRIMARY KEY, at timestamptz)",
        "ALTER TABLE filtered_badly REPLICA IDENTITY FULL",
        "CREATE TABLE filtered_number (id int PRIMARY KEY)",
        "ALTER TABLE filtered_number REPLICA IDENTITY FULL",
        "CREATE TABLE filtered_deep (id int PRIMARY KEY)",
        "ALTER TABLE filtered_deep REPLICA IDENTITY FULL",
        "CREATE TABLE filtered_apart (id int PRIMARY KEY)",
        "ALTER TABLE filtered_apart REPLICA IDENTITY FULL",
        "CREATE UNLOGGED TABLE unlogged (id int PRIMARY KEY)",
        "CREATE TABLE narrow (id int PRIMARY KEY, v int)",
        "CREATE TABLE misspelt (id int PRIMARY KEY, v int)",
        "CREATE VIEW a_view AS SELECT 1 AS one",
        "CREATE FUNCTION next_number() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TABLE calls (id int PRIMARY KEY DEFAULT next_number())",
        "CREATE TABLE shaped (id int PRIMARY KEY, v numeric(10,2))",
        "CREATE TABLE filled (id int PRIMARY KEY, v int)",
        "CREATE TABLE one (id int PRIMARY KEY)",
        "CREATE TABLE two (id int PRIMARY KEY)",
        "CREATE TYPE mood AS ENUM ('a', 'b')",
        "CREATE TABLE moody (id int PRIMARY KEY, m mood)");
    server.execute(
        "bad_target",
        "CREATE TABLE shaped (id int PRIMARY KEY, v numeric(12,2))",
        "CREATE TABLE filled (id int PRIMARY KEY, v int UNIQUE)",
        "INSERT INTO filled VALUES (1)",
        "CREATE TYPE mood AS ENUM ('a')");
    List<Finding> findings =
        check(
            "bad",
            List.of("public.*", "public.a_view", "nowhere.*", "!public.unknown"),
            Map.of(
                id("narrow"), List.of("v"),
                id("misspelt"), List.of("id", "w"),
                id("elsewhere"), List.of("id")),
            Map.of(
                id("filtered"), "id > 5",
                id("filtered_badly"), "at > now()",
                id("filtered_number"), "id + 1",
                id("filtered_deep"), "id IN (SELECT 1)",
                id("filtered_apart"), "id = 1) OR (id = 2"),
            new Renaming(Map.of(id("two"), id("one")), Map.of()),
            false);
    assertThat(findings.stream().map(f -> f.severity() + " " + f.where() + ": " + f.problem()))
        .satisfiesExactlyInAnyOrder(
            has("ERROR source: pattern public.a_view matches no table: public.a_view is a view"),
            has("ERROR source: pattern nowhere.* matches no table"),
            has("WARNING source: pattern !public.unknown matches no table"),
            has("ERROR public.elsewhere: the job has columns or a filter for a table"),
            has("ERROR public.unlogged: the table is unlogged"),
            has("ERROR public.misspelt: selected columns that are not there: [w]"),
            has("ERROR public.narrow: the columns that the job selects"),
            has("ERROR public.no_key: it has no primary key and its replica identity is not FULL"),
            has("ERROR public.nothing: its replica identity is NOTHING"),
            has("ERROR public.late_key: its primary key is deferrable"),
            has("ERROR public.filtered: it has a filter and its replica identity is not FULL"),
            has(
                "ERROR public.filtered_badly: the filter (at > now()) cannot be used: it failed:"
                    + " functions in index predicate must be marked IMMUTABLE"),
            has(
                "ERROR public.filtered_number: the filter (id + 1) cannot be used: it failed:"
                    + " argument of WHERE must be type boolean"),
            has(
                "ERROR public.filtered_deep: the filter (id IN (SELECT 1)) cannot be used: it"
                    + " failed: cannot use subquery in index predicate"),
            has(
                "ERROR public.filtered_apart: the filter (id = 1) OR (id = 2) cannot be used: it"
                    + " failed: syntax error"),
            has(
                "ERROR target: type public.mood is there with the labels [a], the source has [a, b]"),
            has("ERROR target: function \"public\".\"next_number\"() is missing"),
            has(
                "ERROR public.shaped: table public.shaped at the target has column v as"
                    + " numeric(12,2), the source as numeric(10,2)"),
            has("ERROR target: tables at the target hold rows already: public.filled"),
            has(
                "WARNING public.filled: table public.filled at the target has unique key"
                    + " filled_v_key"),
            has("ERROR public.two: it would be copied to public.one, and so would public.one"));
    assertThat(findings).allSatisfy(finding -> assertThat(finding.remedy()).isNotEmpty());
    assertThat(remedy(findings, "public.no_key"))
        .contains("ALTER TABLE \"public\".\"no_key\" REPLICA IDENTITY FULL");
  }

  @Test
  void serversThatAreNotSetUpAreReported(
      @Postgres({
            "wal_level=replica",
            "max_replication_slots=0",
            "max_wal_senders=0",
            "max_slot_wal_keep_size=10GB",
            "wal_sender_timeout=0",
            "max_connections=10"
          })
          PostgresServer other)
      throws Exception {
    other.execute("postgres", "CREATE TABLE t (id int PRIMARY KEY)");
    server.execute(
        "postgres", "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    List<Finding> findings =
        new Preflight(
                source(other.spec("postgres"), List.of("*"), Map.of(), Map.of()),
                new PostgresTarget(server.spec("latin"), "shop", Renaming.none()),
                new CheckedJob(10, ExistingRows.FAIL, true))
            .check();
    assertThat(findings.stream().map(f -> f.severity() + " " + f.where() + ": " + f.problem()))
        .satisfiesExactlyInAnyOrder(
            has("ERROR source: wal_level is replica"),
            has("ERROR source: replication slot tidemark_shop is gone"),
            has("ERROR source: all replication slots are in use (max_replication_slots = 0)"),
            has("ERROR source: all walsenders are in use (max_wal_senders = 0)"),
            has("WARNING source: the server keeps at most max_slot_wal_keep_size = 10GB"),
            has("ERROR source: the job needs 13 connections, and 7 are free"),
            has("ERROR target: the database's encoding is LATIN1, the source's is UTF8"),
            has("WARNING target: the databases sort text differently"));
  }

  @Test
  void privilegesThatLackAreReportedWithTheGrants() throws Exception {
    databases(
        "closed",
        "CREATE EXTENSION hstore",
        "CREATE SCHEMA secret",
        "CREATE TABLE secret.t (id int PRIMARY KEY, h hstore)",
        "CREATE TABLE watched (id int PRIMARY KEY)",
        "ALTER TABLE watched ENABLE ROW LEVEL SECURITY",
        "CREATE PUBLICATION tidemark_shop");
    server.execute("closed_target", "CREATE TABLE watched (id int PRIMARY KEY)");
    List<Finding> findings =
        new Preflight(
                source(poor("closed_source"), List.of("*"), Map.of(), Map.of()),
                new PostgresTarget(poor("closed_target"), "shop", Renaming.none()),
                new CheckedJob(2, ExistingRows.FAIL, false))
            .check();
    assertThat(findings.stream().map(f -> f.severity() + " " + f.where() + ": " + f.remedy()))
        .contains(
            "ERROR source: ALTER ROLE \"poor\" REPLICATION",
            "ERROR source: ALTER PUBLICATION \"tidemark_shop\" OWNER TO \"poor\"",
            "ERROR source: GRANT CREATE ON DATABASE \"closed_source\" TO \"poor\"",
            "ERROR secret.t: GRANT USAGE ON SCHEMA \"secret\" TO \"poor\"",
            "ERROR secret.t: GRANT SELECT ON TABLE \"secret\".\"t\" TO \"poor\"",
            "ERROR source: GRANT \"postgres\" TO \"poor\"",
            "ERROR public.watched: GRANT SELECT ON TABLE \"public\".\"watched\" TO \"poor\"",
            "ERROR public.watched: ALTER ROLE \"poor\" BYPASSRLS",
            "ERROR target: GRANT SET ON PARAMETER session_replication_role TO \"poor\" (version 15 or"
                + " later), or: ALTER ROLE \"poor\" SUPERUSER",
            "ERROR target: GRANT CREATE ON DATABASE \"closed_target\" TO \"poor\"",
            "ERROR target: as a superuser: CREATE EXTENSION \"hstore\" SCHEMA \"public\"",
            "ERROR public.watched: ALTER TABLE \"public\".\"watched\" OWNER TO \"poor\"");
  }

  @Test
  void keysWhoseTextSortsOtherwiseThanTheirIndexesAreReported() throws Exception {
    databases(
        "sorted",
        "CREATE COLLATION english (provider = icu, locale = 'en')",
        "CREATE COLLATION german (provider = icu, locale = 'de')",
        "CREATE TABLE moved (a int, b text COLLATE english, PRIMARY KEY (a, b))",
        "CREATE TABLE stayed (id text COLLATE german PRIMARY KEY, v text COLLATE english)",
        "CREATE TABLE plain (id text PRIMARY KEY)",
        "UPDATE pg_catalog.pg_collation SET collversion = '0' WHERE collname = 'english'");
    server.execute(
        "sorted_target",
        "CREATE COLLATION english (provider = icu, locale = 'en')",
        "CREATE COLLATION german (provider = icu, locale = 'de')");
    List<Finding> findings =
        check("sorted", List.of("*"), Map.of(), Map.of(), Renaming.none(), false);
    assertThat(findings.stream().map(f -> f.severity() + " " + f.where() + ": " + f.problem()))
        .singleElement()
        .satisfies(
            has(
                "ERROR public.moved: the text of its key sorts by collation public.english, which was"
                    + " of version 0 when its indexes were made"));
    // A table of which all is copied goes on, and one of which only a part is does not.
    for (boolean complete : new boolean[] {true, false}) {
      java.util.Set<TableId> moved = java.util.Set.of(id("moved"));
      assertThat(
              new Preflight(
                      source(server.spec("sorted_source"), List.of("*"), Map.of(), Map.of()),
                      new PostgresTarget(server.spec("sorted_target"), "shop", Renaming.none()),
                      new CheckedJob(
                          2,
                          ExistingRows.FAIL,
                          false,
                          java.time.Duration.ofSeconds(1),
                          false,
                          moved,
                          complete ? moved : java.util.Set.of()))
                  .check())
          .filteredOn(finding -> finding.problem().contains("sorts by collation"))
          .extracting(Finding::severity)
          .containsExactly(complete ? Severity.WARNING : Severity.ERROR);
    }
    for (String statement :
        remedy(findings, "public.moved").replaceAll("at the source: |and, .*: ", "").split("; ")) {
      server.execute("sorted_source", statement);
    }
    assertThat(check("sorted", List.of("*"), Map.of(), Map.of(), Renaming.none(), false)).isEmpty();
  }

  @Test
  void aDatabaseThatSortsOtherwiseThanItsIndexesIsReported() throws Exception {
    for (String name : List.of("resorted_source", "resorted_target")) {
      server.execute(
          "postgres",
          "CREATE DATABASE "
              + name
              + " LOCALE_PROVIDER icu ICU_LOCALE 'en' LOCALE 'C' TEMPLATE template0");
    }
    server.execute("resorted_source", "CREATE TABLE t (id text PRIMARY KEY)");
    assertThat(check("resorted", List.of("*"), Map.of(), Map.of(), Renaming.none(), false))
        .isEmpty();
    server.execute(
        "postgres",
        "UPDATE pg_catalog.pg_database SET datcollversion = '0' WHERE datname LIKE 'resorted%'");
    assertThat(
            check("resorted", List.of("*"), Map.of(), Map.of(), Renaming.none(), false).stream()
                .map(f -> f.severity() + " " + f.where() + ": " + f.remedy()))
        .containsExactly(
            "ERROR public.t: at the source: REINDEX TABLE CONCURRENTLY \"public\".\"t\"; and, once"
                + " that is done for all that sorts by it: ALTER DATABASE resorted_source REFRESH"
                + " COLLATION VERSION");
  }

  @Test
  void aDatabaseWithoutAnEncodingIsReported() throws Exception {
    server.execute(
        "postgres",
        "CREATE DATABASE ascii_source ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
    server.createDatabase("ascii_target");
    server.execute("ascii_source", "CREATE TABLE t (id int PRIMARY KEY)");
    assertThat(
            check("ascii", List.of("*"), Map.of(), Map.of(), Renaming.none(), false).stream()
                .map(f -> f.severity() + " " + f.where() + ": " + f.problem()))
        .anySatisfy(has("WARNING source: the database's encoding is SQL_ASCII"));
  }

  @Test
  void aSlotOfTheSameNameIsReported() throws Exception {
    databases("slotted", "CREATE TABLE t (id int PRIMARY KEY)");
    server.execute(
        "slotted_source",
        "SELECT pg_create_logical_replication_slot('tidemark_shop', 'test_decoding')");
    try {
      assertThat(check("slotted", List.of("*"), Map.of(), Map.of(), Renaming.none(), false))
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.severity()).isEqualTo(Severity.ERROR);
                assertThat(finding.problem()).contains("plugin test_decoding");
                assertThat(finding.remedy())
                    .contains("SELECT pg_drop_replication_slot('tidemark_shop')");
              });
    } finally {
      server.execute("slotted_source", "SELECT pg_drop_replication_slot('tidemark_shop')");
    }
  }

  @Test
  void theSameDatabaseOnBothSidesNeedsOtherNames() throws Exception {
    server.createDatabase("self");
    server.execute("self", "CREATE TABLE t (id int PRIMARY KEY)");
    List<Finding> findings =
        new Preflight(
                source(server.spec("self"), List.of("public.*"), Map.of(), Map.of()),
                new PostgresTarget(server.spec("self"), "shop", Renaming.none()),
                new CheckedJob(2, ExistingRows.FAIL, false))
            .check();
    assertThat(findings)
        .singleElement()
        .satisfies(
            finding ->
                assertThat(finding.problem())
                    .contains("source and target are the same database", "to itself"));
    assertThat(
            new Preflight(
                    source(server.spec("self"), List.of("public.*"), Map.of(), Map.of()),
                    new PostgresTarget(
                        server.spec("self"),
                        "shop",
                        new Renaming(Map.of(), Map.of("public", "copy"))),
                    new CheckedJob(2, ExistingRows.FAIL, false))
                .check())
        .isEmpty();
  }

  @Test
  void aTableThatMovesWithoutItsSequenceIsReported() throws Exception {
    databases(
        "moved",
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY)",
        "CREATE TABLE s (id serial PRIMARY KEY)");
    Map<TableId, TableId> moves = new HashMap<>();
    moves.put(id("t"), new TableId("far", "t"));
    moves.put(id("s"), new TableId("far", "s"));
    moves.put(id("s_id_seq"), new TableId("far", "s_id_seq"));
    assertThat(
            check("moved", List.of("*"), Map.of(), Map.of(), new Renaming(moves, Map.of()), false))
        .singleElement()
        .extracting(Finding::remedy)
        .isEqualTo("rename the sequence too: public.t_id_seq to far.t_id_seq");
  }

  /** A function that somebody replaces would judge rows of the log otherwise than those copied. */
  @Test
  void aFilterCallsNothingThatSomebodyMayReplace() throws Exception {
    String full = "ALTER TABLE %1$s REPLICA IDENTITY FULL";
    databases(
        "calls",
        "CREATE EXTENSION citext",
        "CREATE FUNCTION lim() RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 10'",
        "CREATE FUNCTION twice(i int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT i * 2'",
        "CREATE OPERATOR !! (FUNCTION = twice, RIGHTARG = int)",
        "CREATE TABLE by_function (id int PRIMARY KEY)",
        "CREATE TABLE by_operator (id int PRIMARY KEY)",
        "CREATE TABLE of_the_server (id int PRIMARY KEY, v text)",
        "CREATE TABLE of_an_extension (id int PRIMARY KEY, v citext)",
        full.formatted("by_function"),
        full.formatted("by_operator"),
        full.formatted("of_the_server"),
        full.formatted("of_an_extension"));
    assertThat(
            check(
                    "calls",
                    List.of("*"),
                    Map.of(),
                    Map.of(
                        id("by_function"), "id > public.lim()",
                        id("by_operator"), "OPERATOR(public.!!) id > 3",
                        id("of_the_server"), "length(v) > 3 AND lower(v) LIKE 'a%'",
                        id("of_an_extension"), "v = 'x'::public.citext"),
                    Renaming.none(),
                    false)
                .stream()
                .filter(finding -> finding.problem().contains("filter"))
                .map(finding -> finding.where() + ": " + finding.problem()))
        .satisfiesExactlyInAnyOrder(
            has("public.by_function: the filter (id > public.lim()) calls public.lim, which"),
            has(
                "public.by_operator: the filter (OPERATOR(public.!!) id > 3) calls public.twice, which"));
  }

  @Test
  void serversThatDoNotAnswerAreReportedTogether() {
    ConnectionSpec nobody =
        new ConnectionSpec("jdbc:postgresql://127.0.0.1:1/shop?password=hidden", "me", "hidden");
    List<Finding> findings =
        new Preflight(
                source(nobody, List.of("*"), Map.of(), Map.of()),
                new PostgresTarget(nobody, "shop", Renaming.none()),
                new CheckedJob(2, ExistingRows.FAIL, false))
            .check();
    assertThat(findings).extracting(Finding::where).containsExactly("source", "target");
    assertThat(findings.toString()).doesNotContain("hidden");
  }

  private static Consumer<String> has(String start) {
    return text -> assertThat(text).startsWith(start);
  }

  private static String remedy(List<Finding> findings, String where) {
    return findings.stream()
        .filter(finding -> finding.where().equals(where))
        .findFirst()
        .orElseThrow()
        .remedy();
  }

  private static TableId id(String name) {
    return new TableId("public", name);
  }

  private static void databases(String name, String... statements) throws Exception {
    server.createDatabase(name + "_source");
    server.createDatabase(name + "_target");
    server.execute(name + "_source", statements);
  }

  private static ConnectionSpec poor(String database) {
    return new ConnectionSpec(server.url(database), "poor", "");
  }

  private static PostgresSource source(
      ConnectionSpec spec,
      List<String> patterns,
      Map<TableId, List<String>> columns,
      Map<TableId, String> filters) {
    return new PostgresSource(spec, "shop", new Selection(patterns, columns, filters));
  }

  private static List<Finding> check(
      String name,
      List<String> patterns,
      Map<TableId, List<String>> columns,
      Map<TableId, String> filters,
      Renaming renaming,
      boolean streamKnown) {
    return new Preflight(
            source(server.spec(name + "_source"), patterns, columns, filters),
            new PostgresTarget(server.spec(name + "_target"), "shop", renaming),
            new CheckedJob(2, ExistingRows.FAIL, streamKnown))
        .check();
  }
}
