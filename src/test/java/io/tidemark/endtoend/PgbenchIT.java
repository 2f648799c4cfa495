package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidemark.endtoend.fixture.CopyJob;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TargetPolls;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.lab.Loans;
import io.tidemark.lab.PostgresServer;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** PostgreSQL's own benchmark, TPC-B: the balances of its four tables have one sum. */
class PgbenchIT {

  @RegisterExtension final Loans loans = new Loans();

  private static final String SUMS =
      """
      SELECT (SELECT coalesce(sum(abalance), 0) FROM public.pgbench_accounts),
             (SELECT coalesce(sum(tbalance), 0) FROM public.pgbench_tellers),
             (SELECT coalesce(sum(bbalance), 0) FROM public.pgbench_branches),
             (SELECT coalesce(sum(delta), 0) FROM public.pgbench_history)
      """;

  @Test
  void itsFourSumsAreEqualInEveryPollOfTheTarget() throws Exception {
    assumeTrue(isThere(), "pgbench is not on the PATH");
    TwoServers.Pair pair = TwoServers.on(loans, Route.POSTGRES_TO_POSTGRES).pair("pgbench");
    assertThat(pgbench(pair, "-i", "-s", "3", "-q").waitFor()).isZero();
    // Its history has no key.
    pair.execute("ALTER TABLE pgbench_history REPLICA IDENTITY FULL");
    Process writing = pgbench(pair, "-n", "-c", "4", "-T", "600", "-R", "300");
    try (TargetPolls polls = TargetPolls.start(pair, PgbenchIT::wrong);
        CopyJob job = CopyJob.start(JobSettings.of(pair).chunkRows(20_000))) {
      job.awaitConsistent().awaitFinished();
      long rows = history(pair.source().postgres(), pair.name());
      job.await(
          "1500 transactions further on",
          CopyJob.LONG,
          () ->
              history(pair.source().postgres(), pair.name()) > rows + 1500
                  || !writing.isAlive()
                  || polls.firstWrong().isPresent());
      assertThat(polls.firstWrong()).isEmpty();
      assertThat(writing.isAlive()).isTrue();
      end(writing);
      job.awaitCaughtUp();
      assertThat(polls.stopAfter(20)).isGreaterThan(20);
      assertThat(pair.compare().findings()).isEmpty();
      assertThat(history(pair.target().postgres(), pair.name()))
          .isEqualTo(history(pair.source().postgres(), pair.name()))
          .isGreaterThan(1500);
    } finally {
      end(writing);
    }
  }

  private static Optional<String> wrong(Connection target) throws SQLException {
    try (ResultSet row = target.createStatement().executeQuery(SUMS)) {
      row.next();
      List<Long> sums = List.of(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4));
      return sums.stream().distinct().count() == 1
          ? Optional.empty()
          : Optional.of("accounts, tellers, branches and history say " + sums);
    }
  }

  private static long history(PostgresServer server, String database) throws SQLException {
    try (Connection connection = server.connect(database);
        ResultSet row =
            connection
                .createStatement()
                .executeQuery("SELECT count(*) FROM public.pgbench_history")) {
      row.next();
      return row.getLong(1);
    }
  }

  private static Process pgbench(TwoServers.Pair pair, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "pgbench",
                "-h",
                "127.0.0.1",
                "-p",
                String.valueOf(pair.source().port()),
                "-U",
                "postgres"));
    command.addAll(List.of(arguments));
    command.add(pair.name());
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static void end(Process process) throws InterruptedException {
    process.destroy();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }

  private static boolean isThere() throws InterruptedException {
    try {
      return new ProcessBuilder("pgbench", "--version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
