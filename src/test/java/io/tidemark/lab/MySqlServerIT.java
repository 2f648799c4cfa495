package io.tidemark.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MySqlServerIT {

  @ParameterizedTest
  @EnumSource
  void keepsCommitsThroughRestartAndCrashAndLeavesNothingBehind(MySqlVendor vendor)
      throws SQLException {
    Path data;
    long last;
    try (MySqlServer server = start(vendor, "sort_buffer_size=64K")) {
      data = Path.of(query(server, "SELECT @@datadir"));
      assertThat(query(server, "SELECT @@sort_buffer_size")).isEqualTo("65536");
      server.createDatabase("shop");
      server.execute("shop", "CREATE TABLE t (n int PRIMARY KEY)", "INSERT INTO t VALUES (1)");
      long first = server.pid();
      server.restart();
      server.execute("shop", "INSERT INTO t VALUES (2)");
      try (Connection open = server.connect("shop")) {
        open.setAutoCommit(false);
        open.createStatement().execute("INSERT INTO t VALUES (4)");
        server.crash();
        // Closing would want to roll back over the connection that is gone.
        open.abort(Runnable::run);
      }
      assertThat(server.pid()).isNotEqualTo(first);
      assertThat(query(server, "SELECT sum(n) FROM shop.t")).isEqualTo("3");
      last = server.pid();
    }
    assertThat(ProcessHandle.of(last).filter(ProcessHandle::isAlive)).isEmpty();
    assertThat(data).doesNotExist();
  }

  @ParameterizedTest
  @EnumSource
  void writesRowsWithGtidsAndNoneBeforeTheFirstChange(MySqlVendor vendor) throws SQLException {
    String executed =
        vendor == MySqlVendor.MYSQL ? "SELECT @@gtid_executed" : "SELECT @@gtid_binlog_pos";
    try (MySqlServer server = start(vendor)) {
      assertThat(query(server, executed)).isEmpty();
      server.createDatabase("shop");
      server.execute("shop", "CREATE TABLE t (n int PRIMARY KEY)");
      assertThat(query(server, executed))
          .matches(vendor == MySqlVendor.MYSQL ? "[0-9a-f-]{36}:1-2" : "0-\\d+-2");
      assertThat(query(server, "SELECT @@binlog_format")).isEqualTo("ROW");
      assertThat(query(server, "SELECT @@binlog_row_metadata")).isEqualTo("FULL");
    }
  }

  @ParameterizedTest
  @EnumSource
  void takesItsUserWithThePasswordAndFilesOfTheClient(MySqlVendor vendor) throws Exception {
    Path file = Files.createTempFile("tidemark-rows-", ".tsv");
    try (MySqlServer server = start(vendor)) {
      Files.writeString(file, "1\n2\n");
      server.createDatabase("shop");
      try (Connection connection =
          DriverManager.getConnection(
              "jdbc:mysql://127.0.0.1:" + server.port() + "/shop?allowLoadLocalInfile=true",
              server.spec("shop").user(),
              server.spec("shop").password())) {
        connection.createStatement().execute("CREATE TABLE t (n int PRIMARY KEY)");
        connection
            .createStatement()
            .execute("LOAD DATA LOCAL INFILE '" + file + "' INTO TABLE t (n)");
      }
      assertThat(query(server, "SELECT sum(n) FROM shop.t")).isEqualTo("3");
    } finally {
      Files.delete(file);
    }
  }

  @ParameterizedTest
  @EnumSource
  void replicates(MySqlVendor vendor) throws Exception {
    CompletableFuture<MySqlServer> starting = CompletableFuture.supplyAsync(() -> start(vendor));
    try (MySqlServer replica = start(vendor);
        MySqlServer source = starting.join()) {
      source.createDatabase("shop");
      source.execute("shop", "CREATE TABLE t (n int PRIMARY KEY)", "INSERT INTO t VALUES (7)");
      replica.replicateFrom(source);
      replica.awaitTransactionsOf(source);
      assertThat(query(replica, "SELECT n FROM shop.t")).isEqualTo("7");
    }
  }

  @Test
  void hasThePluginsOfSemiSynchronousReplication() throws SQLException {
    try (MySqlServer server =
        start(
            MySqlVendor.MYSQL,
            "plugin_load_add=semisync_source.so",
            // A container initialises its data before plugins are loaded.
            "loose_rpl_semi_sync_source_enabled=ON")) {
      assertThat(query(server, "SELECT @@rpl_semi_sync_source_wait_point")).isEqualTo("AFTER_SYNC");
    }
  }

  @ParameterizedTest
  @EnumSource
  void bringsItsClients(MySqlVendor vendor) throws Exception {
    try (MySqlServer server = start(vendor)) {
      var command = new java.util.ArrayList<>(server.client("mysql").orElseThrow());
      command.addAll(java.util.List.of("-N", "-e", "SELECT 6 * 7"));
      assertThat(Command.run(command.toArray(String[]::new)).strip()).isEqualTo("42");
    }
  }

  private static MySqlServer start(MySqlVendor vendor, String... settings) {
    return (MySqlServer) ServerOrder.mySql(vendor, settings).start();
  }

  private static String query(MySqlServer server, String sql) throws SQLException {
    try (Connection connection = server.connect("");
        ResultSet rows = connection.createStatement().executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
