package io.tidemark.cli;

import static io.tidemark.cli.CommandRun.await;
import static io.tidemark.cli.CommandRun.jobFile;
import static io.tidemark.cli.CommandRun.number;
import static io.tidemark.cli.CommandRun.run;
import static io.tidemark.cli.CommandRun.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.settings.ConnectionSpec;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a message tells to do is done, and helps. */
@Timeout(300)
class AdviceIT {

  private static final String HEAD = "-> ";

  @Postgres private static PostgresServer source;
  @Postgres private static PostgresServer target;

  @TempDir Path directory;

  private void databases(String name) throws SQLException {
    source.execute("postgres", "CREATE DATABASE " + name);
    target.execute("postgres", "CREATE DATABASE " + name);
  }

  private static List<String> advice(Path file) {
    return run("check", file.toString())
        .printed()
        .lines()
        .filter(line -> line.strip().startsWith(HEAD))
        .map(line -> line.substring(line.indexOf(HEAD) + HEAD.length()))
        .toList();
  }

  /** A table that keeps another one from being emptied holds nothing itself. */
  @Test
  void oneStatementEmptiesTablesWithForeignKeysBetweenThem() throws Exception {
    databases("filled");
    String[] tables = {
      "CREATE TABLE public.a (id int PRIMARY KEY)",
      "CREATE TABLE public.b (id int PRIMARY KEY REFERENCES public.a)",
      "CREATE TABLE public.\"C c\" (id int PRIMARY KEY REFERENCES public.b)",
      "INSERT INTO public.a VALUES (1)",
      "INSERT INTO public.b VALUES (1)"
    };
    source.execute("filled", tables);
    target.execute("filled", tables);
    Path file = jobFile(directory, "f", source.spec("filled"), target.spec("filled"), "public.*");
    List<String> advice = advice(file);
    assertThat(advice).singleElement().asString().startsWith("TRUNCATE TABLE ");

    target.execute("filled", advice.get(0).substring(0, advice.get(0).indexOf(';')));
    assertThat(run("check", file.toString()).exitCode()).isZero();
  }

  @Test
  void aSequenceThatNoColumnUsesIsNamedAndOneThatOneUsesIsNot() throws Exception {
    databases("numbers");
    source.execute(
        "numbers",
        "CREATE SEQUENCE public.by_name",
        "CREATE SEQUENCE public.by_column",
        "CREATE TABLE public.a (id int PRIMARY KEY DEFAULT nextval('public.by_column'),"
            + " n bigserial, i int GENERATED ALWAYS AS IDENTITY)");
    Path file = jobFile(directory, "n", source.spec("numbers"), target.spec("numbers"), "public.*");
    assertThat(run("check", file.toString()).printed())
        .contains("sequence public.by_name is used by no column that is copied: left out")
        .contains("preflight: 0 errors, 1 warning");
  }

  @Test
  void aRoleWithNothingIsGivenWhatItLacksByAFewStatements() throws Exception {
    databases("granted");
    source.execute(
        "granted",
        "CREATE ROLE owner",
        "CREATE ROLE copier LOGIN REPLICATION",
        "DO $$ BEGIN FOR i IN 1..300 LOOP"
            + " EXECUTE format('CREATE TABLE public.t%s (id int PRIMARY KEY)', i);"
            + " EXECUTE format('ALTER TABLE public.t%s OWNER TO owner', i); END LOOP; END $$");
    target.execute("granted", "CREATE ROLE copier LOGIN");
    Path file =
        jobFile(
            directory,
            "g",
            new ConnectionSpec(source.url("granted"), "copier", ""),
            new ConnectionSpec(target.url("granted"), "copier", ""),
            "public.*");
    List<String> advice = advice(file);
    assertThat(advice)
        .hasSizeLessThan(10)
        .anyMatch(line -> line.startsWith("GRANT USAGE, CREATE ON SCHEMA \"public\""))
        .anyMatch(line -> line.startsWith("GRANT SELECT ON ALL TABLES IN SCHEMA \"public\""));
    for (String line : advice) {
      String statement = line.lines().findFirst().orElseThrow().replaceAll(" \\(version.*", "");
      boolean atTarget =
          statement.contains("CREATE ON SCHEMA")
              || statement.contains("session_replication_role")
              || statement.contains("ON DATABASE");
      if (atTarget) {
        target.execute("granted", statement);
      }
      if (!statement.contains("session_replication_role")
          && !statement.contains("CREATE ON SCHEMA")) {
        source.execute("granted", statement);
      }
    }
    assertThat(run("check", file.toString()))
        .satisfies(checked -> assertThat(checked.exitCode()).as(checked.printed()).isZero());
    assertThat(run("run", file.toString(), "--until-consistent").exitCode()).isZero();
  }

  @Test
  void aTableThatAppearsWhileAJobRunsIsTakenInByTheNextOneAndEndsNone() throws Exception {
    databases("later");
    source.execute("later", "CREATE TABLE public.a (id int PRIMARY KEY)");
    Path file = jobFile(directory, "l", source.spec("later"), target.spec("later"), "public.*");
    try (JobRun job = start(file)) {
      await(() -> job.progress().filter(StreamProgress::finished).isPresent());
      source.execute(
          "later", "CREATE TABLE public.b (id int PRIMARY KEY)", "INSERT INTO public.b VALUES (1)");
      String epoch = "SELECT epoch FROM tidemark.stream";
      long before = number(target, "later", epoch);
      source.execute(
          "later",
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              + " WHERE application_name LIKE 'tidemark:l:%:control'");
      await(() -> number(target, "later", epoch) > before);
      source.execute("later", "INSERT INTO public.a VALUES (1)", "INSERT INTO public.b VALUES (2)");
      await(() -> number(target, "later", "SELECT count(*) FROM public.a") == 1);
      assertThat(job.awaitEnd(Duration.ZERO)).isFalse();
      assertThat(number(target, "later", "SELECT count(*) FROM pg_class WHERE relname = 'b'"))
          .isZero();
      assertThat(job.stop(Duration.ofSeconds(30))).isTrue();
    }
    assertThat(run("run", file.toString(), "--until-consistent").exitCode()).isZero();
    assertThat(number(target, "later", "SELECT count(*) FROM public.b")).isEqualTo(2);
  }
}
