package io.tidemark.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidemark.endtoend.fixture.FlinkCluster;
import io.tidemark.endtoend.fixture.Route;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Faults in the copy and in the stream: nothing is lost, nothing is there twice, no look at the
 * target finds half a transaction or an earlier one, it goes on soon, and nothing is left. Each
 * class has some of the faults and a cluster of its own, so that several can be at work at once.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class FaultContract {

  /** Generous: a machine may be busy with other tests. A person would call for help after it. */
  private static final Duration RECOVERED = Duration.ofSeconds(60);

  private final Route route;
  private final List<Fault> faults;
  private final List<String> recoveries = new ArrayList<>();
  private FlinkCluster cluster;
  private Path folder;
  private Optional<Arena> arena = Optional.empty();

  FaultContract(Route route, List<Fault> faults) {
    this.route = route;
    this.faults = faults;
  }

  @BeforeAll
  void open(@TempDir Path temporary) throws Exception {
    assumeTrue(
        Files.exists(FlinkCluster.JAR),
        FlinkCluster.JAR + " is not there; `mvn package` builds what this test submits");
    folder = temporary;
    cluster = FlinkCluster.start(folder.resolve("cluster"));
  }

  @AfterAll
  void close() throws Exception {
    recoveries.forEach(System.out::println);
    try (FlinkCluster closed = cluster) {
      arena.ifPresent(Arena::close);
    }
  }

  @BeforeEach
  void makeWhole() throws Exception {
    cluster.makeWhole();
  }

  Stream<Arguments> plans() throws Exception {
    List<Fault> mixed = new ArrayList<>(faults);
    List<FaultPlan> plans = new ArrayList<>();
    if (!TargetDiskFull.isPossible(folder)) {
      // By itself, so that nothing else is left out with it.
      List<Fault> impossible = mixed.stream().filter(TargetDiskFull.class::isInstance).toList();
      mixed.removeAll(impossible);
      plans.addAll(FaultPlan.of(impossible));
    }
    plans.addAll(FaultPlan.of(mixed));
    return plans.stream()
        .filter(plan -> !plan.strikes().isEmpty())
        .map(plan -> Arguments.of(plan.print(), plan));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("plans")
  void losesAndRepeatsNothing(String name, FaultPlan plan) throws Exception {
    if (arena.isEmpty()) {
      arena = Optional.of(Arena.open(cluster, route, folder));
    }
    try (Round round = Round.begin(arena.get(), "fault", plan.faults())) {
      for (FaultPlan.Strike strike : plan.strikes()) {
        Recovery recovery = round.strike(strike.fault(), strike.phase());
        recoveries.add(route + "  " + recovery.print());
        assertThat(recovery.took()).isLessThan(RECOVERED);
      }
      Round.Result result = round.finish();
      assertThat(result.transactions()).isPositive();
      assertThat(result.polls()).isPositive();
    }
  }
}
