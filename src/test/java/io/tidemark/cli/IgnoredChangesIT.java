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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A job that passes over changes of tables keeps copying what it copied, whenever its parts are
 * started again: the catalog is then younger than the log.
 */
@Timeout(300)
class IgnoredChangesIT {

  @MySql private static MySqlServer mysql;
  @MariaDb private static MySqlServer mariadb;
  @Postgres private static PostgresServer target;

  @TempDir private Path directory;

  private Path create(MySqlServer source, String name, String more) throws Exception {
    source.createDatabase(name);
    target.execute("postgres", "CREATE DATABASE " + name);
    source.execute(
        name,
        "CREATE TABLE t (id int PRIMARY KEY, c int, v int)",
        "INSERT INTO t VALUES (1, 1, 1), (2, 2, 2)");
    Path file = jobFile(directory, name, source.spec(name), target.spec(name), name + ".*");
    return Files.writeString(file, Files.readString(file).replace("source: {", "source: {" + more));
  }

  private static final String IGNORE = "schema-changes: ignore, ";

  @ParameterizedTest
  @ValueSource(
      strings = {"ALTER TABLE t DROP COLUMN c", "ALTER TABLE t RENAME COLUMN c TO former_c"})
  void aCopiedColumnThatGoesIsNamedAtEveryStart(String change) throws Exception {
    String name = change.contains("DROP") ? "ignore_drop" : "ignore_rename";
    Path file = create(mysql, name, IGNORE);
    try (JobRun job = start(file)) {
      await(() -> job.progress().filter(StreamProgress::finished).isPresent());
      mysql.execute(name, change);
      assertThat(job.awaitEnd(Duration.ofMinutes(1))).isTrue();
    }
    for (String command : new String[] {"check", "run", "run"}) {
      CommandRun.Result refused = run(command, file.toString());
      assertThat(refused.exitCode()).as(refused.printed()).isOne();
      assertThat(refused.printed()).contains("columns [c] of table " + name + ".t");
    }
  }

  /** The target computes it, by what it was made with. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ALTER TABLE t MODIFY g int AS (v * 3) STORED",
        "ALTER TABLE t RENAME COLUMN g TO h",
        "ALTER TABLE t MODIFY G int"
      })
  void aGeneratedColumnThatChangesStopsTheJob(String change) throws Exception {
    String name = "ignore_generated_" + Math.abs(change.hashCode());
    Path file = create(mariadb, name, IGNORE);
    mariadb.execute(name, "ALTER TABLE t ADD g int AS (v * 2) STORED");
    try (JobRun job = start(file)) {
      await(() -> job.progress().filter(StreamProgress::finished).isPresent());
      mariadb.execute(name, change, "INSERT INTO t (id, c, v) VALUES (3, 3, 3)");
      assertThat(job.awaitEnd(Duration.ofMinutes(1))).isTrue();
      assertThat(job.fatalFailure().orElseThrow())
          .hasStackTraceContaining("is generated: the target goes on");
    }
    assertThat(number(target, name, "SELECT count(*) FROM %s.t".formatted(name))).isEqualTo(2);
  }

  @Test
  void anAddedColumnIsLeftOutByEveryStartOfMySql() throws Exception {
    anAddedColumnIsLeftOut(mysql, "ignore_added");
  }

  @Test
  void anAddedColumnIsLeftOutByEveryStartOfMariaDb() throws Exception {
    anAddedColumnIsLeftOut(mariadb, "ignore_added_maria");
  }

  private void anAddedColumnIsLeftOut(MySqlServer source, String name) throws Exception {
    Path file = create(source, name, IGNORE);
    String rows = "SELECT count(*) FROM %s.t".formatted(name);
    String values = "SELECT count(*) FROM %s.t WHERE w IS NOT NULL".formatted(name);
    try (JobRun job = start(file)) {
      await(() -> job.progress().filter(StreamProgress::finished).isPresent());
      source.execute(name, "ALTER TABLE t ADD w int DEFAULT 7");
      source.execute(name, "INSERT INTO t VALUES (3, 3, 3, 3)");
      await(() -> number(target, name, rows) == 3);
      target.execute(name, "ALTER TABLE %s.t ADD w int".formatted(name));
      // Flink starts the job again, which asks the catalog again.
      long epoch = number(target, name, "SELECT epoch FROM tidemark.stream");
      target.execute(
          "postgres",
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'"
              .formatted(name));
      source.execute(name, "INSERT INTO t VALUES (4, 4, 4, 4)");
      await(() -> number(target, name, rows) == 4);
      assertThat(number(target, name, "SELECT epoch FROM tidemark.stream")).isGreaterThan(epoch);
      assertThat(number(target, name, values)).isZero();
      assertThat(job.stop(Duration.ofSeconds(30))).isTrue();
    }
    source.execute(name, "INSERT INTO t VALUES (5, 5, 5, 5)");
    for (String more : new String[] {IGNORE, ""}) {
      Path again =
          Files.writeString(
              directory.resolve("again.yaml"), Files.readString(file).replace(IGNORE, more));
      CommandRun.Result went = run("run", again.toString(), "--until-consistent");
      assertThat(went.exitCode()).as(went.printed()).isZero();
      assertThat(went.printed()).contains("added since it was copied, and not copied: w");
      assertThat(number(target, name, rows)).isEqualTo(5);
      assertThat(number(target, name, values)).isZero();
    }
  }

  /** The way on that the message names. */
  @Test
  void aJobThatAnAddedColumnHasStoppedGoesOnOnceItPassesOverIt() throws Exception {
    Path file = create(mysql, "ignore_later", "");
    try (JobRun job = start(file)) {
      await(() -> job.progress().filter(StreamProgress::finished).isPresent());
      mysql.execute("ignore_later", "ALTER TABLE t ADD w int DEFAULT 7");
      mysql.execute("ignore_later", "INSERT INTO t VALUES (3, 3, 3, 3)");
      assertThat(job.awaitEnd(Duration.ofMinutes(1))).isTrue();
    }
    assertThat(run("run", file.toString(), "--until-consistent").printed())
        .contains("or set source.schema-changes: ignore, which goes on");
    Files.writeString(file, Files.readString(file).replace("source: {", "source: {" + IGNORE));
    CommandRun.Result went = run("run", file.toString(), "--until-consistent");
    assertThat(went.exitCode()).as(went.printed()).isZero();
    assertThat(number(target, "ignore_later", "SELECT count(*) FROM ignore_later.t")).isEqualTo(3);
  }
}
