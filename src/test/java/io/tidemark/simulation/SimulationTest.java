package io.tidemark.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SimulationTest {

  private static final long SCHEDULES = Long.getLong("tidemark.schedules", 10_000);
  private static final long SCHEDULES_TO_NOTICE_A_MISSING_RULE = 10_000;

  @Test
  void everyScheduleHolds() throws InterruptedException {
    SimulationRun.Result result = SimulationRun.run(1, SCHEDULES, 2);
    result.decisions().forEach(System.out::println);
    System.out.println(result.summary());
    assertThat(result.failed())
        .describedAs(
            () ->
                result.first().stream().map(Failure::describe).collect(Collectors.joining("\n\n")))
        .isEmpty();
    assertThat(result.ran()).isEqualTo(SCHEDULES);
  }

  @ParameterizedTest
  @EnumSource
  void noticesThatARuleIsMissing(Rule rule) {
    assertThat(SimulationRun.withoutRule(rule, 1, SCHEDULES_TO_NOTICE_A_MISSING_RULE))
        .describedAs("a schedule that fails without " + rule.words())
        .hasValueSatisfying(
            failure ->
                System.out.println(
                    rule
                        + ": seed "
                        + failure.seed()
                        + ", "
                        + failure.lines().size()
                        + " lines: "
                        + failure.message()));
  }
}
