package io.tidemark.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PostgresServerIT {

  @Test
  void isReadyForLogicalReplicationAndKeepsCommitsThroughRestartAndCrash() throws SQLException {
    try (PostgresServer server = new PostgresServer(Map.of("application_name", "it's"))) {
      server.createDatabase("shop");
      server.execute("shop", "CREATE TABLE t (n int)", "INSERT INTO t VALUES (1)");
      assertThat(query(server, "SHOW wal_level")).isEqualTo("logical");
      long first = server.pid();
      server.restart();
      server.execute("shop", "INSERT INTO t VALUES (2)");
      try (Connection open = server.connect("shop")) {
        assertThat(open.isValid(5)).isTrue();
        server.crash();
      }
      assertThat(server.pid()).isNotEqualTo(first);
      assertThat(query(server, "SELECT sum(n) FROM t")).isEqualTo("3");
      server.configure(Map.of("wal_sender_timeout", "7s"));
      server.execute("shop", "CREATE EXTENSION hstore", "CREATE EXTENSION citext");
    }
  }

  @Test
  void twoServersStartAtOnce() throws Exception {
    var other = java.util.concurrent.CompletableFuture.supplyAsync(PostgresServer::new);
    try (PostgresServer one = new PostgresServer();
        PostgresServer two = other.join()) {
      assertThat(one.port()).isNotEqualTo(two.port());
    }
  }

  private static String query(PostgresServer server, String sql) throws SQLException {
    try (Connection connection = server.connect("shop");
        ResultSet rows = connection.createStatement().executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
