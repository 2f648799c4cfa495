package io.tidemark.cli.demo;

import io.tidemark.database.ConnectionSpec;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/** A server of the demo, with one database for the shop. */
sealed interface DemoServer extends AutoCloseable {

  /** The name of the shop's database. */
  String DATABASE = "shop";

  /** How to reach the shop's database. */
  ConnectionSpec spec();

  /** The command with which a person looks at it. */
  String shell();

  /** Rows of the shop that were inserted, updated or deleted since the server's start. */
  long rowChanges() throws SQLException;

  @Override
  void close();

  /** A PostgreSQL server. */
  record OfPostgres(PostgresServer server) implements DemoServer {

    private static final Map<String, String> SETTINGS =
        Map.of("max_wal_size", "4GB", "shared_buffers", "256MB", "synchronous_commit", "off");

    static DemoServer start() {
      PostgresServer server = new PostgresServer(SETTINGS);
      return prepared(new OfPostgres(server), () -> server.createDatabase(DATABASE));
    }

    @Override
    public ConnectionSpec spec() {
      return server.spec(DATABASE);
    }

    @Override
    public String shell() {
      return "psql -h 127.0.0.1 -p " + server.port() + " -U postgres " + DATABASE;
    }

    @Override
    public long rowChanges() throws SQLException {
      try (Connection connection = server.connect(DATABASE);
          Statement statement = connection.createStatement();
          ResultSet row =
              statement.executeQuery(
                  "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)"
                      + " FROM pg_stat_user_tables WHERE schemaname = 'public'")) {
        row.next();
        return row.getLong(1);
      }
    }

    @Override
    public void close() {
      server.close();
    }
  }

  /** A MySQL or MariaDB server. */
  record OfMySql(MySqlServer server) implements DemoServer {

    private static final Map<String, String> SETTINGS =
        // The redo log stays durable, as the preflight would want it of a target.
        Map.of("innodb_buffer_pool_size", "256M", "sync_binlog", "0");

    /** MariaDB has InnoDB's counters no more; its own leave temporary tables out. */
    private static final Map<MySqlVendor, String> COUNTERS =
        Map.of(
            MySqlVendor.MYSQL,
            "('Innodb_rows_inserted', 'Innodb_rows_updated', 'Innodb_rows_deleted')",
            MySqlVendor.MARIADB,
            "('Handler_write', 'Handler_update', 'Handler_delete')");

    static DemoServer start(MySqlVendor vendor) {
      MySqlServer server = new MySqlServer(vendor, SETTINGS);
      return prepared(new OfMySql(server), () -> server.createDatabase(DATABASE));
    }

    @Override
    public ConnectionSpec spec() {
      return server.spec(DATABASE);
    }

    @Override
    public String shell() {
      return "mysql -h 127.0.0.1 -P " + server.port() + " -u root " + DATABASE;
    }

    @Override
    public long rowChanges() throws SQLException {
      long changes = 0;
      try (Connection connection = server.connect(DATABASE);
          Statement statement = connection.createStatement();
          ResultSet rows =
              statement.executeQuery(
                  "SHOW GLOBAL STATUS WHERE Variable_name IN " + COUNTERS.get(server.vendor()))) {
        while (rows.next()) {
          changes += rows.getLong(2);
        }
      }
      return changes;
    }

    @Override
    public void close() {
      server.close();
    }
  }

  /** What is done to a server that has just started. */
  interface Preparation {
    void run() throws SQLException;
  }

  private static DemoServer prepared(DemoServer server, Preparation preparation) {
    try {
      preparation.run();
      return server;
    } catch (SQLException e) {
      server.close();
      throw new IllegalStateException("the database for the shop cannot be created", e);
    }
  }
}
