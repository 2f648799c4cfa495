package io.tidemark.verify;

import io.tidemark.schema.TableId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a comparison of two databases found.
 *
 * @param tables the tables that both sides have
 * @param missingTables tables of the source (by their names there) that the target lacks
 * @param extraTables tables in the target's schemas that no table of the source goes to
 * @param problems why a table could not be compared as a whole: a column that the target lacks
 * @param notes what is not about rows: sequences that are behind, indexes and constraints by name
 * @param took how long it took
 * @param deadLetters per table (by its name at the source), how many rows the target's ledger keeps
 *     because the target cannot hold them; they are among the missing ones
 */
public record ComparisonReport(
    List<TableComparison> tables,
    List<TableId> missingTables,
    List<TableId> extraTables,
    List<String> problems,
    List<String> notes,
    Duration took,
    Map<TableId, Long> deadLetters) {

  public ComparisonReport {
    deadLetters = new TreeMap<>(deadLetters);
    tables = List.copyOf(tables);
    missingTables = List.copyOf(missingTables);
    extraTables = List.copyOf(extraTables);
    problems = List.copyOf(problems);
    notes = List.copyOf(notes);
  }

  /** Of databases of which nothing is known but their tables. */
  public ComparisonReport(
      List<TableComparison> tables,
      List<TableId> missingTables,
      List<TableId> extraTables,
      List<String> problems,
      List<String> notes,
      Duration took) {
    this(tables, missingTables, extraTables, problems, notes, took, Map.of());
  }

  /** The same with what the target's ledger keeps of the compared tables. */
  public ComparisonReport with(Map<TableId, Long> kept) {
    Map<TableId, Long> compared = new TreeMap<>();
    tables.stream()
        .map(TableComparison::source)
        .filter(kept::containsKey)
        .forEach(table -> compared.put(table, kept.get(table)));
    return new ComparisonReport(
        tables, missingTables, extraTables, problems, notes, took, compared);
  }

  /** How many rows of the source were looked at. Two empty databases are equal, and say nothing. */
  public long sourceRows() {
    return tables.stream().mapToLong(TableComparison::sourceRows).sum();
  }

  /** How many rows are not the same, in all tables that both sides have. */
  public long differingRows() {
    return tables.stream().mapToLong(TableComparison::differences).sum();
  }

  /** Whether the target has every table of the source with exactly its rows. */
  public boolean identical() {
    return differingRows() == 0 && missingTables.isEmpty() && problems.isEmpty();
  }

  /** Everything that is not the same, for people, one finding per line; empty if nothing is. */
  public String findings() {
    StringBuilder text = new StringBuilder();
    missingTables.forEach(t -> text.append("table ").append(t).append(" is missing\n"));
    problems.forEach(p -> text.append(p).append('\n'));
    for (TableComparison table : tables) {
      if (table.differences() > 0) {
        text.append(
            "table %s: %,d rows equal, %,d different, %,d missing, %,d extra%n"
                .formatted(
                    table.source(),
                    table.equal(),
                    table.different(),
                    table.missing(),
                    table.extra()));
        table.samples().forEach(s -> text.append("  ").append(s).append('\n'));
      }
    }
    deadLetters.forEach(
        (table, rows) ->
            text.append(
                "table %s: %,d of the missing rows are kept in tidemark.dead_letter at the target%n"
                    .formatted(table, rows)));
    return text.toString();
  }
}
