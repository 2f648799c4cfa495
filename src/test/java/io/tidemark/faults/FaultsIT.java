package io.tidemark.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidemark.endtoend.FlinkCluster;
import io.tidemark.endtoend.Route;
import io.tidemark.faults.BrokenConnection.Moment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every fault, in the copy and in the stream: nothing is lost, nothing is there twice, no look at
 * the target finds half a transaction or an earlier one, it goes on soon, and nothing is left.
 */
class FaultsIT {

  /** Generous: a machine may be busy with other tests. A person would call for help after it. */
  private static final Duration RECOVERED = Duration.ofSeconds(60);

  private static final List<String> RECOVERIES = new ArrayList<>();

  private static FlinkCluster cluster;
  private static Path folder;
  private static final Map<Route, Arena> ARENAS = new EnumMap<>(Route.class);

  @BeforeAll
  static void open(@TempDir Path temporary) throws Exception {
    assumeTrue(
        Files.exists(FlinkCluster.JAR),
        FlinkCluster.JAR + " is not there; `mvn package` builds what this test submits");
    folder = temporary;
    cluster = FlinkCluster.start(folder.resolve("cluster"));
  }

  @AfterAll
  static void close() throws Exception {
    RECOVERIES.forEach(System.out::println);
    try (FlinkCluster closed = cluster) {
      ARENAS.values().forEach(Arena::close);
    }
  }

  @BeforeEach
  void makeWhole() throws Exception {
    cluster.makeWhole();
  }

  static Stream<Arguments> faults() {
    return Faults.all().stream().map(fault -> Arguments.of(fault.name(), fault));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void losesAndRepeatsNothing(String name, Fault fault) throws Exception {
    strike(Route.POSTGRES_TO_POSTGRES, fault);
  }

  static Stream<Arguments> faultsOfEveryVendor() {
    return Stream.of(
            new TaskManagerKilled(),
            new TargetRestarted(),
            new BrokenConnection(Trap.Spring.CUT, Moment.COMMIT_ASKED),
            new BrokenConnection(Trap.Spring.CUT, Moment.COMMIT_ANSWERED))
        .map(fault -> Arguments.of(fault.name(), fault));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("faultsOfEveryVendor")
  void losesAndRepeatsNothingBetweenMySqlServers(String name, Fault fault) throws Exception {
    strike(Route.MYSQL_TO_MYSQL, fault);
  }

  private static void strike(Route route, Fault fault) throws Exception {
    Arena arena = ARENAS.computeIfAbsent(route, key -> Arena.open(cluster, key, folder));
    try (Round round = Round.begin(arena, "fault", List.of(fault))) {
      for (Phase phase : Phase.values()) {
        if (fault.phases().contains(phase)) {
          Recovery recovery = round.strike(fault, phase);
          RECOVERIES.add(route + "  " + recovery.print());
          assertThat(recovery.took()).isLessThan(RECOVERED);
        }
      }
      Round.Result result = round.finish();
      assertThat(result.transactions()).isPositive();
      assertThat(result.polls()).isPositive();
    }
  }
}
