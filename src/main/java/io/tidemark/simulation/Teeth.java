package io.tidemark.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Shows that the simulation bites: for every rule, a schedule that fails without it. */
public final class Teeth {

  /** How many schedules have to be enough to notice that a rule is missing. */
  public static final long MOST_SCHEDULES = 10_000;

  private Teeth() {}

  /** The table of all rules and their schedules, in Markdown; empty if a rule is not noticed. */
  public static Optional<List<String>> describe() {
    List<Optional<Failure>> noticed =
        Arrays.stream(Rule.values())
            .parallel()
            .map(rule -> SimulationRun.shortestWithout(rule, 1, MOST_SCHEDULES))
            .toList();
    if (noticed.stream().anyMatch(Optional::isEmpty)) {
      return Optional.empty();
    }
    List<String> table = new ArrayList<>();
    table.add("| without | seed | steps | what happens |");
    table.add("|---|---|---|---|");
    List<String> schedules = new ArrayList<>();
    for (Rule rule : Rule.values()) {
      Failure failure = noticed.get(rule.ordinal()).orElseThrow();
      table.add(row(rule, failure));
      schedules.addAll(schedule(rule, failure));
    }
    table.addAll(schedules);
    return Optional.of(table);
  }

  /** One rule's line of the table. */
  public static String row(Rule rule, Failure failure) {
    return "| `"
        + rule
        + "`: "
        + rule.words()
        + " | "
        + failure.seed()
        + " | "
        + failure.steps()
        + " | "
        + failure.message()
        + " |";
  }

  private static List<String> schedule(Rule rule, Failure failure) {
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add("### Without " + rule.words());
    lines.add("");
    lines.add("```");
    lines.addAll(failure.lines());
    lines.add("=> " + failure.message());
    lines.add("```");
    return lines;
  }
}
