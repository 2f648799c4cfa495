package io.tidemark.cli;

import static io.tidemark.cli.CommandRun.await;
import static io.tidemark.cli.CommandRun.jobFile;
import static io.tidemark.cli.CommandRun.number;
import static io.tidemark.cli.CommandRun.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Unique values change places in one statement, which the source's deferrable key allows, where the
 * target's key is not deferrable: neither the set nor the replay row by row has a valid order.
 */
@Timeout(300)
class SwapsIT {

  @Postgres private static PostgresServer source;
  @Postgres private static PostgresServer postgres;
  @MySql private static MySqlServer mysql;
  @MariaDb private static MySqlServer mariaDb;

  @TempDir Path directory;

  /** Where to. */
  enum To {
    POSTGRES,
    MYSQL,
    MARIADB;

    Server server() {
      return this == POSTGRES ? postgres : this == MYSQL ? mysql : mariaDb;
    }
  }

  /** The text is too long to be in the row, and stays out of the log where it is not changed. */
  private static final String[] SOURCE = {
    "CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL UNIQUE DEFERRABLE, note text, c int,"
        + " at timestamp(6) NOT NULL DEFAULT '2020-01-02 03:04:05.678')",
    "ALTER TABLE t ALTER note SET STORAGE EXTERNAL",
    "INSERT INTO t SELECT i, i, repeat('x', 3000) || i, 0 FROM generate_series(1, 200) AS i",
    "CREATE TABLE child (id int PRIMARY KEY, t int)",
    "INSERT INTO child SELECT i, i FROM generate_series(1, 200) AS i",
    "CREATE TABLE k (id int PRIMARY KEY DEFERRABLE, n int)",
    "ALTER TABLE k REPLICA IDENTITY FULL",
    "INSERT INTO k SELECT i, i FROM generate_series(1, 20) AS i"
  };

  private static final String[] SWAPS = {
    "UPDATE t SET v = 3 - v WHERE v IN (1, 2)",
    "UPDATE t SET v = 201 - v",
    "UPDATE t SET v = v + 1",
    // Whole rows and such with a value that the log leaves out, in one circle.
    "UPDATE t SET v = CASE v WHEN 11 THEN 12 WHEN 12 THEN 13 ELSE 11 END,"
        + " note = CASE v WHEN 12 THEN 'short' ELSE note END WHERE v IN (11, 12, 13)",
    "UPDATE k SET id = 21 - id",
    "UPDATE k SET id = id + 1",
    "BEGIN; UPDATE t SET v = 43 - v WHERE v IN (21, 22); DELETE FROM t WHERE v = 21;"
        + " INSERT INTO t VALUES (5000, 21, 'new', 1); UPDATE t SET c = 7 WHERE v IN (21, 22); COMMIT",
    "BEGIN; UPDATE t SET v = 63 - v WHERE v IN (31, 32); TRUNCATE t; INSERT INTO t VALUES"
        + " (1, 1, 'a', 1), (2, 2, 'b', 2); UPDATE t SET v = 3 - v; COMMIT"
  };

  @ParameterizedTest
  @EnumSource(To.class)
  void uniqueValuesChangePlaces(To to) throws Exception {
    String name = "swaps_" + to.name().toLowerCase(java.util.Locale.ROOT);
    source.execute("postgres", "CREATE DATABASE " + name);
    source.execute(name, SOURCE);
    to.server().createDatabase(name);
    String schema = to == To.POSTGRES ? "public" : name;
    Path file = jobFile(directory, name, source.spec(name), to.server().spec(name), "public.*");
    Files.writeString(
        file, Files.readString(file) + "rename: {schemas: {public: " + schema + "}}\n");
    try (JobRun job = start(file)) {
      await(() -> job.progress().filter(StreamProgress::finished).isPresent());
      assertThat(job.stop(Duration.ofSeconds(30))).isTrue();
    }
    boolean deferrable = to == To.POSTGRES;
    to.server()
        .execute(
            name,
            deferrable ? "ALTER TABLE t DROP CONSTRAINT t_v_key" : "SELECT 1",
            deferrable ? "ALTER TABLE k DROP CONSTRAINT k_pkey" : "SELECT 1",
            "CREATE UNIQUE INDEX t_once ON t (v)",
            "CREATE UNIQUE INDEX k_once ON k (id)",
            "ALTER TABLE t ADD own int DEFAULT 5",
            "UPDATE t SET own = id",
            "ALTER TABLE child ADD FOREIGN KEY (t) REFERENCES t (id) ON DELETE CASCADE");
    // MySQL and MariaDB write a table anew for some of these, and the stream is told so.
    to.server().execute(name, "DELETE FROM tidemark.memory WHERE about LIKE 'target rows %'");
    try (JobRun job = start(file)) {
      int done = 0;
      for (String swap : SWAPS) {
        if (swap.contains("TRUNCATE")) {
          // Before nothing of what was the source's is there any more.
          assertThat(number(to.server(), name, "SELECT count(*) FROM t WHERE own = id"))
              .isEqualTo(199);
          assertThat(number(to.server(), name, "SELECT count(*) FROM child")).isEqualTo(200);
        }
        source.execute(name, swap);
        done++;
        String mark = Integer.toString(-done);
        source.execute(name, "INSERT INTO child VALUES (" + mark + ", " + mark + ")");
        await(
            () -> number(to.server(), name, "SELECT count(*) FROM child WHERE id = " + mark) == 1);
        for (String table : new String[] {"t", "k"}) {
          assertThat(rows(to.server(), name, table)).as(swap).isEqualTo(rows(source, name, table));
        }
        if (swap.contains("5000")) {
          assertThat(number(to.server(), name, "SELECT own FROM t WHERE id = 5000"))
              .as("what the target gives to a new row")
              .isEqualTo(5);
        }
        source.execute(name, "DELETE FROM child WHERE id = " + mark);
        await(() -> number(to.server(), name, "SELECT min(id) FROM child") > 0);
      }
      assertThat(number(to.server(), name, "SELECT count(*) FROM t WHERE own = 5")).isEqualTo(2);
      assertThat(job.stop(Duration.ofSeconds(30))).isTrue();
    }
  }

  private static List<String> rows(Server server, String database, String table)
      throws SQLException {
    String columns = table.equals("t") ? "id, v, note, c" : "id, n";
    List<String> rows = new ArrayList<>();
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement();
        ResultSet read =
            statement.executeQuery("SELECT " + columns + " FROM " + table + " ORDER BY 1")) {
      while (read.next()) {
        StringBuilder row = new StringBuilder();
        for (int i = 1; i <= read.getMetaData().getColumnCount(); i++) {
          row.append(read.getString(i)).append('|');
        }
        rows.add(row.toString());
      }
    }
    return rows;
  }
}
