package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The job's process is killed at any moment, and started again. */
class CrashIT {

  private static final Duration LONG = Duration.ofSeconds(120);
  private static final int KILLS_IN_THE_COPY = 4;
  private static final int KILLS_IN_THE_STREAM = 6;

  @TempDir private Path checkpoints;

  @Test
  void losesAndRepeatsNothingThroughTenKills() throws Exception {
    try (TwoServers servers = TwoServers.start()) {
      TwoServers.Pair pair = servers.pair("crash");
      JobSettings settings =
          JobSettings.of(pair).chunkRows(1_000).checkpoints(checkpoints.toAbsolutePath());
      try (Bank bank = Bank.create(pair.source().spec(pair.name()), 60_000)) {
        bank.startWriters(3, 60);
        long money = money(pair);
        try (TargetPolls polls = TargetPolls.ofBank(pair, money)) {
          StreamWatch watch = new StreamWatch(pair);
          Random random = new Random(1);
          for (int kill = 0; kill < KILLS_IN_THE_COPY; kill++) {
            long chunks = watch.chunks();
            try (JobProcess job = JobProcess.start(settings)) {
              job.await(
                  "another chunk copied",
                  LONG,
                  () -> watch.chunks() > chunks || watch.consistent());
              Thread.sleep(random.nextInt(400));
            }
          }
          for (int kill = 0; kill < KILLS_IN_THE_STREAM; kill++) {
            try (JobProcess job = JobProcess.start(settings)) {
              job.awaitConsistent(LONG);
              String position = watch.position().orElseThrow();
              job.await(
                  "past " + position, LONG, () -> !watch.position().orElseThrow().equals(position));
              Thread.sleep(random.nextInt(1500));
            }
          }
          try (JobProcess job = JobProcess.start(settings)) {
            job.awaitConsistent(LONG);
            job.await("finished", LONG, watch::finished);
            bank.stop();
            job.awaitCaughtUp(LONG);
            assertThat(polls.stop()).isGreaterThan(20);
            assertThat(pair.compare().findings()).isEmpty();
            assertThat(bank.transactions()).isGreaterThan(100);
            assertThat(watch.slots()).containsExactly("tidemark_" + pair.name());
            assertThat(job.interrupt(Duration.ofSeconds(60))).isZero();
          }
          assertThat(watch.openTransactions()).isEmpty();
        }
      }
    }
  }

  private static long money(TwoServers.Pair pair) throws Exception {
    try (Connection connection = pair.source().connect(pair.name())) {
      return Bank.Books.read(connection).money();
    }
  }
}
