package io.tidemark.cli;

import static io.tidemark.cli.CommandRun.await;
import static io.tidemark.cli.CommandRun.jobFile;
import static io.tidemark.cli.CommandRun.number;
import static io.tidemark.cli.CommandRun.run;
import static io.tidemark.cli.CommandRun.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a run is refused for, the check finds; and a run that is refused leaves the stream to the
 * job that has it.
 */
@Timeout(300)
class ExaminationIT {

  private static final String EPOCH = "SELECT epoch FROM tidemark.stream WHERE name = 's'";

  @Postgres private static PostgresServer source;
  @Postgres private static PostgresServer target;

  @TempDir Path directory;

  @Test
  void whatCannotGoOnIsFoundAndTakesNothingFromTheJobThatRuns() throws Exception {
    for (String database : new String[] {"one", "two"}) {
      source.execute("postgres", "CREATE DATABASE " + database);
      source.execute(
          database,
          "CREATE TABLE public.t (id int PRIMARY KEY)",
          "CREATE TABLE public.u (id int PRIMARY KEY)",
          "INSERT INTO public.t VALUES (1)");
    }
    target.execute("postgres", "CREATE DATABASE one", "CREATE DATABASE other");
    Path file = jobFile(directory, "s", source.spec("one"), target.spec("one"), "public.*");
    Path foreign = jobFile(directory, "s", source.spec("two"), target.spec("one"), "public.*");
    Path elsewhere = jobFile(directory, "s", source.spec("one"), target.spec("other"), "public.*");

    try (JobRun job = start(file)) {
      await(() -> job.progress().filter(StreamProgress::finished).isPresent());
      assertThat(run("check", file.toString()).printed()).doesNotContain("ERROR");
      long epoch = number(target, "one", EPOCH);
      refused(foreign, "the stream was begun from postgresql", "the URL now leads to");
      assertThat(run("drop", foreign.toString(), "--yes", "--force").printed())
          .contains("nothing was removed. source: the stream was begun from postgresql");
      refused(elsewhere, "is read by process", "copies to another target");
      source.execute("one", "INSERT INTO public.t VALUES (2)");
      await(() -> number(target, "one", "SELECT count(*) FROM public.t") == 2);
      assertThat(number(target, "one", EPOCH)).isEqualTo(epoch);
      assertThat(job.stop(Duration.ofSeconds(30))).isTrue();
    }

    refused(
        elsewhere,
        "replication slot tidemark_s is there, but the target knows nothing of the stream");

    target.execute("one", "ALTER TABLE public.u RENAME TO gone");
    refused(file, "the table is not at the target, and the ledger says that it was copied");
    target.execute("one", "ALTER TABLE public.gone RENAME TO u");
    assertThat(run("check", file.toString()).exitCode()).isZero();

    source.execute("one", "ALTER TABLE public.t ADD COLUMN v int");
    target.execute("one", "ALTER TABLE public.t ADD COLUMN v int");
    refused(file, "table public.t was altered: column v was added", "source.columns");
    source.execute("one", "ALTER TABLE public.t DROP COLUMN v");
    target.execute("one", "ALTER TABLE public.t DROP COLUMN v");
    assertThat(run("check", file.toString()).exitCode()).isZero();

    source.execute("one", "ALTER PUBLICATION tidemark_s SET (publish = 'insert')");
    refused(file, "publication tidemark_s");

    source.execute(
        "one",
        "INSERT INTO public.u VALUES (1)",
        "SELECT pg_replication_slot_advance('tidemark_s', pg_current_wal_lsn())");
    refused(file, "it has been read up to");
    assertThat(run("status", file.toString()).printed())
        .contains("No job runs", "A run would be refused: the replication slot tidemark_s");

    source.execute("one", "SELECT pg_drop_replication_slot('tidemark_s')");
    refused(file, "replication slot tidemark_s is gone");
    source.execute("one", "SELECT pg_create_logical_replication_slot('tidemark_s', 'pgoutput')");
    refused(file, "it has been read up to");
  }

  /** The way on that the message names. */
  @Test
  void aTableThatIsGoneAtTheTargetIsCopiedAnewOnceItWasTakenOut() throws Exception {
    source.execute("postgres", "CREATE DATABASE lost");
    target.execute("postgres", "CREATE DATABASE lost");
    source.execute(
        "lost",
        "CREATE TABLE public.t (id int PRIMARY KEY)",
        "CREATE TABLE public.u (id int PRIMARY KEY REFERENCES public.t)",
        "INSERT INTO public.t VALUES (1)",
        "INSERT INTO public.u VALUES (1)");
    Path file = jobFile(directory, "l", source.spec("lost"), target.spec("lost"), "public.*");
    Path without = jobFile(directory, "l", source.spec("lost"), target.spec("lost"), "public.t");
    assertThat(run("run", file.toString(), "--until-consistent").exitCode()).isZero();
    target.execute("lost", "DROP TABLE public.u");

    assertThat(run("run", file.toString(), "--until-consistent").printed())
        .contains("run the job once with the table taken out of source.tables");
    assertThat(run("run", without.toString(), "--until-consistent").exitCode()).isZero();
    assertThat(run("run", file.toString(), "--until-consistent").exitCode()).isZero();
    assertThat(number(target, "lost", "SELECT count(*) FROM public.u")).isOne();
  }

  private static void refused(Path file, String... problems) {
    for (String command : new String[] {"check", "run"}) {
      assertThat(run(command, file.toString()))
          .satisfies(
              result -> {
                assertThat(result.exitCode()).as(result.printed()).isOne();
                assertThat(result.printed()).contains("ERROR").contains(problems);
              });
    }
  }
}
