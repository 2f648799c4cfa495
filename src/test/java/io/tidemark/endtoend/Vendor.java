package io.tidemark.endtoend;

import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.PostgresServer;
import io.tidemark.testing.MySqlServers;
import java.util.Map;

/** Whose server a test copies from or to. */
public enum Vendor {
  POSTGRES,
  MYSQL,
  MARIADB;

  /** Crashes of the servers' machine are not what is tested, so nothing is synced. */
  private static final Map<String, String> POSTGRES_SETTINGS =
      Map.of("fsync", "off", "max_wal_size", "4GB");

  private static final Map<String, String> MYSQL_SETTINGS =
      Map.of(
          "sync_binlog",
          "0",
          "innodb_flush_log_at_trx_commit",
          "2",
          // The names of sessions, by which a test finds those that a job left behind.
          "performance_schema",
          "ON",
          "max_allowed_packet",
          "128M");

  /**
   * Starts a server, which the test closes. Without one for this machine the test is skipped, with
   * a message that says what was tried.
   */
  public TestServer start() {
    return switch (this) {
      case POSTGRES -> new TestServer.OfPostgres(new PostgresServer(POSTGRES_SETTINGS));
      case MYSQL -> new TestServer.OfMySql(MySqlServers.start(MySqlVendor.MYSQL, MYSQL_SETTINGS));
      case MARIADB ->
          new TestServer.OfMySql(MySqlServers.start(MySqlVendor.MARIADB, MYSQL_SETTINGS));
    };
  }

  /** A table expression with the numbers from {@code first} to {@code last} as column {@code i}. */
  public String series(long first, long last) {
    return this == POSTGRES
        ? "generate_series(%d, %d) AS series (i)".formatted(first, last)
        : ("(WITH RECURSIVE numbers (i) AS (SELECT %d UNION ALL SELECT i + 1 FROM numbers"
                + " WHERE i < %d) SELECT i FROM numbers) AS series")
            .formatted(first, last);
  }

  /** 32 hexadecimal digits that look random. */
  public String hash(String expression) {
    return this == POSTGRES
        ? "md5((" + expression + ")::text)"
        // MySQL has no md5() any more since 9.6.
        : "left(sha2(" + expression + ", 256), 32)";
  }

  /**
   * Inserts rows where there are none with these keys.
   *
   * @param rows the table and its new rows: {@code t VALUES (1)}
   */
  public String insertNew(String rows) {
    return this == POSTGRES
        ? "INSERT INTO " + rows + " ON CONFLICT DO NOTHING"
        : "INSERT IGNORE INTO " + rows;
  }
}
