package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.HookedJob;
import io.tidemark.endtoend.fixture.HookedSource.Hooks;
import io.tidemark.endtoend.fixture.HookedSource.Lie;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.lab.Loans;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A table whose every key is changed between two cycles, with values that the log leaves out. */
class ReopenedKeysIT {

  private static final int ROWS = 20_000;

  /** What one key at a time took without an end in sight. */
  private static final Duration BEARABLE = Duration.ofSeconds(60);

  @RegisterExtension static final Loans LOANS = new Loans();

  @Test
  void everyKeyMovesIntoTheCopiedRange() throws Exception {
    TwoServers.Pair pair = TwoServers.on(LOANS, Route.POSTGRES_TO_POSTGRES).pair("renumbered");
    run(
        pair,
        "CREATE TABLE wide (id bigint PRIMARY KEY, body text NOT NULL)",
        "ALTER TABLE wide ALTER body SET STORAGE EXTERNAL",
        "INSERT INTO wide SELECT i, repeat(md5(i::text), 313) FROM generate_series(1, "
            + ROWS
            + ") AS i");
    AtomicInteger cycles = new AtomicInteger();
    Hooks hooks =
        new Hooks(
            () -> {
              if (cycles.incrementAndGet() == 2) {
                run(pair, "UPDATE wide SET id = id - 1000000");
              }
            },
            () -> TimeUnit.MILLISECONDS.sleep(150));
    JobSettings settings =
        JobSettings.of(pair)
            .cycle(Duration.ofMillis(300))
            .chunkRows(200)
            .checkpointInterval(Duration.ofMillis(500));
    try (HookedJob job = HookedJob.start(settings, Lie.NONE, hooks, () -> {})) {
      job.await("renumbered", () -> cycles.get() >= 2);
      job.await("consistent", BEARABLE, job.watch()::consistent);
      job.awaitCaughtUp();
      assertThat(pair.compare().findings()).isEmpty();
      assertThat(job.latestFailure()).isEmpty();
    }
  }

  private static void run(TwoServers.Pair pair, String... statements) throws Exception {
    try (Connection connection = pair.source().connect(pair.name());
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }
}
