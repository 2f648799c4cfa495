package io.tidemark.cli.demo;

import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import io.tidemark.settings.ConnectionSpec;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/**
 * A server of the demo, with one database for the shop.
 *
 * @param server is closed with it
 */
record DemoServer(Server server) implements AutoCloseable {

  /** The name of the shop's database. */
  static final String DATABASE = "shop";

  private static final Map<String, String> POSTGRES_SETTINGS =
      Map.of("max_wal_size", "4GB", "shared_buffers", "256MB", "synchronous_commit", "off");

  private static final Map<String, String> MYSQL_SETTINGS =
      // The redo log stays durable, as the preflight would want it of a target.
      Map.of("innodb_buffer_pool_size", "256M", "sync_binlog", "0");

  private static final String POSTGRES_CHANGES =
      "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)"
          + " FROM pg_stat_user_tables WHERE schemaname = 'public'";

  /** MariaDB has InnoDB's counters no more; its own leave temporary tables out. */
  private static final Map<MySqlVendor, String> COUNTERS =
      Map.of(
          MySqlVendor.MYSQL,
          "('Innodb_rows_inserted', 'Innodb_rows_updated', 'Innodb_rows_deleted')",
          MySqlVendor.MARIADB,
          "('Handler_write', 'Handler_update', 'Handler_delete')");

  /** Starts a PostgreSQL server. */
  static DemoServer postgres() {
    return withDatabase(new PostgresServer(POSTGRES_SETTINGS));
  }

  /** Starts a MySQL or MariaDB server. */
  static DemoServer mySql(MySqlVendor vendor) {
    return withDatabase(new MySqlServer(vendor, MYSQL_SETTINGS));
  }

  private static DemoServer withDatabase(Server server) {
    try {
      server.createDatabase(DATABASE);
      return new DemoServer(server);
    } catch (SQLException e) {
      server.close();
      throw new IllegalStateException("the database for the shop cannot be created", e);
    }
  }

  /** How to reach the shop's database. */
  ConnectionSpec spec() {
    return server.spec(DATABASE);
  }

  /** The command with which a person looks at it. */
  String shell() {
    return server instanceof MySqlServer
        ? "mysql -h 127.0.0.1 -P " + server.port() + " -u root " + DATABASE
        : "psql -h 127.0.0.1 -p " + server.port() + " -U postgres " + DATABASE;
  }

  /** Rows of the shop that were inserted, updated or deleted since the server's start. */
  long rowChanges() throws SQLException {
    return server instanceof MySqlServer mySql
        ? sum("SHOW GLOBAL STATUS WHERE Variable_name IN " + COUNTERS.get(mySql.vendor()), 2)
        : sum(POSTGRES_CHANGES, 1);
  }

  private long sum(String sql, int column) throws SQLException {
    try (Connection connection = server.connect(DATABASE);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      long sum = 0;
      while (rows.next()) {
        sum += rows.getLong(column);
      }
      return sum;
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
