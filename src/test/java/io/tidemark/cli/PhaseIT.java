package io.tidemark.cli;

import static io.tidemark.cli.CommandRun.await;
import static io.tidemark.cli.CommandRun.number;
import static io.tidemark.cli.CommandRun.run;
import static io.tidemark.cli.CommandRun.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is said of a stream is so: by the phase, by the status, and after failures. */
@Timeout(300)
class PhaseIT {

  @Postgres private static PostgresServer source;
  @Postgres private static PostgresServer target;

  @TempDir Path directory;

  private Path job(String name) throws Exception {
    source.execute("postgres", "CREATE DATABASE " + name);
    target.execute("postgres", "CREATE DATABASE " + name);
    return CommandRun.jobFile(directory, name, source.spec(name), target.spec(name), "public.*");
  }

  @Test
  void aTableThatIsAddedIsCopiedAndFinishedBeforeTheStreamIsCalledConsistent() throws Exception {
    String name = "added";
    String file = job(name).toString();
    source.execute(
        name, "CREATE TABLE public.a (id int PRIMARY KEY)", "INSERT INTO public.a VALUES (1)");
    assertThat(run("run", file, "--until-consistent").exitCode()).isZero();

    source.execute(
        name,
        "CREATE TABLE public.big (id int PRIMARY KEY, a int REFERENCES public.a, v text)",
        "CREATE INDEX big_v ON public.big (v)",
        "INSERT INTO public.big SELECT i, 1, 'row ' || i FROM generate_series(1, 100000) i");
    run("run", file, "--until-consistent").requires(0, "The copy is complete and has caught up.");

    assertThat(number(target, name, "SELECT count(*) FROM public.big")).isEqualTo(100_000);
    assertThat(number(target, name, "SELECT count(*) FROM pg_constraint WHERE contype = 'f'"))
        .isOne();
    assertThat(number(target, name, "SELECT count(*) FROM pg_indexes WHERE indexname = 'big_v'"))
        .isOne();
  }

  @Test
  void statusTellsARunningAStoppedAndAFailedJobApart() throws Exception {
    String name = "living";
    Path file = job(name);
    source.execute(
        name, "CREATE TABLE public.a (id int PRIMARY KEY)", "INSERT INTO public.a VALUES (1)");
    try (JobRun job = start(file)) {
      await(() -> job.progress().filter(StreamProgress::finished).isPresent());
      assertThat(run("status", file.toString()).printed())
          .contains("A job runs since 20", "at the source", "wrote to the ledger last at 20")
          .contains("consistent, indexes built, streaming   1 rows copied")
          .containsPattern("public\\.a +1 +1 +100% +- +streaming")
          .doesNotContain("failed");
      assertThat(job.stop(Duration.ofSeconds(30))).isTrue();
    }
    assertThat(run("status", file.toString()).printed())
        .contains("No job runs: there is no session of epoch", "wrote to the ledger last at 20")
        .contains("stopped when consistent, indexes built   1 rows copied")
        .doesNotContain("streaming   1 rows", "failed");

    try (JobRun job = start(file)) {
      await(() -> job.progress().filter(StreamProgress::finished).isPresent());
      target.execute(name, "ALTER TABLE public.a RENAME TO gone");
      source.execute(name, "INSERT INTO public.a VALUES (2)");
      assertThat(job.awaitEnd(Duration.ofSeconds(60))).isTrue();
    }
    assertThat(run("status", file.toString()).printed())
        .contains("No job runs", "It failed at 20", "public.a")
        .contains("stopped when consistent");

    target.execute(name, "ALTER TABLE public.gone RENAME TO a");
    try (JobRun job = start(file)) {
      await(() -> number(target, name, "SELECT count(*) FROM public.a") == 2);
      assertThat(run("status", file.toString()).printed())
          .contains("A job runs since 20")
          .contains("An earlier attempt, after which a job has begun again, failed at 20");
      assertThat(job.stop(Duration.ofSeconds(30))).isTrue();
    }
  }

  /** The source's tables are locked when a part of one is copied, and nothing of the other. */
  @Test
  void statusTellsHowFarAJobCameThatWasStoppedInMidCopy() throws Exception {
    String name = "halfway";
    Path file = job(name);
    Files.writeString(file, Files.readString(file).replace("chunk-rows: 500", "chunk-rows: 50"));
    source.execute(
        name,
        "CREATE TABLE public.big (id int PRIMARY KEY)",
        "CREATE TABLE public.last (id int PRIMARY KEY)",
        "INSERT INTO public.big SELECT generate_series(1, 100000)",
        "INSERT INTO public.last VALUES (1), (2)",
        "ANALYZE");
    String copied =
        "SELECT coalesce(sum(row_count), 0) FROM tidemark.chunk WHERE table_name = 'big'";
    try (JobRun job = start(file);
        Connection locking = source.connect(name)) {
      await(() -> job.progress().isPresent() && number(target, name, copied) >= 2000);
      locking.setAutoCommit(false);
      locking
          .createStatement()
          .execute("LOCK TABLE public.last, public.big IN ACCESS EXCLUSIVE MODE");
      assertThat(job.stop(Duration.ofSeconds(60))).isTrue();
      locking.rollback();
    }
    assertThat(run("status", file.toString()).printed())
        .contains("No job runs", "stopped when copying   ")
        .containsPattern("public\\.big +[1-9][0-9,]+ +100,000 +[1-9][0-9]?% +0 +")
        .containsPattern("public\\.last +0 +2 +0% +0 +")
        .doesNotContain("100%", "consistent", "A run would be refused");
    run("run", file.toString(), "--until-consistent").requires(0, "The copy is complete");
    assertThat(run("status", file.toString()).printed())
        .containsPattern("public\\.big +100,000 +100,000 +100% ")
        .contains("stopped when consistent, indexes built   100,002 rows copied");
  }
}
