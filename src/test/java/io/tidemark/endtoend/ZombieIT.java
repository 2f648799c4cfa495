package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.Bank;
import io.tidemark.endtoend.fixture.JobProcess;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.StreamWatch;
import io.tidemark.endtoend.fixture.TargetPolls;
import io.tidemark.endtoend.fixture.Thoroughness;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.lab.Loans;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A process that stood still, was given up for dead and replaced, and then goes on. */
class ZombieIT {

  private static final Duration LONG = Duration.ofSeconds(120);

  @RegisterExtension static final Loans LOANS = new Loans();

  static Stream<Arguments> moments() {
    return Thoroughness.cases(
        List.of(
            Arguments.of(Route.POSTGRES_TO_POSTGRES, "in the stream"),
            Arguments.of(Route.MYSQL_TO_MYSQL, "in the copy")),
        Arguments.of(Route.POSTGRES_TO_POSTGRES, "in the copy"),
        Arguments.of(Route.POSTGRES_TO_MYSQL, "in the copy"),
        Arguments.of(Route.MYSQL_TO_MYSQL, "in the stream"),
        Arguments.of(Route.MYSQL_TO_POSTGRES, "in the stream"));
  }

  @ParameterizedTest
  @MethodSource("moments")
  void failsFencedAndChangesNothing(Route route, String when) throws Exception {
    TwoServers.Pair pair = TwoServers.on(LOANS, route).pair("zombie");
    JobSettings settings = JobSettings.of(pair).chunkRows(1_000).cycle(Duration.ofSeconds(30));
    try (Bank bank = Bank.create(pair.source().spec(pair.name()), 20_000)) {
      bank.startWriters(3, 60);
      StreamWatch watch = new StreamWatch(pair);
      try (TargetPolls polls = TargetPolls.ofBank(pair, 22_000_000);
          JobProcess zombie = JobProcess.start(settings)) {
        zombie.await(
            when, LONG, () -> when.equals("in the copy") ? watch.chunks() > 3 : watch.consistent());
        zombie.suspend();
        try (JobProcess successor = JobProcess.start(settings)) {
          successor.awaitConsistent(LONG);
          zombie.resume();
          assertThat(zombie.awaitExit(LONG)).isEqualTo(1);
          assertThat(zombie.output()).contains("has been replaced");
          long before = bank.transactions();
          successor.await(
              "200 transactions further on", LONG, () -> bank.transactions() > before + 200);
          bank.stop();
          successor.awaitCaughtUp(LONG);
          assertThat(polls.stopAfter(20)).isGreaterThan(20);
          assertThat(pair.compare().findings()).isEmpty();
          assertThat(watch.formerSessions()).isEmpty();
        }
      }
    }
  }
}
