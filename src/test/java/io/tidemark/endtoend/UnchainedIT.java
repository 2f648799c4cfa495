package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.Bank;
import io.tidemark.endtoend.fixture.HookedJob;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TargetPolls;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.lab.Loans;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Source and sink as two tasks, with Flink's network between them. */
class UnchainedIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  @ParameterizedTest
  @EnumSource(names = {"POSTGRES_TO_POSTGRES", "MYSQL_TO_POSTGRES"})
  void copiesAndStreamsExactlyAlsoThroughARestart(Route route) throws Exception {
    TwoServers.Pair pair = TwoServers.on(LOANS, route).pair("unchained");
    Configuration unchained = new Configuration();
    unchained.set(PipelineOptions.OPERATOR_CHAINING, false);
    JobSettings settings = JobSettings.of(pair).chunkRows(2_000).cycle(Duration.ofSeconds(1));
    try (Bank bank = Bank.create(pair.source().spec(pair.name()), 20_000)) {
      bank.startWriters(3, 100);
      try (TargetPolls polls = TargetPolls.ofBank(pair, 22_000_000);
          HookedJob job = HookedJob.start(settings, unchained)) {
        job.await("in the copy", () -> job.watch().chunks() > 3);
        endTargetSessions(pair);
        job.await("started again", () -> job.latestFailure().isPresent());
        job.awaitConsistent();
        endTargetSessions(pair);
        long before = bank.transactions();
        job.await("300 transactions further on", () -> bank.transactions() > before + 300);
        bank.stop();
        job.awaitCaughtUp();
        assertThat(polls.stopAfter(20)).isGreaterThan(20);
        assertThat(pair.compare().findings()).isEmpty();
      }
    }
  }

  private static void endTargetSessions(TwoServers.Pair pair) throws Exception {
    try (Connection target = pair.target().connect(pair.name());
        Statement statement = target.createStatement()) {
      statement.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              + " WHERE application_name LIKE 'tidemark:%' AND datname = current_database()");
    }
  }
}
