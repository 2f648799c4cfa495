package io.tidemark.cli;

import static io.tidemark.cli.CommandRun.await;
import static io.tidemark.cli.CommandRun.jobFile;
import static io.tidemark.cli.CommandRun.number;
import static io.tidemark.cli.CommandRun.run;
import static io.tidemark.cli.CommandRun.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import io.tidemark.lab.ServerData;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A target whose folder of data is put back, the ledger with it, is the target of then: the stream
 * goes on from there if the source still has its log, and is refused if not. Tables that are put
 * back without the ledger are refused.
 */
@Timeout(300)
class RestoredTargetIT {

  @MySql private static MySqlServer mysql;
  @Postgres private static PostgresServer postgres;
  @MySql private static MySqlServer mysqlTarget;
  @MariaDb private static MySqlServer mariaDbTarget;
  @Postgres private static PostgresServer postgresTarget;

  /** Whether the slot has given back the log of the first row that the job copied. */
  private static final String LOG_GIVEN_BACK =
      "SELECT count(*) FROM pg_replication_slots, aside.written"
          + " WHERE database = current_database() AND confirmed_flush_lsn > place";

  @TempDir private Path directory;

  /** From where to where. */
  enum Pair {
    MYSQL_TO_POSTGRES,
    MYSQL_TO_MYSQL,
    MYSQL_TO_MARIADB,
    POSTGRES_TO_POSTGRES;

    Server source() {
      return this == POSTGRES_TO_POSTGRES ? postgres : mysql;
    }

    Server target() {
      return switch (this) {
        case MYSQL_TO_MYSQL -> mysqlTarget;
        case MYSQL_TO_MARIADB -> mariaDbTarget;
        case MYSQL_TO_POSTGRES, POSTGRES_TO_POSTGRES -> postgresTarget;
      };
    }

    /** MySQL keeps its log for everybody, and PostgreSQL no longer than the stream needs it. */
    boolean keepsLog() {
      return this != POSTGRES_TO_POSTGRES;
    }

    String database() {
      return "back_" + ordinal();
    }

    String schema() {
      return this == POSTGRES_TO_POSTGRES ? "public" : database();
    }
  }

  @ParameterizedTest
  @EnumSource(Pair.class)
  void aTargetThatIsPutBackGoesOnFromThereOrIsRefused(Pair pair) throws Exception {
    String name = pair.database();
    pair.source().createDatabase(name);
    pair.target().createDatabase(name);
    pair.source()
        .execute(
            name,
            "CREATE TABLE t (id INT PRIMARY KEY, v INT)",
            "CREATE TABLE u (id INT PRIMARY KEY, v INT)",
            "INSERT INTO t VALUES (1, 1), (2, 2)",
            "INSERT INTO u VALUES (1, 1)");
    Path file =
        jobFile(
            directory,
            name,
            pair.source().spec(name),
            pair.target().spec(name),
            pair.schema() + ".*");
    copied(file);
    try (ServerData data = ServerData.of(pair.target())) {
      pair.target().kill();
      data.copyAs("then");
      pair.target().startAgain();
      try (JobRun job = start(file)) {
        write(pair, "INSERT INTO t VALUES (3, 3)");
        if (!pair.keepsLog()) {
          write(pair, "CREATE SCHEMA aside");
          write(pair, "CREATE TABLE aside.written AS SELECT pg_current_wal_lsn() AS place");
        }
        write(pair, "UPDATE t SET v = 20 WHERE id = 2");
        write(pair, "DELETE FROM t WHERE id = 1");
        await(() -> sum(pair, pair.target(), "t") == 23);
        if (!pair.keepsLog()) {
          // A checkpoint gives it back: until then the stream could go on from before.
          await(() -> number(pair.source(), name, LOG_GIVEN_BACK) == 1);
        }
        assertThat(job.stop(Duration.ofSeconds(30))).isTrue();
      }
      pair.target().kill();
      data.putBack("then");
      pair.target().startAgain();
    }
    assertThat(sum(pair, pair.target(), "t")).isEqualTo(3);
    write(pair, "INSERT INTO t VALUES (4, 4)");
    if (!pair.keepsLog()) {
      CommandRun.Result refused = run("run", file.toString(), "--until-consistent");
      assertThat(refused.exitCode()).as(refused.printed()).isOne();
      assertThat(refused.printed()).contains("set back", "./tidemark drop");
      assertThat(sum(pair, pair.target(), "t")).isEqualTo(3);
      return;
    }
    try (JobRun job = start(file)) {
      await(() -> sum(pair, pair.target(), "t") == 27);
      assertThat(job.stop(Duration.ofSeconds(30))).isTrue();
    }
    restoredWithoutItsLedger(pair, file);
  }

  /** From a dump of an earlier time, as dumps do it: the table is made anew and filled. */
  private static void restoredWithoutItsLedger(Pair pair, Path file) throws Exception {
    String table = pair.schema() + ".t";
    pair.target()
        .execute(
            pair.database(),
            "DROP TABLE " + table,
            "CREATE TABLE " + table + " (id INT PRIMARY KEY, v INT)",
            "INSERT INTO " + table + " VALUES (1, 1), (2, 2)");
    for (String command : new String[] {"check", "run"}) {
      CommandRun.Result refused = run(command, file.toString());
      assertThat(refused.exitCode()).as(refused.printed()).isOne();
      assertThat(refused.printed()).contains("table " + table);
    }
  }

  private static void write(Pair pair, String statement) throws Exception {
    pair.source().execute(pair.database(), statement);
  }

  private static long sum(Pair pair, Server server, String table) {
    return number(server, pair.database(), "SELECT sum(v) FROM " + pair.schema() + "." + table);
  }

  private static void copied(Path file) {
    CommandRun.Result result = run("run", file.toString(), "--until-consistent");
    assertThat(result.exitCode()).as(result.printed()).isZero();
  }
}
