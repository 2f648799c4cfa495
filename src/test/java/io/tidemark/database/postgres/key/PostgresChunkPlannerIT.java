package io.tidemark.database.postgres.key;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.database.ChunkPlanner;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.SourceControl;
import io.tidemark.database.postgres.PostgresSource;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.schema.Table;
import io.tidemark.settings.Selection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresChunkPlannerIT {

  private static final int ROWS = 20_000;
  private static final int CHUNK = 1_000;

  @Postgres private static PostgresServer server;
  private static int tables;

  /** Each is a table's definition, with what fills it from {@code i} after the bar. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "k int PRIMARY KEY | i",
        "k bigint PRIMARY KEY | i::bigint * i * i",
        "k text COLLATE \"en-x-icu\" PRIMARY KEY | CASE i % 2 WHEN 0 THEN 'a' ELSE 'A' END || i",
        "k uuid PRIMARY KEY | md5(i::text)::uuid",
        "k numeric PRIMARY KEY | i / 7.0",
        "k timestamptz PRIMARY KEY | '2020-01-01'::timestamptz + i * '1 min'::interval",
        "k bytea PRIMARY KEY | decode(md5(i::text), 'hex')",
        "a int, b text, PRIMARY KEY (a, b) | i / 3, i::text",
        "a int, b int, PRIMARY KEY (a, b) | i % 2, i",
        "k int PRIMARY KEY) PARTITION BY HASH (k | i"
      })
  void cutsAnyKeyIntoChunksOfAboutTheSizeAskedFor(String definition) throws Exception {
    String[] parts = definition.split(" \\| ");
    for (boolean analyzed : new boolean[] {true, false}) {
      String name = "t" + tables++;
      server.execute("postgres", "CREATE TABLE " + name + " (" + parts[0] + ")");
      if (parts[0].contains("PARTITION")) {
        for (int i = 0; i < 2; i++) {
          server.execute(
              "postgres",
              "CREATE TABLE "
                  + name
                  + i
                  + " PARTITION OF "
                  + name
                  + " FOR VALUES WITH (MODULUS 2, REMAINDER "
                  + i
                  + ")");
        }
      }
      server.execute(
          "postgres",
          "ALTER TABLE "
              + name
              + (parts[0].contains("PARTITION") ? "0" : "")
              + " SET (autovacuum_enabled = off)",
          "INSERT INTO "
              + name
              + " SELECT "
              + parts[1]
              + " FROM generate_series(1, "
              + ROWS
              + ") AS i",
          analyzed ? "ANALYZE " + name : "SELECT 1");
      assertThat(chunks(name))
          .as(name + " " + definition + " analyzed " + analyzed)
          .satisfies(
              counts -> {
                assertThat(counts.stream().mapToLong(Long::longValue).sum()).isEqualTo(ROWS);
                assertThat(counts).hasSizeBetween(8, 60);
                assertThat(counts).allMatch(count -> count <= 4 * CHUNK);
              });
    }
  }

  /** Of 300 rows of a megabyte each, a chunk has about 128, although it might have a thousand. */
  @Test
  void cutsWideRowsByTheirSize() throws Exception {
    server.execute(
        "postgres",
        "CREATE TABLE wide (k int PRIMARY KEY, v text)",
        "ALTER TABLE wide ALTER v SET STORAGE EXTERNAL",
        "INSERT INTO wide SELECT i, repeat('x', 1 << 20) FROM generate_series(1, 300) AS i",
        "ANALYZE wide");
    assertThat(chunks("wide"))
        .hasSizeBetween(2, 6)
        .allMatch(count -> count <= 200)
        .satisfies(
            counts -> assertThat(counts.stream().mapToLong(Long::longValue).sum()).isEqualTo(300));
  }

  private static List<Long> chunks(String name) throws InterruptedException {
    PostgresSource source =
        new PostgresSource(
            server.spec("postgres"),
            "planner",
            new Selection(List.of("public." + name), Map.of(), Map.of()));
    List<Long> counts = new ArrayList<>();
    try (SourceControl control = source.openControl(1);
        SnapshotSession session = source.openSession(1, Optional.empty(), List.of())) {
      Table table = control.tables().get(0);
      ChunkPlanner planner = control.chunkPlanner();
      Optional<Key> from = Optional.empty();
      while (counts.size() < 1000) {
        Optional<Key> to = planner.nextBoundary(table, from, Optional.empty(), CHUNK);
        KeyRange range = KeyRange.between(from, to);
        counts.add(session.read(table, range, (bytes, length) -> {}));
        if (to.isEmpty()) {
          return counts;
        }
        from = to;
      }
    }
    return counts;
  }
}
