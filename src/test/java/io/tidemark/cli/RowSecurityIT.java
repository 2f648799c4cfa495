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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A row security policy that appears in the middle, under a role that it binds: no row is left out
 * without a word. The log has all rows, whatever the policies say.
 */
@Timeout(300)
class RowSecurityIT {

  private static final String ROWS = "SELECT count(*) FROM public.t";

  @Postgres private static PostgresServer source;
  @Postgres private static PostgresServer target;

  @TempDir Path directory;

  /** The table is another one's, so that its policies bind the job's role. */
  private Path job(String name, int rows) throws Exception {
    source.execute("postgres", "CREATE DATABASE " + name);
    target.execute("postgres", "CREATE DATABASE " + name);
    source.execute(
        name,
        "CREATE TABLE public.t (id int PRIMARY KEY)",
        "INSERT INTO public.t SELECT generate_series(1, " + rows + ")",
        "ANALYZE",
        "CREATE ROLE " + name + " LOGIN REPLICATION",
        "GRANT SELECT ON public.t TO " + name,
        "CREATE PUBLICATION given FOR TABLE public.t WITH (publish_via_partition_root = true)");
    Path file =
        jobFile(
            directory,
            name,
            new ConnectionSpec(source.url(name), name, ""),
            target.spec(name),
            "public.t");
    return Files.writeString(
        file,
        Files.readString(file)
            .replace("tables: \"public.t\"", "tables: \"public.t\", publication: given")
            .replace("chunk-rows: 500", "chunk-rows: 50"));
  }

  private static void bind(String name) throws Exception {
    source.execute(
        name,
        "CREATE POLICY few ON public.t USING (id < 3); ALTER TABLE public.t ENABLE ROW LEVEL"
            + " SECURITY");
  }

  @Test
  void whileRowsAreCopiedItEndsTheJob() throws Exception {
    String name = "bound_copy";
    Path file = job(name, 100_000);
    try (JobRun job = start(file)) {
      await(() -> job.progress().isPresent() && number(target, name, ROWS) > 0);
      bind(name);
      assertThat(job.awaitEnd(Duration.ofSeconds(90))).isTrue();
      assertThat(job.fatalFailure().orElseThrow())
          .hasStackTraceContaining(
              "table public.t failed: query would be affected by row-level security policy");
    }
    refusedUntilItBindsNoMore(file, name);
    assertThat(number(target, name, ROWS)).isEqualTo(100_000);
  }

  @Test
  void whileTheLogIsFollowedNothingIsLeftOutAndTheNextStartIsRefused() throws Exception {
    String name = "bound_stream";
    Path file = job(name, 10);
    try (JobRun job = start(file)) {
      await(() -> job.progress().filter(StreamProgress::finished).isPresent());
      bind(name);
      source.execute(
          name, "INSERT INTO public.t VALUES (100), (101)", "DELETE FROM t WHERE id = 9");
      await(() -> number(target, name, "SELECT sum(id) FROM public.t") == 55 + 201 - 9);
      assertThat(job.stop(Duration.ofSeconds(30))).isTrue();
    }
    source.execute(name, "INSERT INTO public.t VALUES (102)");
    refusedUntilItBindsNoMore(file, name);
    assertThat(number(target, name, ROWS)).isEqualTo(12);
  }

  private static void refusedUntilItBindsNoMore(Path file, String name) throws Exception {
    for (String command : new String[] {"check", "run"}) {
      CommandRun.Result refused = run(command, file.toString());
      refused.requires(1, "public.t  row-level security hides rows from role " + name);
      refused.requires(1, "ALTER ROLE \"" + name + "\" BYPASSRLS");
    }
    source.execute(name, "ALTER ROLE " + name + " BYPASSRLS");
    run("run", file.toString(), "--until-consistent").requires(0, "");
  }
}
