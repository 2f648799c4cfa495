package io.tidemark.benchmark;

import io.tidemark.lab.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

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

  private static final long POLL_NANOS = 5_000_000;

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
    await(
        Duration.ofSeconds(30),
        source,
        DATABASE,
        "SELECT NOT EXISTS (SELECT FROM pg_replication_slots WHERE active AND slot_name = '%s')"
            .formatted("tidemark_" + stream));
    source.execute(
        DATABASE,
        "SELECT pg_drop_replication_slot('tidemark_" + stream + "')",
        "DROP PUBLICATION tidemark_" + stream);
  }

  static String one(PostgresServer server, String database, String sql) throws SQLException {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  /**
   * Waits until the query gives true; one that names what is not there yet gives false.
   *
   * @return {@link System#nanoTime} of that moment
   */
  static long await(Duration timeout, PostgresServer server, String database, String sql)
      throws SQLException {
    long deadline = System.nanoTime() + timeout.toNanos();
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      while (true) {
        if (holds(statement, sql)) {
          return System.nanoTime();
        }
        if (System.nanoTime() > deadline) {
          throw new SQLException("not within " + timeout + ": " + sql, new TimeoutException());
        }
        LockSupport.parkNanos(POLL_NANOS);
      }
    }
  }

  private static boolean holds(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      return row.next() && row.getBoolean(1);
    } catch (SQLException e) {
      if ("42P01".equals(e.getSQLState()) || "3F000".equals(e.getSQLState())) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    try (source;
        target) {
      // Both are closed, also when closing one fails.
    }
  }
}
