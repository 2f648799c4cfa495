package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.endtoend.fixture.Bank;
import io.tidemark.endtoend.fixture.FlinkCluster;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.JvmProcess;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.StreamWatch;
import io.tidemark.endtoend.fixture.TargetPolls;
import io.tidemark.endtoend.fixture.Thoroughness;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.lab.Loans;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The jar on a real Flink cluster of several processes, submitted, stopped and resumed with Flink's
 * command line, as users do it; between other vendors, which the command line knows nothing of,
 * through the dashboard's interface. There are writers at work all the time.
 */
class ClusterIT {

  private static final Duration LONG = Duration.ofSeconds(120);

  @RegisterExtension static final Loans LOANS = new Loans();
  private static TwoServers servers;
  private static FlinkCluster cluster;

  @TempDir private Path folder;

  @BeforeAll
  static void start(@TempDir Path clusterFolder) throws Exception {
    assumeTrue(
        Files.exists(FlinkCluster.JAR),
        FlinkCluster.JAR + " is not there; `mvn package` builds what this test submits");
    servers = TwoServers.on(LOANS, Route.POSTGRES_TO_POSTGRES);
    cluster = FlinkCluster.start(clusterFolder);
  }

  @AfterAll
  static void stop() throws InterruptedException {
    if (cluster != null) {
      cluster.close();
    }
  }

  @BeforeEach
  void makeWhole() throws Exception {
    cluster.makeWhole();
  }

  @Test
  void resumesFromSavepointsAndFromTheLedgerAloneAndRefusesALedgerThatWasSetBack()
      throws Exception {
    TwoServers.Pair pair = servers.pair("resumed");
    StreamWatch stream = new StreamWatch(pair);
    try (Bank bank = Bank.create(pair.source().spec(pair.name()), 20_000)) {
      bank.startWriters(3, 60);

      TargetPolls polls = TargetPolls.ofBank(pair, 22_000_000);
      String job = cluster.run(file(pair, 2), Optional.empty());
      awaitConsistent(job, pair);
      awaitCaughtUp(job, pair);
      String first = cluster.stop(job, folder.resolve("savepoints"));

      job = cluster.run(file(pair, 3), Optional.of(first));
      awaitCaughtUp(job, pair);
      cluster.cancel(job);

      delete(folder.resolve("checkpoints"));
      job = cluster.submit(file(pair, 2), Optional.empty());
      awaitCaughtUp(job, pair);
      String second = cluster.rest().stop(job, folder.resolve("savepoints"));
      delete(path(second));
      assertThat(polls.stopAfter(20)).isGreaterThan(20);
      stream.leaveTarget();
      pair.target()
          .execute(
              "postgres", "CREATE DATABASE " + pair.name() + "_earlier TEMPLATE " + pair.name());

      String earlier = stream.position().orElseThrow();
      polls = TargetPolls.ofBank(pair, 22_000_000);
      job = cluster.submit(file(pair, 2), Optional.of(first));
      awaitCaughtUp(job, pair);
      // What the slot has confirmed is the preflight's witness, and a savepoint confirms nothing.
      awaitConfirmed(job, stream, earlier);
      String third = cluster.rest().stop(job, folder.resolve("savepoints"));
      assertThat(polls.stopAfter(20)).isGreaterThan(20);

      stream.leaveTarget();
      swap(pair, "earlier", "later");
      String position = stream.position().orElseThrow();
      Bank.Books books = books(pair);
      assertThatThrownBy(() -> cluster.submit(file(pair, 2), Optional.of(third)))
          .hasMessageContaining("the preflight found errors")
          .hasMessageContaining("or the target was set back");
      assertThat(stream.position()).contains(position);
      assertThat(books(pair)).isEqualTo(books);

      stream.leaveTarget();
      swap(pair, "later", "earlier");
      polls = TargetPolls.ofBank(pair, 22_000_000);
      job = cluster.submit(file(pair, 1), Optional.of(third));
      awaitCaughtUp(job, pair);
      bank.stop();
      awaitCaughtUp(job, pair);
      polls.stopAfter(0);
      assertThat(pair.compare().findings()).isEmpty();
      assertThat(stream.formerSessions()).isEmpty();
      cluster.cancel(job);
    }
  }

  static Stream<Route> betweenOthers() {
    return Thoroughness.cases(
        List.of(Route.MYSQL_TO_POSTGRES), Route.MYSQL_TO_MYSQL, Route.POSTGRES_TO_MYSQL);
  }

