package io.tidemark.attack;

import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.settings.SchemaChanges;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What one seed does, from the making of its tables to its last statement.
 *
 * @param setup statements before the stream begins
 * @param patterns of the job's selection, with {@code {db}} for the database
 * @param tables the tables whose rows are compared, by name, with their columns as they are copied
 * @param partitioned those of them whose rows are all in other tables
 */
record Scenario(
    Vendor vendor,
    long seed,
    List<String> setup,
    List<String> patterns,
    Map<String, List<String>> tables,
    List<String> partitioned,
    SchemaChanges schemaChanges,
    List<Step> steps) {

  /** How many sessions of the source there are. */
  static final int SESSIONS = 3;

  /** The table that nothing but markers are written to. */
  static final String MARKERS = "zmark";

  Scenario withSteps(List<Step> fewer) {
    return new Scenario(
        vendor, seed, setup, patterns, tables, partitioned, schemaChanges, List.copyOf(fewer));
  }

  /** Without the step at {@code index}. */
  Scenario without(int index) {
    List<Step> fewer = new ArrayList<>(steps);
    fewer.remove(index);
    return withSteps(fewer);
  }

  /** As a script for people. */
  String print() {
    return "-- %s, seed %d, tables: %s, schema-changes: %s%n"
            .formatted(vendor, seed, patterns, schemaChanges)
        + setup.stream().map(sql -> sql + ";\n").collect(Collectors.joining())
        + "-- the job: START\n"
        + steps.stream().map(step -> step.print() + "\n").collect(Collectors.joining());
  }
}
