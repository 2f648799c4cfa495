package io.tidemark.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Servers come as good as new, whatever was done to them before. */
class LentServersIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  @RegisterExtension final Loans ofEachTest = new Loans();

  @Postgres static PostgresServer first;
  @Postgres static PostgresServer second;

  @Postgres("max_prepared_transactions=7")
  PostgresServer withSettings;

  @BeforeAll
  static void canUseThem() throws SQLException {
    first.createDatabase("before");
  }

  @AfterAll
  static void canStillUseThem() throws SQLException {
    first.execute("before", "SELECT 1");
  }

  @Test
  void everyFieldAndParameterHasAServerOfItsOwn(@Postgres PostgresServer third) throws Exception {
    assertThat(List.of(first.port(), second.port(), third.port(), withSettings.port()))
        .doesNotHaveDuplicates();
    assertThat(rows(withSettings, "postgres", "SHOW max_prepared_transactions"))
        .containsExactly("7");
  }

  @Nested
  class Inside {
    @Postgres PostgresServer own;

    @Test
    void aNestedClassSeesTheServersAroundIt() {
      assertThat(first.isRunning()).isTrue();
      assertThat(List.of(first.port(), second.port(), withSettings.port()))
          .doesNotContain(own.port());
    }
  }

  @Test
  void aPostgresServerComesAsGoodAsNew() throws Exception {
    ServerOrder order = ServerOrder.postgres("max_prepared_transactions=5");
    ServerPool.Lent lent = ServerPool.OF_ALL_TESTS.lend(order);
    PostgresServer server = (PostgresServer) lent.server();
    server.createDatabase("it's");
    server.execute("postgres", "CREATE TABLE t (n int)");
    server.execute(
        "it's",
        "CREATE TABLE t (n int)",
        "CREATE PUBLICATION p FOR ALL TABLES",
        "SELECT pg_create_logical_replication_slot('kept', 'pgoutput')",
        "SELECT pg_replication_origin_create('o')",
        "CREATE ROLE reader LOGIN",
        "CREATE ROLE \"a \"\"b\"",
        "GRANT SELECT ON t TO reader",
        "ALTER ROLE postgres SET work_mem = '5MB'",
        "ALTER SYSTEM SET work_mem = '7MB'");
    server.reload();
    Connection preparing = server.connect("it's");
    preparing.setAutoCommit(false);
    Renewal.execute(preparing, "INSERT INTO t VALUES (1)");
    Renewal.execute(preparing, "PREPARE TRANSACTION 'it''s'");
    // Commits wait for it from now on.
    server.execute("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    server.reload();

    ServerPool.OF_ALL_TESTS.takeBack(lent);
    ServerPool.Lent again = ServerPool.OF_ALL_TESTS.lend(order);
    assertThat(again.server()).isSameAs(server);
    assertThat(preparing.isValid(5)).isFalse();
    assertThat(rows(server, "postgres", "SELECT datname FROM pg_database ORDER BY datname"))
        .containsExactly("postgres", "template0", "template1");
    for (String none :
        List.of(
            "pg_publication",
            "pg_replication_slots",
            "pg_replication_origin",
            "pg_prepared_xacts",
            "pg_db_role_setting",
            "pg_stat_user_tables",
            "pg_roles WHERE rolname !~ '^(pg_|postgres$)'")) {
      assertThat(rows(server, "postgres", "SELECT * FROM " + none)).as(none).isEmpty();
    }
    assertThat(rows(server, "postgres", "SHOW work_mem")).containsExactly("4MB");
    assertThat(rows(server, "postgres", "SHOW synchronous_standby_names")).containsExactly("");
    ServerPool.OF_ALL_TESTS.takeBack(again);
  }

  @ParameterizedTest
  @EnumSource
  void aServerOfMySqlsProtocolComesAsGoodAsNew(MySqlVendor vendor) throws Exception {
    ServerOrder order = ServerOrder.mySql(vendor, "sort_buffer_size=64K");
    ServerPool.Lent lent = ServerPool.OF_ALL_TESTS.lend(order);
    MySqlServer server = (MySqlServer) lent.server();
    String executed =
        vendor == MySqlVendor.MYSQL ? "SELECT @@gtid_executed" : "SELECT @@gtid_binlog_pos";
    server.createDatabase("it`s");
    server.execute(
        "it`s",
        "CREATE TABLE t (n int PRIMARY KEY)",
        "CREATE TABLE u (n int PRIMARY KEY, FOREIGN KEY (n) REFERENCES t (n))",
        "CREATE USER 'it''s'@'%' IDENTIFIED BY ''",
        "CREATE ROLE readers",
        "GRANT SELECT ON *.* TO readers",
        "SET GLOBAL sort_buffer_size = 32768",
        "SET GLOBAL sql_mode = 'ANSI_QUOTES'");
    DriverManager.getConnection("jdbc:mysql://127.0.0.1:" + server.port() + "/", "it's", "")
        .close();
    Connection preparing = server.connect("it`s");
    for (String sql :
        List.of(
            "XA START 'it''s', 'branch'",
            "INSERT INTO t VALUES (1)",
            "XA END 'it''s', 'branch'",
            "XA PREPARE 'it''s', 'branch'")) {
      Renewal.execute(preparing, sql);
    }
    Connection locking = server.connect("");
    server.execute("", "SET GLOBAL read_only = ON");
    Renewal.execute(locking, "FLUSH TABLES WITH READ LOCK");

    ServerPool.OF_ALL_TESTS.takeBack(lent);
    ServerPool.Lent again = ServerPool.OF_ALL_TESTS.lend(order);
    assertThat(again.server()).isSameAs(server);
    assertThat(locking.isValid(5)).isFalse();
    assertThat(rows(server, "", executed)).containsExactly("");
    assertThat(rows(server, "", "SHOW DATABASES LIKE 'it%'")).isEmpty();
    assertThat(rows(server, "", "SELECT user FROM mysql.user WHERE user IN ('it''s', 'readers')"))
        .isEmpty();
    assertThat(rows(server, "", "SELECT 1 FROM performance_schema.accounts WHERE user = 'it''s'"))
        .isEmpty();
    assertThat(rows(server, "", "XA RECOVER")).isEmpty();
    assertThat(rows(server, "", "SELECT @@global.read_only, @@global.sort_buffer_size"))
        .containsExactly("0 = 65536");
    assertThat(rows(server, "", "SELECT @@global.sql_mode").get(0)).contains("STRICT");
    ServerPool.OF_ALL_TESTS.takeBack(again);
  }

  @Test
  void aServerThatWasStoppedOrConfiguredIsNotLentAgain() throws Exception {
    ServerOrder order = ServerOrder.postgres("work_mem=6MB");
    ServerPool.Lent stopped = ServerPool.OF_ALL_TESTS.lend(order);
    stopped.server().kill();
    ServerPool.OF_ALL_TESTS.takeBack(stopped);
    ServerPool.Lent restarted = ServerPool.OF_ALL_TESTS.lend(order);
    assertThat(restarted.server()).isNotSameAs(stopped.server());
    restarted.server().restart();
    ServerPool.OF_ALL_TESTS.takeBack(restarted);
    assertThat(restarted.server().isRunning()).isFalse();
    ServerPool.Lent configured = ServerPool.OF_ALL_TESTS.lend(order);
    ((PostgresServer) configured.server()).configure(Map.of("work_mem", "8MB"));
    ServerPool.OF_ALL_TESTS.takeBack(configured);
    assertThat(configured.server().isRunning()).isFalse();
  }

  @Test
  void aServerThatRefusesToBeRenewedIsAFailureAndIsNotLentAgain() throws Exception {
    ServerPool.Lent lent = ServerPool.OF_ALL_TESTS.lend(ServerOrder.postgres());
    lent.server().execute("postgres", "ALTER DATABASE template1 ALLOW_CONNECTIONS false");
    assertThatThrownBy(() -> ServerPool.OF_ALL_TESTS.takeBack(lent))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("cannot be made as good as new");
    assertThat(lent.server().isRunning()).isFalse();
  }

  @Test
  void oneRoleHasOneServer() {
    PostgresServer one = LOANS.postgres("one");
    assertThat(LOANS.postgres("one")).isSameAs(one);
    assertThat(LOANS.postgres("other")).isNotSameAs(one);
  }

  @RepeatedTest(2)
  void loansOfATestAreGivenBackAfterIt() throws SQLException {
    ofEachTest.postgres("one").createDatabase("shop");
  }

  private static List<String> rows(Server server, String database, String sql) throws SQLException {
    try (Connection connection = server.connect(database)) {
      return Renewal.rows(connection, sql);
    }
  }
}
