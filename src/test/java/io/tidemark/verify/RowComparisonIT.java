package io.tidemark.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.Renaming;
import io.tidemark.database.Selection;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.schema.TableId;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RowComparisonIT {

  @Postgres private static PostgresServer server;

  @Test
  void findsEveryMissingExtraAndDifferentRowUnderAnyKey() throws SQLException {
    String[] schema = {
      "CREATE TABLE numbers (id int PRIMARY KEY, v text)",
      "INSERT INTO numbers SELECT i, 'v' || i FROM generate_series(-500, 500) i",
      "CREATE TABLE words (word text COLLATE \"en-x-icu\", n numeric, v jsonb,"
          + " PRIMARY KEY (word, n))",
      "INSERT INTO words SELECT w, i, '{}' FROM generate_series(1, 20) i,"
          + " unnest(array['a', 'B', 'ä', E'tab\\there', E'back\\\\slash', E'line\\n', '']) w",
      "CREATE TABLE uuids (id uuid PRIMARY KEY)",
      "INSERT INTO uuids SELECT md5(i::text)::uuid FROM generate_series(1, 1000) i",
      "CREATE TABLE bag (a int, b text)",
      "INSERT INTO bag VALUES (1, NULL), (1, NULL), (1, ''), (2, 'x')",
    };
    databases("found", schema);
    assertThat(compare("found").identical()).isTrue();
    assertThat(compare("found").sourceRows()).isEqualTo(1001 + 140 + 1000 + 4);

    server.execute(
        "found_target",
        "DELETE FROM numbers WHERE id IN (-500, 7, 500)",
        "INSERT INTO numbers VALUES (501, 'v'), (-1000, 'v')",
        "UPDATE numbers SET v = NULL WHERE id = 10",
        "UPDATE words SET word = word || '!' WHERE n = 3 AND word = E'tab\\there'",
        "UPDATE words SET v = '[]' WHERE n = 4 AND word = ''",
        "DELETE FROM uuids WHERE id = md5('1')::uuid",
        "DELETE FROM bag WHERE ctid = (SELECT min(ctid) FROM bag WHERE b IS NULL)");
    ComparisonReport report = compare("found");
    assertThat(report.identical()).isFalse();
    assertThat(report.tables())
        .containsExactly(
            result("bag", 3, 0, 1, 0, "missing: a row"),
            result(
                "numbers",
                997,
                1,
                3,
                2,
                "extra: id=-1000",
                "missing: id=-500",
                "missing: id=7",
                "different: id=10",
                "missing: id=500",
                "extra: id=501"),
            result("uuids", 999, 0, 1, 0, "missing: id=c4ca4238-a0b9-2382-0dcc-509a6f75849b"),
            result(
                "words",
                138,
                1,
                1,
                1,
                "different: word=, n=4",
                "missing: word=tab\there, n=3",
                "extra: word=tab\there!, n=3"));
    assertThat(report.findings()).contains("table public.numbers: 997 rows equal");
  }

  @Test
  void noticesTablesColumnsSequencesAndIndexesThatAreNotThere() throws SQLException {
    databases("shape", "CREATE TABLE t (id serial PRIMARY KEY, a int, b int)");
    server.execute(
        "shape_source",
        "CREATE TABLE u (id int)",
        "CREATE INDEX t_a ON t (a)",
        "INSERT INTO t (a) VALUES (1)");
    server.execute(
        "shape_target",
        "CREATE TABLE w (id int)",
        "ALTER TABLE t DROP COLUMN b",
        "INSERT INTO t VALUES (1, 1)");
    ComparisonReport report = compare("shape");
    assertThat(report.identical()).isFalse();
    assertThat(report.missingTables()).containsExactly(new TableId("public", "u"));
    assertThat(report.extraTables()).containsExactly(new TableId("public", "w"));
    assertThat(report.problems()).containsExactly("table public.t lacks the column b");
    assertThat(report.notes())
        .containsExactly(
            "sequence public.t_id_seq stands at its start, behind the source's 1",
            "table public.t lacks the index t_a");
  }

  @Test
  void followsRenamingSelectedColumnsAndFilters() throws SQLException {
    server.createDatabase("kept_source");
    server.createDatabase("kept_target");
    server.execute(
        "kept_source",
        "CREATE TABLE t (id int PRIMARY KEY, a int, secret text)",
        "INSERT INTO t SELECT i, i, 'x' FROM generate_series(1, 10) i");
    server.execute(
        "kept_target",
        "CREATE SCHEMA other",
        "CREATE TABLE other.copy (id int PRIMARY KEY, a int)",
        "INSERT INTO other.copy SELECT i, i FROM generate_series(1, 5) i");
    TableId table = new TableId("public", "t");
    ComparisonReport report =
        new RowComparison(
                server.spec("kept_source"),
                server.spec("kept_target"),
                new Selection(
                    List.of("public.*"),
                    Map.of(table, List.of("id", "a")),
                    Map.of(table, "a <= 5 -- the first ones")),
                new Renaming(Map.of(table, new TableId("other", "copy")), Map.of()))
            .compare();
    assertThat(report.identical()).isTrue();
    assertThat(report.sourceRows()).isEqualTo(5);
  }

  private static void databases(String name, String... statements) throws SQLException {
    for (String side : List.of("_source", "_target")) {
      server.createDatabase(name + side);
      server.execute(name + side, statements);
    }
  }

  private static ComparisonReport compare(String name) {
    return new RowComparison(
            server.spec(name + "_source"),
            server.spec(name + "_target"),
            new Selection(List.of("*.*"), Map.of(), Map.of()),
            Renaming.none())
        .compare();
  }

  private static TableComparison result(
      String table, long equal, long different, long missing, long extra, String... samples) {
    TableId id = new TableId("public", table);
    return new TableComparison(id, id, equal, different, missing, extra, List.of(samples));
  }
}
