package io.tidemark.cli;

import static io.tidemark.cli.CommandRun.jobFile;
import static io.tidemark.cli.CommandRun.number;
import static io.tidemark.cli.CommandRun.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.job.JobFile;
import io.tidemark.job.PreparedJob;
import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import io.tidemark.settings.ConnectionSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A copied table that goes while no job runs is not one that the job was told to leave out: the
 * next start names it, and goes on once it was told.
 */
@Timeout(300)
class GoneTableIT {

  @MySql private static MySqlServer mysql;
  @MariaDb private static MySqlServer mariadb;
  @Postgres private static PostgresServer postgres;
  @Postgres private static PostgresServer target;

  @TempDir private Path directory;

  private enum Source {
    MYSQL,
    MARIADB,
    POSTGRES;

    Server server() {
      return switch (this) {
        case MYSQL -> mysql;
        case MARIADB -> mariadb;
        case POSTGRES -> postgres;
      };
    }

    /** Makes a database, at PostgreSQL one with a schema of this name. */
    void create(String database) throws Exception {
      if (this == POSTGRES) {
        postgres.execute("postgres", "CREATE DATABASE " + database);
        postgres.execute(database, "CREATE SCHEMA " + database);
      } else {
        ((MySqlServer) server()).createDatabase(database);
      }
      target.execute("postgres", "CREATE DATABASE " + database);
      server()
          .execute(
              database,
              "CREATE TABLE %s.t (id int PRIMARY KEY)".formatted(database),
              "CREATE TABLE %s.u (id int PRIMARY KEY)".formatted(database),
              "INSERT INTO %s.t VALUES (1)".formatted(database),
              "INSERT INTO %s.u VALUES (1), (2)".formatted(database));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "MYSQL, DROP TABLE %s.u, 0",
    "MARIADB, DROP TABLE %s.u, 0",
    "POSTGRES, DROP TABLE %s.u, 0",
    "MYSQL, ALTER TABLE %1$s.u RENAME TO %1$s.w, 2",
    "MARIADB, ALTER TABLE %1$s.u RENAME TO %1$s.w, 2",
    "POSTGRES, ALTER TABLE %s.u RENAME TO w, 2",
  })
  void whatGoesWhileNoJobRunsIsNamedUntilTheJobIsToldToLeaveItOut(
      Source source, String goes, int underItsOtherName) throws Exception {
    String schema = source.name().toLowerCase(Locale.ROOT) + "_" + underItsOtherName;
    source.create(schema);
    Path file =
        jobFile(
            directory, schema, source.server().spec(schema), target.spec(schema), schema + ".*");
    completes(file);

    source.server().execute(schema, goes.formatted(schema));
    refused(file, schema + ".u");
    source.server().execute(schema, "INSERT INTO " + schema + ".t VALUES (2)");
    refused(file, schema + ".u");

    Files.writeString(
        file,
        Files.readString(file)
            .replace("\"" + schema + ".*\"", "[\"%1$s.*\", \"!%1$s.u\"]".formatted(schema)));
    if (underItsOtherName > 0) {
      followAdvice(source, schema, file);
    }
    completes(file);
    assertThat(number(target, schema, "SELECT count(*) FROM %s.t".formatted(schema))).isEqualTo(2);
    assertThat(number(target, schema, "SELECT count(*) FROM %s.u".formatted(schema))).isEqualTo(2);
    if (underItsOtherName > 0) {
      assertThat(number(target, schema, "SELECT count(*) FROM %s.w".formatted(schema)))
          .isEqualTo(underItsOtherName);
    }
    assertThat(run("check", file.toString()).printed()).doesNotContain("ERROR");
  }

  @Test
  void whatGoesBetweenThePreparationAndTheStartIsNamed() throws Exception {
    String schema = "between";
    Source.MYSQL.create(schema);
    Path file =
        jobFile(directory, schema, mysql.spec(schema), target.spec(schema), "between.t, between.u");
    Files.writeString(
        file, Files.readString(file).replace("\"between.t, between.u\"", "[between.t, between.u]"));
    completes(file);
    PreparedJob prepared = PreparedJob.prepare(JobFile.read(file), line -> {}).orElseThrow();
    mysql.execute(schema, "RENAME TABLE between.u TO between.w");
    try (JobRun job = JobRun.start(prepared, Optional.empty(), 0)) {
      assertThat(job.awaitEnd(Duration.ofMinutes(1))).isTrue();
      assertThat(job.fatalFailure().orElseThrow())
          .rootCause()
          .hasMessageContaining("table \"between.u\": the stream has copied");
    }
    mysql.execute(schema, "RENAME TABLE between.w TO between.u");
    assertThat(run("run", file.toString(), "--until-consistent").printed())
        .as("that the ledger has not forgotten the table: the log has the statements about it")
        .contains("table between.u was changed at the source");
  }

  /** MySQL's catalog says nothing of what its reader may not read, not even that it is there. */
  @Test
  void whatTheJobMayNoLongerReadIsNotLeftOutEither() throws Exception {
    String schema = "hidden";
    Source.MYSQL.create(schema);
    mysql.execute(
        schema,
        "CREATE USER hidden IDENTIFIED BY 'hidden-secret'",
        "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO hidden",
        "GRANT LOCK TABLES ON hidden.* TO hidden",
        "GRANT SELECT ON hidden.t TO hidden",
        "GRANT SELECT ON hidden.u TO hidden");
    ConnectionSpec whole = mysql.spec(schema);
    ConnectionSpec least = new ConnectionSpec(whole.url(), "hidden", "hidden-secret");
    Path file = jobFile(directory, schema, least, target.spec(schema), schema + ".*");
    completes(file);

    mysql.execute(schema, "REVOKE SELECT ON hidden.u FROM hidden");
    mysql.execute(schema, "INSERT INTO hidden.u VALUES (3)");
    refused(file, "hidden.u");
    mysql.execute(schema, "GRANT SELECT ON hidden.u TO hidden");
    completes(file);
    assertThat(number(target, schema, "SELECT count(*) FROM hidden.u")).isEqualTo(3);
  }

  /** What stands in the way of the table under its other name, and the way on that is said. */
  private static void followAdvice(Source source, String schema, Path file) throws Exception {
    String said = run("run", file.toString(), "--until-consistent").printed();
    if (source == Source.POSTGRES) {
      assertThat(said).contains("\"u_pkey\" already exists", "rename or drop it");
      target.execute(schema, "ALTER TABLE %s.u DROP CONSTRAINT u_pkey".formatted(schema));
      return;
    }
    assertThat(said)
        .contains(
            "table " + schema + ".w was changed at the source",
            "take the table out of source.tables for one start");
    String whole = Files.readString(file);
    String without = "\"!" + schema + ".u\"";
    Files.writeString(file, whole.replace(without, without + ", \"!" + schema + ".w\""));
    completes(file);
    target.execute(schema, "TRUNCATE %s.w".formatted(schema));
    Files.writeString(file, whole);
  }

  private static void completes(Path file) {
    assertThat(run("run", file.toString(), "--until-consistent"))
        .satisfies(went -> assertThat(went.exitCode()).as(went.printed()).isZero());
  }

  private static void refused(Path file, String table) {
    for (String command : new String[] {"check", "run"}) {
      assertThat(run(command, file.toString()))
          .satisfies(
              result -> {
                assertThat(result.exitCode()).as(result.printed()).isOne();
                assertThat(result.printed()).contains("ERROR").contains(table);
              });
    }
  }
}
