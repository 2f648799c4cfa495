package io.tidemark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.lab.Loans;
import io.tidemark.lab.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** More tables than a server has locks: none of a job's transactions may hold one of each. */
@Timeout(600)
class ManyTablesIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  private static final int TABLES = 1_500;

  /**
   * A table of locks with 10 entries for each of about 60 sessions and processes, and some more.
   */
  private static final String[] FEW_LOCKS = {"max_locks_per_transaction=10", "max_connections=40"};

  @TempDir private Path directory;

  @Test
  void areCopiedFollowedAndForgotten() throws Exception {
    PostgresServer source = LOANS.postgres("source", FEW_LOCKS);
    PostgresServer target = LOANS.postgres("target", FEW_LOCKS);
    source.createDatabase("many");
    target.createDatabase("many");
    create(source, 0, TABLES);
    Path file =
        CommandRun.jobFile(directory, "many", source.spec("many"), target.spec("many"), "public.*");
    CommandRun.run("run", file.toString(), "--until-consistent").requires(0, "consistent");
    assertThat(rows(target, TABLES)).isEqualTo(3L * TABLES);
    // More of them, which join the stream that there is.
    create(source, TABLES, TABLES + 100);
    write(source, TABLES + 50, TABLES + 100);
    CommandRun.run("run", file.toString(), "--until-consistent").requires(0, "consistent");
    assertThat(rows(target, TABLES + 100)).isEqualTo(3L * (TABLES + 100) + 50);
    CommandRun.run("check", file.toString()).requires(0, "nothing stands in the way");
    Files.writeString(
        file, Files.readString(file).replace("\"public.*\"", "[\"public.*\", \"!public.t9*\"]"));
    CommandRun.run("run", file.toString(), "--until-consistent").requires(0, "consistent");
    CommandRun.run("drop", "--yes", file.toString()).requires(0, "");
  }

  private static void create(PostgresServer server, int from, int to) throws Exception {
    each(
        server,
        from,
        to,
        "EXECUTE format('CREATE TABLE t%s (id serial PRIMARY KEY, v text)', i);"
            + " EXECUTE format('INSERT INTO t%s (v) SELECT ''v'' FROM generate_series(1, 3)', i)");
  }

  private static void write(PostgresServer server, int from, int to) throws Exception {
    each(server, from, to, "EXECUTE format('INSERT INTO t%s (v) VALUES (''late'')', i)");
  }

  private static void each(PostgresServer server, int from, int to, String does) throws Exception {
    try (Connection connection = server.connect("many");
        Statement statement = connection.createStatement()) {
      for (int first = from; first < to; first += 100) {
        statement.execute(
            "DO $$ BEGIN FOR i IN %d..%d LOOP %s; END LOOP; END $$"
                .formatted(first, Math.min(to, first + 100) - 1, does));
      }
    }
  }

  private static long rows(PostgresServer server, int tables) throws Exception {
    long rows = 0;
    for (int first = 0; first < tables; first += 100) {
      StringBuilder sql = new StringBuilder("SELECT sum(n) FROM (");
      for (int i = first; i < Math.min(tables, first + 100); i++) {
        sql.append(i == first ? "" : " UNION ALL ").append("SELECT count(*) AS n FROM t").append(i);
      }
      rows += CommandRun.number(server, "many", sql.append(") AS counts").toString());
    }
    return rows;
  }
}
