package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.endtoend.fixture.Bank;
import io.tidemark.endtoend.fixture.JobProcess;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.StreamWatch;
import io.tidemark.endtoend.fixture.TargetPolls;
import io.tidemark.endtoend.fixture.Thoroughness;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.lab.Loans;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The job's process is killed at any moment, and started again: from the ledger alone, from the
 * last checkpoint, and from one that is long outdated.
 */
class CrashIT {

  @RegisterExtension final Loans loans = new Loans();

  private static final Duration LONG = Duration.ofSeconds(120);

  @TempDir private Path checkpoints;
  @TempDir private Path kept;
  private int starts;
  private Optional<Path> oldest = Optional.empty();

  static Stream<Arguments> kills() {
    return Thoroughness.cases(
        List.of(
            Arguments.of(Route.POSTGRES_TO_POSTGRES, 2, 2),
            Arguments.of(Route.MYSQL_TO_MYSQL, 1, 1)),
        Arguments.of(Route.MYSQL_TO_POSTGRES, 1, 2),
        Arguments.of(Route.POSTGRES_TO_MYSQL, 1, 2));
  }

  @ParameterizedTest
  @MethodSource("kills")
  void losesAndRepeatsNothingHoweverOftenItIsKilled(
      Route route, int killsInTheCopy, int killsInTheStream) throws Exception {
    TwoServers.Pair pair = TwoServers.on(loans, route).pair("crash");
    JobSettings settings =
        JobSettings.of(pair).chunkRows(1_000).checkpoints(checkpoints.toAbsolutePath());
    try (Bank bank = Bank.create(pair.source().spec(pair.name()), 30_000)) {
      bank.startWriters(3, 60);
      try (TargetPolls polls = TargetPolls.ofBank(pair, 33_000_000)) {
        StreamWatch watch = new StreamWatch(pair);
        Random random = new Random(1);
        for (int kill = 0; kill < killsInTheCopy * Thoroughness.TIMES; kill++) {
          killInTheCopy(settings, watch, random);
        }
        for (int kill = 0; kill < killsInTheStream * Thoroughness.TIMES; kill++) {
          killInTheStream(settings, watch, random);
        }
        try (JobProcess job = start(settings)) {
          job.awaitConsistent(LONG);
          job.await("finished", LONG, watch::finished);
          bank.stop();
          job.awaitCaughtUp(LONG);
          assertThat(polls.stopAfter(20)).isGreaterThan(20);
          assertThat(pair.compare().findings()).isEmpty();
          assertThat(bank.transactions()).isGreaterThan(100);
          if (route.source() == Vendor.POSTGRES) {
            assertThat(watch.slots()).containsExactly("tidemark_" + pair.name());
          }
          assertThat(watch.formerSessions()).isEmpty();
          job.interrupt(Duration.ofSeconds(60));
          assertThat(job.output()).contains("The job has ended");
        }
        Await.until("without a session", LONG, () -> watch.sessions().isEmpty(), watch::describe);
        assertThat(oldest).isPresent();
      }
    }
  }

  private void killInTheCopy(JobSettings settings, StreamWatch watch, Random random)
      throws Exception {
    long chunks = watch.chunks();
    try (JobProcess job = start(settings)) {
      job.await("another chunk copied", LONG, () -> watch.chunks() > chunks || watch.consistent());
      // Any moment will do: there is no condition to wait for.
      Thread.sleep(random.nextInt(400));
    }
  }

  private void killInTheStream(JobSettings settings, StreamWatch watch, Random random)
      throws Exception {
    try (JobProcess job = start(settings)) {
      job.awaitConsistent(LONG);
      String position = watch.position().orElseThrow();
      job.await("past " + position, LONG, () -> !watch.position().orElseThrow().equals(position));
      Thread.sleep(random.nextInt(1500));
    }
  }

  private JobProcess start(JobSettings settings) throws IOException {
    Optional<Path> latest = latestCheckpoint();
    if (oldest.isEmpty() && latest.isPresent()) {
      oldest =
          Optional.of(Files.copy(latest.get().resolve("_metadata"), kept.resolve("_metadata")));
    }
    Optional<Path> restore =
        switch (starts++ % 3) {
          case 0 -> latest;
          case 1 -> Optional.empty();
          default -> oldest.map(Path::getParent);
        };
    return JobProcess.start(
        settings,
        restore
            .map(path -> new String[] {"--restore", path.toUri().toString()})
            .orElse(new String[0]));
  }

  private Optional<Path> latestCheckpoint() throws IOException {
    try (Stream<Path> files = Files.walk(checkpoints)) {
      return files
          .filter(file -> file.endsWith("_metadata"))
          .max(Comparator.comparing(file -> file.toFile().lastModified()))
          .map(Path::getParent);
    }
  }
}
