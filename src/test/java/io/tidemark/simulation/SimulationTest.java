package io.tidemark.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SimulationTest {

  private static final long SCHEDULES = Long.getLong("tidemark.schedules", 200_000);

  private static final Path DOCUMENT = Path.of("docs", "simulation.md");

  @Test
  void everyScheduleHoldsAndEveryRuleDecides() throws InterruptedException {
    SimulationRun.Result result =
        SimulationRun.run(1, SCHEDULES, Runtime.getRuntime().availableProcessors());
    result.decisions().forEach(System.out::println);
    System.out.println(result.summary());
    assertThat(result.failed())
        .describedAs(
            () ->
                result.first().stream().map(Failure::describe).collect(Collectors.joining("\n\n")))
        .isEmpty();
    assertThat(result.ran()).isEqualTo(SCHEDULES);
    assertThat(result.never()).describedAs("what no schedule has reached").isEmpty();
  }

  @Test
  void aSeedIsAlwaysTheSameSchedule() {
    for (long seed = 1; seed <= 50; seed++) {
      Trace first = new Trace(true);
      Trace second = new Trace(true);
      Choices recorded = Choices.recording(seed);
      Simulation.run(recorded, java.util.Optional.empty(), first, new RuleCounts());
      Simulation.run(
          Choices.replaying(recorded.recorded()),
          java.util.Optional.empty(),
          second,
          new RuleCounts());
      assertThat(second.lines()).isNotEmpty().isEqualTo(first.lines());
    }
  }

  /** What the document says is so: without the rule, this seed's schedule fails in this way. */
  @ParameterizedTest
  @EnumSource
  void noticesThatARuleIsMissing(Rule rule) throws IOException {
    List<String> document = Files.readAllLines(DOCUMENT);
    Pattern row = Pattern.compile("\\| `" + rule + "`: .* \\| (\\d+) \\| (\\d+) \\| .*");
    List<Matcher> rows = document.stream().map(row::matcher).filter(Matcher::matches).toList();
    String anew = DOCUMENT + " is to be written anew with ./tidemark simulate --teeth";
    assertThat(rows).describedAs(anew).hasSize(1);
    long seed = Long.parseLong(rows.get(0).group(1));
    assertThat(seed).isBetween(1L, Teeth.MOST_SCHEDULES);
    assertThat(SimulationRun.ofSeedWithout(rule, seed))
        .describedAs(anew)
        .hasValueSatisfying(
            failure -> {
              assertThat(document).describedAs(anew).contains(Teeth.row(rule, failure));
              assertThat(String.join("\n", document))
                  .describedAs(anew)
                  .contains(String.join("\n", failure.lines()));
            });
  }
}
