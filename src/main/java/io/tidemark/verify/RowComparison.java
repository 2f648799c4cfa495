package io.tidemark.verify;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.TableChangedException;
import io.tidemark.database.TableReader;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.Selection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Compares the tables of two databases, row by row, in memory that does not grow with them. No
 * order is asked of either side: rows are counted into buckets by their keys, each bucket with the
 * sum of its rows' digests; only rows of buckets that differ are looked at one by one, in a second
 * reading.
 *
 * <p>Values are equal if the source's type takes them for the same; see {@link NormalForm}. Where
 * both sides give them in the vendor's own form, that is to the byte. Each side is read as of one
 * moment; that the two belong together is up to the caller.
 *
 * <p>A table's key at the source names its rows. A table without one, or whose key the target
 * lacks, is compared as a bag of whole rows, in which a changed row is one that is missing and one
 * that is extra.
 *
 * @param source opens a read of what is expected at the target
 * @param target opens a read of what a selection names there
 * @param renaming what the source's tables are called at the target
 */
public record RowComparison(
    Supplier<TableReader> source, Function<Selection, TableReader> target, Renaming renaming) {

  /** How often it is begun again where tables are truncated or altered while they are read. */
  private static final int MOST_ATTEMPTS = 10;

  /**
   * Compares every table of the source's read. A table that is truncated or altered before it was
   * read is gone from its snapshot too (PostgreSQL manual, 13.6; MySQL manual, 17.7.2.3): both
   * sides are then read again, from new ones.
   *
   * @throws TableChangedException if tables were changed so during each of several attempts
   * @throws DatabaseException retryable, if the thread is interrupted, which it is then still
   */
  public ComparisonReport compare() {
    Instant start = Instant.now();
    for (int attempt = 1; ; attempt++) {
      try {
        return compare(start);
      } catch (TableChangedException e) {
        if (attempt == MOST_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private ComparisonReport compare(Instant start) {
    try (TableReader left = source.get()) {
      Set<String> schemas = new TreeSet<>();
      left.tables().forEach(table -> schemas.add(renaming.targetOf(table.id()).schema()));
      if (schemas.isEmpty()) {
        return new ComparisonReport(
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            Duration.between(start, Instant.now()));
      }
      try (TableReader right = target.apply(everythingIn(schemas))) {
        return compare(left, right, start);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DatabaseException(
          DatabaseException.Kind.RETRYABLE, "the comparison was interrupted", e);
    }
  }

  /** At least: a pattern cannot quote what else it may mean, so that it may name more. */
  private static Selection everythingIn(Set<String> schemas) {
    List<String> patterns =
        schemas.stream()
            .map(schema -> (schema.startsWith("!") ? "*" : "") + schema + ".*")
            .toList();
    return new Selection(patterns, Map.of(), Map.of());
  }

  private ComparisonReport compare(TableReader left, TableReader right, Instant start)
      throws InterruptedException {
    Map<TableId, Table> atTarget = new LinkedHashMap<>();
    right.tables().forEach(table -> atTarget.put(table.id(), table));
    List<TableComparison> tables = new ArrayList<>();
    List<TableId> missing = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    Set<TableId> expected = new TreeSet<>();
    Set<String> schemas = new TreeSet<>();
    for (Table table : left.tables()) {
      TableId name = renaming.targetOf(table.id());
      expected.add(name);
      schemas.add(name.schema());
      Table copy = atTarget.get(name);
      if (copy == null) {
        missing.add(table.id());
        continue;
      }
      List<String> columns = common(table, copy, problems);
      if (!columns.isEmpty()) {
        List<String> key =
            table.key().map(PrimaryKey::columns).filter(columns::containsAll).orElse(List.of());
        tables.add(
            new TableBuckets(
                    new TableBuckets.Side(left, table, new RowDigest(table, table, columns, key)),
                    new TableBuckets.Side(right, copy, new RowDigest(copy, table, columns, key)))
                .compare(problems));
      }
    }
    List<TableId> extra =
        atTarget.keySet().stream()
            .filter(id -> schemas.contains(id.schema()) && !expected.contains(id))
            .toList();
    List<String> notes = new ArrayList<>();
    noteSequences(left, right, schemas, notes);
    noteNames(left, right, notes);
    return new ComparisonReport(
        tables, missing, extra, problems, notes, Duration.between(start, Instant.now()));
  }

  /** The source's columns that the target has. */
  private static List<String> common(Table table, Table copy, List<String> problems) {
    List<String> there = copy.columns().stream().map(Column::name).toList();
    List<String> columns = new ArrayList<>();
    for (Column column : table.columns()) {
      if (there.contains(column.name())) {
        columns.add(column.name());
      } else {
        problems.add("table " + copy.id() + " lacks the column " + column.name());
      }
    }
    return columns;
  }

  private void noteSequences(
      TableReader left, TableReader right, Set<String> schemas, List<String> notes) {
    Map<TableId, Long> atTarget = right.sequences();
    left.sequences()
        .forEach(
            (sequence, value) -> {
              TableId name = renaming.targetOf(sequence);
              Long copied = atTarget.get(name);
              if (schemas.contains(name.schema()) && (copied == null || copied < value)) {
                notes.add(
                    "sequence %s stands at %s, behind the source's %d"
                        .formatted(name, copied == null ? "its start" : copied, value));
              }
            });
  }

  private void noteNames(TableReader left, TableReader right, List<String> notes) {
    Map<TableId, SortedSet<String>> atSource = left.indexesAndConstraints();
    Map<TableId, SortedSet<String>> atTarget = right.indexesAndConstraints();
    for (Table table : left.tables()) {
      TableId name = renaming.targetOf(table.id());
      Set<String> there = Optional.<Set<String>>ofNullable(atTarget.get(name)).orElse(Set.of());
      atSource.getOrDefault(table.id(), new TreeSet<>()).stream()
          .filter(what -> !there.contains(what))
          .forEach(what -> notes.add("table " + name + " lacks the " + what));
    }
  }
}
