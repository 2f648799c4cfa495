package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process that stood still, was given up for dead and replaced, and then goes on. */
class ZombieIT {

  private static final Duration LONG = Duration.ofSeconds(120);

  @ParameterizedTest
  @ValueSource(strings = {"in the copy", "in the stream"})
  void failsFencedAndChangesNothing(String when) throws Exception {
    try (TwoServers servers = TwoServers.start()) {
      TwoServers.Pair pair = servers.pair("zombie");
      JobSettings settings = JobSettings.of(pair).chunkRows(1_000).cycle(Duration.ofSeconds(30));
      try (Bank bank = Bank.create(pair.source().spec(pair.name()), 20_000)) {
        bank.startWriters(3, 60);
        long money;
        try (Connection connection = pair.source().connect(pair.name())) {
          money = Bank.Books.read(connection).money();
        }
        StreamWatch watch = new StreamWatch(pair);
        try (TargetPolls polls = TargetPolls.ofBank(pair, money);
            JobProcess zombie = JobProcess.start(settings)) {
          zombie.await(
              when,
              LONG,
              () -> when.equals("in the copy") ? watch.chunks() > 3 : watch.consistent());
          zombie.suspend();
          try (JobProcess successor = JobProcess.start(settings)) {
            successor.awaitConsistent(LONG);
            zombie.resume();
            assertThat(zombie.awaitExit(LONG)).isEqualTo(1);
            assertThat(zombie.output()).contains("has taken it over since");
            long before = bank.transactions();
            successor.await(
                "200 transactions further on", LONG, () -> bank.transactions() > before + 200);
            bank.stop();
            successor.awaitCaughtUp(LONG);
            assertThat(polls.stop()).isGreaterThan(20);
            assertThat(pair.compare().findings()).isEmpty();
          }
        }
      }
    }
  }
}