  @ParameterizedTest
  @MethodSource("betweenOthers")
  void resumesAtAnotherParallelismAndFromTheLedgerAlone(Route route) throws Exception {
    TwoServers.Pair pair = TwoServers.on(LOANS, route).pair("resumed");
    StreamWatch watch = new StreamWatch(pair);
    try (Bank bank = Bank.create(pair.source().spec(pair.name()), 20_000);
        TargetPolls polls = TargetPolls.ofBank(pair, 22_000_000)) {
      bank.startWriters(3, 60);
      String job = cluster.submit(file(pair, 2), Optional.empty());
      awaitConsistent(job, pair);
      awaitCaughtUp(job, pair);
      String savepoint = cluster.rest().stop(job, folder.resolve("savepoints"));

      job = cluster.submit(file(pair, 3), Optional.of(savepoint));
      awaitCaughtUp(job, pair);
      long epoch = watch.epoch();
      cluster.logReader(job).kill();
      String running = job;
      Await.until(
          "taken over",
          LONG,
          () -> watch.epoch() > epoch,
          () -> watch.describe() + cluster.describe(running));
      awaitCaughtUp(job, pair);
      cluster.makeWhole();
      assertThat(watch.formerSessions()).isEmpty();
      cluster.cancel(job);

      delete(folder.resolve("checkpoints"));
      job = cluster.submit(file(pair, 1), Optional.empty());
      awaitCaughtUp(job, pair);
      bank.stop();
      awaitCaughtUp(job, pair);
      assertThat(polls.stopAfter(20)).isGreaterThan(20);
      assertThat(pair.compare().findings()).isEmpty();
      cluster.cancel(job);
      Await.until("without a session", LONG, () -> watch.sessions().isEmpty(), watch::describe);
    }
  }

  @Test
  void endsWithTheTargetsReasonWhenARestartCannotHelp() throws Exception {
    TwoServers.Pair pair = servers.pair("refused");
    try (Bank bank = Bank.create(pair.source().spec(pair.name()), 1_000)) {
      String job = cluster.submit(file(pair, 2), Optional.empty());
      awaitConsistent(job, pair);
      awaitCaughtUp(job, pair);
      pair.target()
          .execute(
              pair.name(),
              "ALTER TABLE entries ADD CONSTRAINT nothing_new CHECK (n < 0) NOT VALID");
      bank.startWriters(1, 10);
      cluster.awaitState(job, "FAILED");
      assertThat(cluster.failure(job)).contains("nothing_new").contains("public.entries");
      assertThat(cluster.failures(job)).isEqualTo(1);
      Await.until("no thread left", LONG, () -> threads() == 0, () -> cluster.describe(job));
    }
  }

  private static int threads() throws Exception {
    int threads = 0;
    for (JvmProcess taskManager : cluster.taskManagers()) {
      threads +=
          (int) taskManager.threads().stream().filter(name -> name.startsWith("tidemark")).count();
    }
    return threads;
  }

  private static void awaitConsistent(String job, TwoServers.Pair pair) throws Exception {
    StreamWatch watch = new StreamWatch(pair);
    Await.until(
        "consistent", LONG, watch::consistent, () -> watch.describe() + cluster.describe(job));
  }

  private static void awaitCaughtUp(String job, TwoServers.Pair pair) throws Exception {
    StreamWatch watch = new StreamWatch(pair);
    String end = watch.logEnd();
    Await.until(
        "caught up to " + end,
        LONG,
        () -> watch.reached(end),
        () -> watch.describe() + cluster.describe(job));
  }

  private static void awaitConfirmed(String job, StreamWatch stream, String position)
      throws Exception {
    Await.until(
        "confirmed beyond " + position,
        LONG,
        () -> stream.confirmedBeyond(position),
        () -> stream.describe() + cluster.describe(job));
  }

  private Path file(TwoServers.Pair pair, int parallelism) throws Exception {
    return Files.writeString(
        folder.resolve("job-" + parallelism + ".yaml"),
        JobSettings.of(pair)
            .parallelism(parallelism)
            .chunkRows(2_000)
            .checkpoints(folder.resolve("checkpoints"))
            .yaml());
  }

  private static Bank.Books books(TwoServers.Pair pair) throws SQLException {
    try (Connection target = pair.target().connect(pair.name())) {
      return Bank.Books.read(target);
    }
  }

  /** Puts the target's database {@code in} in place of the one there, which becomes {@code out}. */
  private static void swap(TwoServers.Pair pair, String in, String out) throws SQLException {
    String name = pair.name();
    pair.target()
        .execute(
            "postgres",
            "ALTER DATABASE %s RENAME TO %s_%s".formatted(name, name, out),
            "ALTER DATABASE %s_%s RENAME TO %s".formatted(name, in, name));
  }

  private static Path path(String uri) {
    return Path.of(java.net.URI.create(uri));
  }

  private static void delete(Path tree) throws Exception {
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(tree)) {
      paths = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : paths) {
      Files.delete(path);
    }
  }
}
