package io.tidemark.benchmark;

import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A MySQL source, a MySQL server that is filled by MySQL's own means, and the target, all with the
 * same settings and durable as they are by default: every commit is in the logs on disk.
 *
 * @param source has the database {@link #DATABASE}
 * @param target another server than {@code peer} only if it has to be
 */
record MySqlLab(MySqlServer source, MySqlServer peer, AnyServer target) implements AutoCloseable {

  static final String DATABASE = "bench";

  /** Rows of about 200 bytes. */
  static final String TABLE =
      """
      CREATE TABLE item (
        id BIGINT PRIMARY KEY, amount INT NOT NULL, name VARCHAR(64), changed DATETIME(6),
        price DECIMAL(12,2), note VARCHAR(255)) CHARACTER SET utf8mb4
      """;

  /** The same at every product. */
  static final String DIGEST =
      "SELECT CONCAT(COUNT(*), ' ', SUM(id), ' ', SUM(amount), ' ', SUM(price), ' ',"
          + " SUM(CHAR_LENGTH(note)), ' ', MAX(name)) FROM ";

  private static final int AT_ONCE = 100_000;

  /**
   * @param product of the target: mysql or postgres
   * @param shared whether a MySQL target may be the peer too
   */
  static MySqlLab start(String product, boolean shared) throws SQLException {
    Map<String, String> settings =
        Map.of("innodb_buffer_pool_size", "512M", "innodb_redo_log_capacity", "2G");
    // First and alone: it says so if this machine can have no such server.
    MySqlServer source = new MySqlServer(MySqlVendor.MYSQL, settings);
    source.createDatabase(DATABASE);
    CompletableFuture<MySqlServer> peer =
        CompletableFuture.supplyAsync(() -> new MySqlServer(MySqlVendor.MYSQL, settings));
    CompletableFuture<AnyServer> target =
        switch (product) {
          case "mysql" ->
              shared
                  ? peer.thenApply(AnyServer::new)
                  : CompletableFuture.supplyAsync(
                      () -> new AnyServer(new MySqlServer(MySqlVendor.MYSQL, settings)));
          case "postgres" ->
              CompletableFuture.supplyAsync(
                  () ->
                      new AnyServer(
                          new PostgresServer(
                              Map.of(
                                  "shared_buffers", "512MB",
                                  "max_wal_size", "4GB",
                                  "autovacuum", "off"))));
          default -> throw new IllegalArgumentException("no target is called " + product);
        };
    return new MySqlLab(source, peer.join(), target.join());
  }

  /** Makes the table, with ids from 1, outside the server's log. */
  static void fill(MySqlServer server, String database, long rows) throws SQLException {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute("SET SESSION sql_log_bin = 0");
      statement.execute("SET SESSION cte_max_recursion_depth = " + AT_ONCE);
      statement.execute("DROP TABLE IF EXISTS item, number");
      statement.execute(TABLE);
      statement.execute("CREATE TABLE number (n BIGINT PRIMARY KEY)");
      statement.execute(
          "INSERT INTO number WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE"
              + " n < "
              + AT_ONCE
              + ") SELECT n FROM s");
      for (long from = 0; from < rows; from += AT_ONCE) {
        statement.execute(
            """
            INSERT INTO item
            SELECT i, i %% 1000, LPAD(HEX(i * 2654435761), 32, 'n'), '2026-01-01 00:00:00' + INTERVAL i SECOND,
              (i %% 100000) * 1.37, REPEAT(LPAD(HEX(i * 2654435761), 32, 'x'), 4)
            FROM (SELECT n + %d AS i FROM number WHERE n + %d <= %d) AS k ORDER BY i
            """
                .formatted(from, from, rows));
      }
      statement.execute("DROP TABLE number");
      statement.execute("ANALYZE NO_WRITE_TO_BINLOG TABLE item");
    }
  }

  /** Where the product keeps the copied table. */
  String copied() {
    return DATABASE + ".item";
  }

  @Override
  public void close() {
    try (source;
        peer;
        target) {
      // All are closed, also when closing one fails.
    }
  }
}
