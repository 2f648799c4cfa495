package io.tidemark.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.mysql.session.MySqlErrors;
import io.tidemark.database.postgres.session.PostgresErrors;
import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What servers say where something is not as it was goes on with what to do about it. */
class WayOnIT {

  private static final String TABLES =
      "CREATE TABLE t (id int PRIMARY KEY, g int GENERATED ALWAYS AS (id + 1) STORED,"
          + " CONSTRAINT positive CHECK (id > 0))";

  @Postgres private static PostgresServer postgres;
  @MySql private static MySqlServer mysql;
  @MariaDb private static MySqlServer mariadb;

  @Test
  void isSaidOfPostgres() throws SQLException {
    postgres.execute("postgres", "CREATE DATABASE way");
    postgres.execute(
        "way",
        TABLES,
        "CREATE TABLE parts (id int) PARTITION BY LIST (id)",
        "CREATE TABLE part PARTITION OF parts FOR VALUES IN (1)");
    said(
        postgres,
        Map.of(
            "CREATE INDEX t ON t (id)", DatabaseException.TAKEN,
            "CREATE TABLE t (id int)", DatabaseException.TAKEN,
            "INSERT INTO t (id, g) VALUES (1, 1)", DatabaseException.GENERATED,
            "INSERT INTO parts VALUES (2)", DatabaseException.NO_PARTITION,
            "SELECT no_such_function()", DatabaseException.SAYS_SO,
            "SELECT 1 FROM nowhere", DatabaseException.NOT_THERE,
            "SELECT nothing FROM t", DatabaseException.NOT_THERE));
    SQLException lost = failureOf(() -> postgres.connect("no_such_database"));
    assertThat(PostgresErrors.classify("connecting", lost))
        .hasMessageEndingWith(DatabaseException.NO_DATABASE);
  }

  @Test
  void isSaidOfMySqlAndMariaDb() throws SQLException {
    for (MySqlServer server : new MySqlServer[] {mysql, mariadb}) {
      server.createDatabase("way");
      server.execute(
          "way",
          TABLES,
          "CREATE TABLE parts (id int) PARTITION BY LIST (id) (PARTITION p VALUES IN (1))",
          "CREATE TABLE u (id int, KEY k (id))");
      said(
          server,
          Map.of(
              "CREATE INDEX k ON u (id)", DatabaseException.TAKEN,
              "CREATE TABLE t (id int)", DatabaseException.TAKEN,
              "INSERT INTO t (id, g) VALUES (1, 1)", DatabaseException.GENERATED,
              "INSERT INTO parts VALUES (2)", DatabaseException.NO_PARTITION,
              "SELECT no_such_function()", DatabaseException.SAYS_SO,
              "SELECT 1 FROM nowhere", DatabaseException.NOT_THERE,
              "SELECT nothing FROM t", DatabaseException.NOT_THERE,
              "USE no_such_database", DatabaseException.NO_DATABASE));
    }
  }

  private static void said(Server server, Map<String, String> wayOn) throws SQLException {
    try (Connection connection = server.connect("way");
        Statement statement = connection.createStatement()) {
      wayOn.forEach(
          (sql, expected) -> {
            SQLException refused = failureOf(() -> statement.execute(sql));
            DatabaseException said =
                server == postgres
                    ? PostgresErrors.classify("doing it", refused)
                    : MySqlErrors.classify("doing it", refused);
            assertThat(said).as(sql).hasMessageEndingWith(expected);
          });
    }
  }

  private interface Attempt {
    void make() throws SQLException;
  }

  private static SQLException failureOf(Attempt attempt) {
    try {
      attempt.make();
    } catch (SQLException e) {
      return e;
    }
    throw new AssertionError("the server was to refuse it");
  }
}
