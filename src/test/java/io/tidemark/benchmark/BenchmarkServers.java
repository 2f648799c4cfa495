package io.tidemark.benchmark;

import io.tidemark.lab.PostgresServer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The source and the target server of a benchmark, durable as a server is by default.
 *
 * @param source has the database {@link #DATABASE}
 */
record BenchmarkServers(PostgresServer source, PostgresServer target) implements AutoCloseable {

  static final String DATABASE = "bench";

  /** Rows of about 200 bytes. */
  static final String TABLE =
      """
      CREATE TABLE public.item (
        id bigint PRIMARY KEY, amount int NOT NULL, name text, changed timestamptz,
        price numeric(12,2), note text)
      """;

  static BenchmarkServers start() throws SQLException {
    Map<String, String> settings =
        Map.of("shared_buffers", "256MB", "max_wal_size", "4GB", "autovacuum", "off");
    CompletableFuture<PostgresServer> target =
        CompletableFuture.supplyAsync(() -> new PostgresServer(settings));
    PostgresServer source = new PostgresServer(settings);
    source.createDatabase(DATABASE);
    return new BenchmarkServers(source, target.join());
  }

  /** Makes the table at the source, with ids from 1. */
  void fill(long rows) throws SQLException {
    source.execute(
        DATABASE,
        TABLE,
        """
        INSERT INTO public.item
        SELECT i, i %% 1000, md5(i::text), now(), (i %% 100000) * 1.37,
          repeat(md5((i * 7)::text), 4)
        FROM generate_series(1, %d) AS i
        """
            .formatted(rows),
        "VACUUM ANALYZE public.item",
        "CHECKPOINT");
  }

  /** What the stream leaves at the source when nobody needs it any more. */
  void drop(String stream) throws SQLException {
    new AnyServer(source)
        .await(
            Duration.ofSeconds(30),
            DATABASE,
            "SELECT NOT EXISTS (SELECT FROM pg_replication_slots WHERE active AND slot_name = '%s')"
                .formatted("tidemark_" + stream));
    source.execute(
        DATABASE,
        "SELECT pg_drop_replication_slot('tidemark_" + stream + "')",
        "DROP PUBLICATION tidemark_" + stream);
  }

  @Override
  public void close() {
    try (source;
        target) {
      // Both are closed, also when closing one fails.
    }
  }
}
