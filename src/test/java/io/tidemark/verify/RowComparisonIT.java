package io.tidemark.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.TableChangedException;
import io.tidemark.database.TableReader;
import io.tidemark.database.postgres.PostgresSource;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.Selection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RowComparisonIT {

  @Postgres private static PostgresServer server;

  private static final Selection EVERYTHING = new Selection(List.of("*"), Map.of(), Map.of());

  /** How rows are read on both sides. */
  private enum Form {
    /** As PostgreSQL prints them. */
    OWN(PostgresSource::openExactReader),
    PORTABLE(PostgresSource::openReader);

    private final Function<PostgresSource, TableReader> open;

    Form(Function<PostgresSource, TableReader> open) {
      this.open = open;
    }

    TableReader open(String database, Selection selection) {
      return open.apply(new PostgresSource(server.spec(database), "comparison", selection));
    }

    /** Databases have names of their own, as each test is run in each form. */
    String named(String test) {
      return test + "_" + name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  @ParameterizedTest
  @EnumSource
  void findsEveryMissingExtraAndDifferentRowUnderAnyKey(Form form) throws SQLException {
    String name = form.named("found");
    databases(
        name,
        "CREATE TABLE numbers (id int PRIMARY KEY, v text, r float8, d numeric(10,2))",
        "INSERT INTO numbers SELECT i, 'v' || i, i / 3.0, i FROM generate_series(-500, 500) i",
        "CREATE TABLE words (word text COLLATE \"en-x-icu\", n numeric, v jsonb,"
            + " PRIMARY KEY (word, n))",
        "INSERT INTO words SELECT w, i, '{}' FROM generate_series(1, 20) i,"
            + " unnest(array['a', 'B', 'ä', E'tab\\there', E'back\\\\slash', E'line\\n', '']) w",
        "CREATE TABLE uuids (id uuid PRIMARY KEY)",
        "INSERT INTO uuids SELECT md5(i::text)::uuid FROM generate_series(1, 1000) i",
        "CREATE TABLE raw (k bytea, n int, PRIMARY KEY (n, k))",
        "INSERT INTO raw SELECT decode(to_hex(i + 4096), 'hex'), i FROM generate_series(1, 500) i",
        "CREATE TABLE bag (a int, b text)",
        "INSERT INTO bag VALUES (1, NULL), (1, NULL), (1, ''), (2, 'x')");
    ComparisonReport same = compare(form, name);
    assertThat(same.findings()).isEmpty();
    assertThat(same.identical()).isTrue();
    assertThat(same.sourceRows()).isEqualTo(1001 + 140 + 1000 + 500 + 4);

    server.execute(
        name + "_target",
        "DELETE FROM numbers WHERE id IN (-500, 7, 500)",
        "INSERT INTO numbers VALUES (501, 'v'), (-1000, 'v')",
        "UPDATE numbers SET v = NULL WHERE id = 10",
        "UPDATE words SET word = word || '!' WHERE n = 3 AND word = E'tab\\there'",
        "UPDATE words SET v = '[]' WHERE n = 4 AND word = ''",
        "DELETE FROM uuids WHERE id = md5('1')::uuid",
        "UPDATE raw SET k = '\\x00' WHERE n = 400",
        "DELETE FROM bag WHERE ctid = (SELECT min(ctid) FROM bag WHERE b IS NULL)",
        "CREATE TABLE more (id int)");
    ComparisonReport report = compare(form, name);
    assertThat(report.identical()).isFalse();
    assertThat(report.extraTables()).containsExactly(new TableId("public", "more"));
    String hex = form == Form.OWN ? "\\x" : "";
    assertThat(report.tables())
        .containsExactly(
            result("bag", 3, 0, 1, 0, "missing: a row"),
            result(
                "numbers",
                997,
                1,
                3,
                2,
                "different: id=10",
                "extra: id=-1000",
                "extra: id=501",
                "missing: id=-500",
                "missing: id=500",
                "missing: id=7"),
            result(
                "raw",
                499,
                0,
                1,
                1,
                "extra: n=400, k=" + hex + "00",
                "missing: n=400, k=" + hex + "1190"),
            result("uuids", 999, 0, 1, 0, "missing: id=c4ca4238-a0b9-2382-0dcc-509a6f75849b"),
            result(
                "words",
                138,
                1,
                1,
                1,
                "different: word=, n=4",
                "extra: word=tab\there!, n=3",
                "missing: word=tab\there, n=3"));
    assertThat(report.findings()).contains("table public.numbers: 997 rows equal");
  }

  /** What one row differs in is one thing each; none of them may pass. */
  @ParameterizedTest
  @EnumSource
  void findsTheSmallestDifferences(Form form) throws SQLException {
    String name = form.named("small");
    databases(
        name,
        "CREATE TABLE t (id int PRIMARY KEY, a text, b float8, c real, d timestamptz, e jsonb,"
            + " f bytea, g numeric, h boolean, i int[])",
        "INSERT INTO t SELECT i, '', 0.1, 0.1, '2024-01-01', '{\"a\":1.5,\"b\":[]}', '\\x', 1, true,"
            + " '{1,NULL}' FROM generate_series(1, 40) AS i");
    String[] changes = {
      "a = NULL",
      "a = ' '",
      "b = 0.1 + 2.7755575615628914e-17::float8",
      "b = '-0'",
      "c = 0.10000001",
      "d = d + interval '1 microsecond'",
      "e = '{\"a\":1.5,\"b\":{}}'",
      "e = '{\"a\":1.5000000000000000001,\"b\":[]}'",
      "e = '{\"a\":\"1.5\",\"b\":[]}'",
      "f = NULL",
      "f = '\\x00'",
      "g = 1.00000000000000000000000000000001",
      "h = false",
      "i = '{1}'",
      "i = '{1,0}'",
      "id = 1000"
    };
    for (int i = 0; i < changes.length; i++) {
      server.execute(name + "_target", "UPDATE t SET " + changes[i] + " WHERE id = " + (i + 1));
    }
    TableComparison table = compare(form, name).tables().get(0);
    assertThat(table.different()).isEqualTo(changes.length - 1);
    assertThat(table.missing()).isEqualTo(1);
    assertThat(table.extra()).isEqualTo(1);
    assertThat(table.equal()).isEqualTo(40 - changes.length);
  }

  /** A null is none of the texts that look like it, nor are two columns one. */
  @ParameterizedTest
  @EnumSource
  void tellsApartWhatWouldReadTheSameInOneLine(Form form) throws SQLException {
    String name = form.named("apart");
    databases(name, "CREATE TABLE t (id int PRIMARY KEY, a text, b text)");
    server.execute(
        name + "_source",
        "INSERT INTO t VALUES (1, NULL, ''), (2, 'x', 'y'), (3, '\\N', ''), (4, E'\\t', ''),"
            + " (5, E'a\\nb', 'c')");
    server.execute(
        name + "_target",
        "INSERT INTO t VALUES (1, '\\N', ''), (2, 'xy', ''), (3, '\\\\N', ''), (4, '', E'\\t'),"
            + " (5, E'a\\nb', 'c')");
    TableComparison table = compare(form, name).tables().get(0);
    assertThat(table.different()).isEqualTo(4);
    assertThat(table.equal()).isEqualTo(1);
  }

  /** The target's types may be others, as long as the values are what the source's type means. */
  @ParameterizedTest
  @EnumSource
  void takesValuesForEqualThatTheSourcesTypeTakesForEqual(Form form) throws SQLException {
    String name = form.named("forms");
    server.createDatabase(name + "_source");
    server.createDatabase(name + "_target");
    server.execute(
        name + "_source",
        "CREATE TABLE t (id int PRIMARY KEY, a numeric, b timestamp(0), c json, d char(8), e uuid,"
            + " f boolean, g int[], h real)",
        "INSERT INTO t VALUES (1, 1.50, '2024-01-01', '{\"b\": 1e2, \"a\": \"\\u0041\"}', 'x',"
            + " 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', true, '{1,2}', 0.1)",
        "INSERT INTO t (id) VALUES (2)");
    server.execute(
        name + "_target",
        "CREATE SCHEMA other",
        "CREATE TABLE other.t2 (id numeric(20,5) PRIMARY KEY, a numeric(30,10), b timestamp(6),"
            + " c jsonb, d varchar, e text, f smallint, g json, h float8)",
        "INSERT INTO other.t2 VALUES (1, 1.5, '2024-01-01', '{\"a\": \"A\", \"b\": 100.0}', 'x',"
            + " 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 1, '[1,2]', 0.1)",
        "INSERT INTO other.t2 (id) VALUES (2)");
    Renaming renaming =
        new Renaming(Map.of(new TableId("public", "t"), new TableId("other", "t2")), Map.of());
    ComparisonReport report = compare(form, name, EVERYTHING, renaming);
    if (form == Form.PORTABLE) {
      assertThat(report.findings()).isEmpty();
      assertThat(report.tables().get(0).equal()).isEqualTo(2);
    } else {
      assertThat(report.tables().get(0).missing()).isEqualTo(2);
      assertThat(report.tables().get(0).extra()).isEqualTo(2);
    }
  }

  /** Only PostgreSQL's own form says anything of what is beside the rows. */
  @ParameterizedTest
  @EnumSource
  void noticesTablesColumnsSequencesAndIndexesThatAreNotThere(Form form) throws SQLException {
    String name = form.named("shape");
    databases(name, "CREATE TABLE t (id serial PRIMARY KEY, a int, b int)");
    server.execute(
        name + "_source",
        "CREATE TABLE u (id int)",
        "CREATE INDEX t_a ON t (a)",
        "INSERT INTO t (a) VALUES (1)");
    server.execute(
        name + "_target",
        "CREATE TABLE w (id int)",
        "ALTER TABLE t DROP COLUMN b",
        "INSERT INTO t VALUES (1, 1)");
    ComparisonReport report = compare(form, name);
    assertThat(report.identical()).isFalse();
    assertThat(report.missingTables()).containsExactly(new TableId("public", "u"));
    assertThat(report.extraTables()).containsExactly(new TableId("public", "w"));
    assertThat(report.problems()).containsExactly("table public.t lacks the column b");
    assertThat(report.differingRows()).isZero();
    assertThat(report.notes())
        .isEqualTo(
            form == Form.PORTABLE
                ? List.of()
                : List.of(
                    "sequence public.t_id_seq stands at its start, behind the source's 1",
                    "table public.t lacks the index t_a"));
  }

  @ParameterizedTest
  @EnumSource
  void comparesWholeRowsWhereTheTargetLacksTheKey(Form form) throws SQLException {
    String name = form.named("keyless");
    databases(
        name,
        "CREATE TABLE t (id int PRIMARY KEY, v text)",
        "INSERT INTO t VALUES (1, 'a'), (2, 'a'), (3, 'b')");
    server.execute(
        name + "_target", "ALTER TABLE t DROP COLUMN id", "UPDATE t SET v = 'c' WHERE v = 'b'");
    ComparisonReport report = compare(form, name);
    assertThat(report.problems()).containsExactly("table public.t lacks the column id");
    assertThat(report.tables())
        .containsExactly(result("t", 2, 0, 1, 1, "extra: a row", "missing: a row"));
  }

  @ParameterizedTest
  @EnumSource
  void followsRenamingSelectedColumnsAndFilters(Form form) throws SQLException {
    String name = form.named("kept");
    server.createDatabase(name + "_source");
    server.createDatabase(name + "_target");
    server.execute(
        name + "_source",
        "CREATE TABLE t (id int PRIMARY KEY, a int, secret text)",
        "INSERT INTO t SELECT i, i, 'x' FROM generate_series(1, 10) i");
    server.execute(
        name + "_target",
        "CREATE SCHEMA \"!other\"",
        "CREATE TABLE \"!other\".copy (id int PRIMARY KEY, a int)",
        "INSERT INTO \"!other\".copy SELECT i, i FROM generate_series(1, 5) i");
    TableId table = new TableId("public", "t");
    ComparisonReport report =
        compare(
            form,
            name,
            new Selection(
                List.of("public.*"),
                Map.of(table, List.of("id", "a")),
                Map.of(table, "a <= 5 -- the first ones")),
            new Renaming(Map.of(table, new TableId("!other", "copy")), Map.of()));
    assertThat(report.identical()).isTrue();
    assertThat(report.sourceRows()).isEqualTo(5);
  }

  /** TRUNCATE takes the rows from older snapshots too, so that there is nothing to compare with. */
  @ParameterizedTest
  @EnumSource
  void readsAgainWhatWasTruncatedSinceItsSnapshot(Form form) throws SQLException {
    String name = form.named("emptied");
    databases(name, "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)");
    ComparisonReport report = compareWithTruncations(form, name, 2);
    assertThat(report.findings()).isEmpty();
    assertThat(report.sourceRows()).isEqualTo(1);
    assertThatThrownBy(() -> compareWithTruncations(form, name, Integer.MAX_VALUE))
        .isInstanceOf(TableChangedException.class)
        .hasMessageContaining("public.t was truncated");
  }

  /** The target is asked for when the source's snapshot is there and nothing is read. */
  private static ComparisonReport compareWithTruncations(Form form, String name, int truncations) {
    AtomicInteger done = new AtomicInteger();
    return new RowComparison(
            () -> form.open(name + "_source", EVERYTHING),
            selection -> {
              if (done.getAndIncrement() < truncations) {
                try {
                  server.execute(name + "_source", "TRUNCATE t", "INSERT INTO t VALUES (1)");
                } catch (SQLException e) {
                  throw new AssertionError(e);
                }
              }
              return form.open(name + "_target", selection);
            },
            Renaming.none())
        .compare();
  }

  /** To the byte: also what no log carries, and a key is what the key says and no more. */
  @Test
  void postgresqlsOwnFormHasGeneratedColumnsAndThePrimaryKeyAlone() throws SQLException {
    databases(
        "own",
        "CREATE TABLE t (id int, a int, twice int GENERATED ALWAYS AS (a * 2) STORED,"
            + " u int UNIQUE NOT NULL, PRIMARY KEY (id) INCLUDE (a))",
        "INSERT INTO t (id, a, u) VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3)",
        "CREATE TABLE unnamed (u int UNIQUE NOT NULL, v text)",
        "INSERT INTO unnamed VALUES (1, 'a')");
    server.execute(
        "own_target",
        "ALTER TABLE t ALTER twice DROP EXPRESSION",
        "UPDATE t SET twice = 0 WHERE id = 1",
        "UPDATE t SET a = 0 WHERE id = 2",
        "UPDATE unnamed SET v = 'b'");
    assertThat(compare(Form.OWN, "own").tables())
        .containsExactly(
            result("t", 1, 2, 0, 0, "different: id=1", "different: id=2"),
            result("unnamed", 0, 0, 1, 1, "extra: a row", "missing: a row"));
  }

  @Test
  void postgresqlsOwnFormRefusesColumnsThatAreNotThere() throws SQLException {
    databases("asked", "CREATE TABLE t (id int PRIMARY KEY)");
    Selection selection =
        new Selection(
            List.of("*"), Map.of(new TableId("public", "t"), List.of("id", "x")), Map.of());
    assertThatThrownBy(() -> compare(Form.OWN, "asked", selection, Renaming.none()))
        .hasMessage("table public.t has no column x, which the selection names");
  }

  private static ComparisonReport compare(Form form, String name) {
    return compare(form, name, EVERYTHING, Renaming.none());
  }

  private static ComparisonReport compare(
      Form form, String name, Selection selection, Renaming renaming) {
    return new RowComparison(
            () -> form.open(name + "_source", selection),
            expected -> form.open(name + "_target", expected),
            renaming)
        .compare();
  }

  private static void databases(String name, String... statements) throws SQLException {
    for (String side : List.of("_source", "_target")) {
      server.createDatabase(name + side);
      server.execute(name + side, statements);
    }
  }

  private static TableComparison result(
      String table, long equal, long different, long missing, long extra, String... samples) {
    TableId id = new TableId("public", table);
    return new TableComparison(id, id, equal, different, missing, extra, List.of(samples));
  }
}
