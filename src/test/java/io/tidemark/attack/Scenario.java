package io.tidemark.attack;

import io.tidemark.endtoend.fixture.Vendor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What one seed does, from the making of its tables to its last statement.
 *
 * @param setup statements before the stream begins
 * @param terms of the job
 * @param tables the tables whose rows are compared, by name, with their columns as they are copied
 * @param partitioned those of them whose rows are all in other tables
 * @param late those of them that come and go, which are compared where the target has them
 */
record Scenario(
    Vendor vendor,
    long seed,
    List<String> setup,
    Terms terms,
    Map<String, List<String>> tables,
    List<String> partitioned,
    List<String> late,
    List<Step> steps) {

  /** How many sessions of the source there are. */
  static final int SESSIONS = 3;

  /** The table that nothing but markers are written to. */
  static final String MARKERS = "zmark";

  Scenario withSteps(List<Step> fewer) {
    return new Scenario(vendor, seed, setup, terms, tables, partitioned, late, List.copyOf(fewer));
  }

  /** Without the step at {@code index}. */
  Scenario without(int index) {
    List<Step> fewer = new ArrayList<>(steps);
    fewer.remove(index);
    return withSteps(fewer);
  }

  /** Whether the first that is done to the job is no start. */
  boolean beginsPrepared() {
    return !steps.isEmpty() && steps.get(0).act() == Step.Act.PREPARE;
  }

  /** Whether there is nothing in it that may stop the stream. */
  boolean isHarmless() {
    return steps.stream()
        .allMatch(
            step -> step.weight() == Step.Weight.ROWS || step.weight() == Step.Weight.HARMLESS);
  }

  /** As a script for people. */
  String print() {
    return "-- %s, seed %d, %s%n".formatted(vendor, seed, terms.print())
        + setup.stream().map(sql -> sql + ";\n").collect(Collectors.joining())
        + (beginsPrepared() ? "" : "-- the job: START\n")
        + steps.stream().map(step -> step.print() + "\n").collect(Collectors.joining());
  }
}
