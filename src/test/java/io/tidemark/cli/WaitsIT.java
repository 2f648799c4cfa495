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
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** For whom a job waits is said while it waits: by its progress and by its status. */
@Timeout(300)
class WaitsIT {

  @Postgres("max_prepared_transactions=5")
  private static PostgresServer source;

  @Postgres private static PostgresServer target;

  @TempDir Path directory;

  @Test
  void whoHoldsUpASlotAPreparedTransactionAndALockAtTheTargetAreNamed() throws Exception {
    source.execute("postgres", "CREATE DATABASE w");
    target.execute("postgres", "CREATE DATABASE w");
    source.execute("w", "CREATE TABLE public.t (id int PRIMARY KEY)");
    Path file = jobFile(directory, "w", source.spec("w"), target.spec("w"), "public.*");
    source.execute(
        "w", "BEGIN; INSERT INTO public.t VALUES (1); PREPARE TRANSACTION 'somebody''s'");
    try (Connection open = source.connect("w")) {
      open.setAutoCommit(false);
      open.createStatement().execute("INSERT INTO public.t VALUES (2)");
      try (JobRun job = start(file)) {
        await(() -> waits(job).contains("application"));
        assertThat(waits(job)).contains("user postgres", "idle in transaction", "statement INSERT");
        open.commit();
        await(() -> waits(job).contains("prepared transaction 'somebody's' of postgres"));
        assertThat(run("status", file.toString()).printed())
            .contains("A job runs since", "It waits, as was found at 20", "ROLLBACK PREPARED");
        source.execute("w", "ROLLBACK PREPARED 'somebody''s'");
        await(() -> job.progress().filter(StreamProgress::finished).isPresent());
        await(() -> waits(job).isEmpty());

        try (Connection locking = target.connect("w")) {
          locking.setAutoCommit(false);
          locking.createStatement().execute("LOCK TABLE public.t IN ACCESS EXCLUSIVE MODE");
          source.execute("w", "INSERT INTO public.t VALUES (3)");
          await(() -> waits(job).contains("statement LOCK"));
          locking.rollback();
        }
        await(() -> number(target, "w", "SELECT count(*) FROM public.t") == 2);
        await(() -> waits(job).isEmpty());
        assertThat(job.stop(Duration.ofSeconds(30))).isTrue();
      }
    }
  }

  private static String waits(JobRun job) {
    Optional<List<String>> waits = job.progress().map(StreamProgress::waits);
    return String.join("; ", waits.orElse(List.of()));
  }
}
