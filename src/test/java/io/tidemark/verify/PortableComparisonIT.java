package io.tidemark.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.Renaming;
import io.tidemark.database.Selection;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.TableChangedException;
import io.tidemark.database.postgres.PostgresSource;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.schema.TableId;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PortableComparisonIT {

  private static final Selection EVERYTHING = new Selection(List.of("*"), Map.of(), Map.of());

  @Postgres private static PostgresServer server;

  private static final String[] SCHEMA = {
    "CREATE TABLE numbers (id int PRIMARY KEY, v text, r float8, d numeric(10,2))",
    "INSERT INTO numbers SELECT i, 'v' || i, i / 3.0, i FROM generate_series(-1000, 1000) i",
    "CREATE TABLE raw (k bytea, n int, PRIMARY KEY (n, k))",
    "INSERT INTO raw SELECT decode(to_hex(i + 4096), 'hex'), i FROM generate_series(1, 500) i",
    "CREATE TABLE bag (a int, b text)",
    "INSERT INTO bag VALUES (1, NULL), (1, NULL), (1, ''), (2, 'x')",
  };

  @Test
  void findsEveryMissingExtraAndDifferentRow() throws SQLException {
    databases("found", SCHEMA);
    ComparisonReport same = compare("found", Renaming.none());
    assertThat(same.findings()).isEmpty();
    assertThat(same.identical()).isTrue();
    assertThat(same.sourceRows()).isEqualTo(2001 + 500 + 4);

    server.execute(
        "found_target",
        "DELETE FROM numbers WHERE id IN (7, 500)",
        "INSERT INTO numbers VALUES (2001, 'v')",
        "UPDATE numbers SET v = NULL WHERE id = 10",
        "UPDATE raw SET k = '\\x00' WHERE n = 400",
        "DELETE FROM bag WHERE ctid = (SELECT min(ctid) FROM bag WHERE b IS NULL)",
        "CREATE TABLE more (id int)");
    ComparisonReport report = compare("found", Renaming.none());
    assertThat(report.identical()).isFalse();
    assertThat(report.extraTables()).containsExactly(new TableId("public", "more"));
    assertThat(report.tables())
        .extracting(
            table -> table.source().name(),
            TableComparison::equal,
            TableComparison::different,
            TableComparison::missing,
            TableComparison::extra)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("bag", 3L, 0L, 1L, 0L),
            org.assertj.core.groups.Tuple.tuple("numbers", 1998L, 1L, 2L, 1L),
            org.assertj.core.groups.Tuple.tuple("raw", 499L, 0L, 1L, 1L));
    assertThat(report.tables().get(0).samples()).containsExactly("missing: a row");
    assertThat(report.tables().get(1).samples())
        .containsExactlyInAnyOrder(
            "missing: id=7", "missing: id=500", "extra: id=2001", "different: id=10");
    assertThat(report.tables().get(2).samples())
        .containsExactlyInAnyOrder("extra: n=400, k=00", "missing: n=400, k=1190");
  }

  /** What one row differs in is one thing each; none of them may pass. */
  @Test
  void findsTheSmallestDifferences() throws SQLException {
    databases(
        "small",
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
      server.execute("small_target", "UPDATE t SET " + changes[i] + " WHERE id = " + (i + 1));
    }
    TableComparison table = compare("small", Renaming.none()).tables().get(0);
    assertThat(table.different()).isEqualTo(changes.length - 1);
    assertThat(table.missing()).isEqualTo(1);
    assertThat(table.extra()).isEqualTo(1);
    assertThat(table.equal()).isEqualTo(40 - changes.length);
  }

  /** The target's types may be others, as long as the values are what the source's type means. */
  @Test
  void takesValuesForEqualThatTheSourcesTypeTakesForEqual() throws SQLException {
    server.createDatabase("forms_source");
    server.createDatabase("forms_target");
    server.execute(
        "forms_source",
        "CREATE TABLE t (id int PRIMARY KEY, a numeric, b timestamp(0), c json, d char(8), e uuid,"
            + " f boolean, g int[], h real)",
        "INSERT INTO t VALUES (1, 1.50, '2024-01-01', '{\"b\": 1e2, \"a\": \"\\u0041\"}', 'x',"
            + " 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', true, '{1,2}', 0.1)",
        "INSERT INTO t (id) VALUES (2)");
    server.execute(
        "forms_target",
        "CREATE SCHEMA other",
        "CREATE TABLE other.t2 (id numeric(20,5) PRIMARY KEY, a numeric(30,10), b timestamp(6),"
            + " c jsonb, d varchar, e text, f smallint, g json, h float8)",
        "INSERT INTO other.t2 VALUES (1, 1.5, '2024-01-01', '{\"a\": \"A\", \"b\": 100.0}', 'x',"
            + " 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 1, '[1,2]', 0.1)",
        "INSERT INTO other.t2 (id) VALUES (2)");
    Renaming renaming =
        new Renaming(Map.of(new TableId("public", "t"), new TableId("other", "t2")), Map.of());
    ComparisonReport report = compare("forms", renaming);
    assertThat(report.findings()).isEmpty();
    assertThat(report.tables().get(0).equal()).isEqualTo(2);
  }

  @Test
  void namesTablesAndColumnsThatAreMissing() throws SQLException {
    databases("lacking", SCHEMA);
    server.execute("lacking_target", "DROP TABLE bag", "ALTER TABLE numbers DROP COLUMN v");
    ComparisonReport report = compare("lacking", Renaming.none());
    assertThat(report.identical()).isFalse();
    assertThat(report.missingTables()).containsExactly(new TableId("public", "bag"));
    assertThat(report.problems()).containsExactly("table public.numbers lacks the column v");
    assertThat(report.differingRows()).isZero();
  }

  /** TRUNCATE takes the rows from older snapshots too, so that there is nothing to compare with. */
  @Test
  void readsAgainWhatWasTruncatedSinceItsSnapshot() throws SQLException {
    databases("emptied", "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)");
    ComparisonReport report = compareWithTruncations("emptied", 2);
    assertThat(report.findings()).isEmpty();
    assertThat(report.sourceRows()).isEqualTo(1);
    assertThatThrownBy(() -> compareWithTruncations("emptied", Integer.MAX_VALUE))
        .isInstanceOf(TableChangedException.class)
        .hasMessageContaining("public.t was truncated");
  }

  /** The target is asked for when the source's snapshot is there and nothing is read. */
  private static ComparisonReport compareWithTruncations(String name, int truncations) {
    AtomicInteger done = new AtomicInteger();
    return new PortableComparison(
            database(name + "_source", EVERYTHING),
            selection -> {
              if (done.getAndIncrement() < truncations) {
                try {
                  server.execute(name + "_source", "TRUNCATE t", "INSERT INTO t VALUES (1)");
                } catch (SQLException e) {
                  throw new AssertionError(e);
                }
              }
              return database(name + "_target", selection);
            },
            Renaming.none())
        .compare();
  }

  private static ComparisonReport compare(String name, Renaming renaming) {
    return new PortableComparison(
            database(name + "_source", EVERYTHING),
            selection -> database(name + "_target", selection),
            renaming)
        .compare();
  }

  private static SourceDatabase database(String name, Selection selection) {
    return new PostgresSource(server.spec(name), "comparison", selection);
  }

  private static void databases(String name, String... statements) throws SQLException {
    for (String side : List.of("_source", "_target")) {
      server.createDatabase(name + side);
      server.execute(name + side, statements);
    }
  }
}
