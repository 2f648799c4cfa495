package io.tidemark.attack;

import io.tidemark.cli.EmbeddedFlink;
import io.tidemark.endtoend.fixture.TestServer;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;

/**
 * Where seeds are tried, one after the other: a source server of its own, whose settings a seed may
 * change, a target server, and a Flink that runs all the time. Used by one thread.
 */
record Pit(TwoServers servers, MiniCluster flink) {

  /** Chunks that one job copies at once. */
  static final int PARALLELISM = 1;

  /** Slots that one job takes: the log has one of its own. */
  static final int SLOTS = PARALLELISM + 1;

  /** What makes many small databases cheap; a seed crashes no machine. */
  private static final Map<String, String> POSTGRES =
      Map.of("fsync", "off", "max_prepared_transactions", "5", "max_wal_size", "4GB");

  private static final Map<String, String> MYSQL =
      Map.of(
          "sync_binlog", "0",
          "innodb_flush_log_at_trx_commit", "2",
          "performance_schema", "ON",
          "innodb_buffer_pool_size", "64M");

  /** What the grammar of MySQL and MariaDB changes for a whole server. */
  private static final List<String> GLOBALS =
      List.of(
          "binlog_format",
          "binlog_row_image",
          "binlog_row_metadata",
          "binlog_checksum",
          "binlog_row_value_options",
          "binlog_transaction_compression",
          "log_bin_compress",
          "server_id",
          "sql_mode",
          "time_zone",
          "sql_select_limit",
          "max_allowed_packet");

  /** Starts a server that {@link Pit} may spoil. */
  static TestServer server(Vendor vendor) {
    return new TestServer(
        switch (vendor) {
          case POSTGRES -> new PostgresServer(POSTGRES);
          case MYSQL -> new MySqlServer(MySqlVendor.MYSQL, MYSQL);
          case MARIADB -> new MySqlServer(MySqlVendor.MARIADB, MYSQL);
        });
  }

  /** The settings of {@link #server} that a borrowed PostgreSQL server needs. */
  static String[] postgresSettings() {
    return new String[] {"max_prepared_transactions=5"};
  }

  /**
   * A Flink for many jobs, one after the other and beside each other.
   *
   * @param pits how many use it
   */
  static MiniCluster flink(int pits) throws InterruptedException {
    Configuration configuration = EmbeddedFlink.configuration(0);
    // It is asked for a job's end while that runs, and not for one of yesterday's.
    configuration.set(JobManagerOptions.JOB_STORE_MAX_CAPACITY, 2 * pits);
    return EmbeddedFlink.cluster(configuration, pits * SLOTS);
  }

  Vendor vendor() {
    return servers.source().vendor();
  }

  /** The server's settings that a seed may change, by name. */
  Map<String, String> globals() throws SQLException {
    Map<String, String> values = new LinkedHashMap<>();
    if (vendor() == Vendor.POSTGRES) {
      return values;
    }
    try (Connection connection = servers.source().connect("");
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SHOW GLOBAL VARIABLES")) {
      while (rows.next()) {
        if (GLOBALS.contains(rows.getString(1))) {
          values.put(rows.getString(1), rows.getString(2));
        }
      }
    }
    return values;
  }

  /** Sets what is not as it was. */
  void restore(Map<String, String> globals) throws SQLException {
    Map<String, String> now = globals();
    List<String> statements = new ArrayList<>();
    globals.forEach(
        (name, value) -> {
          if (!value.equals(now.get(name))) {
            boolean number = value.matches("\\d+");
            statements.add(
                "SET GLOBAL %s = %s".formatted(name, number ? value : "'" + value + "'"));
          }
        });
    if (!statements.isEmpty()) {
      servers.source().execute("", statements.toArray(String[]::new));
    }
  }
}
