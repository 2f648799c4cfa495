package io.tidemark.verify;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.Renaming;
import io.tidemark.database.Selection;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.TableChangedException;
import io.tidemark.database.TableReader;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Compares the tables of two databases of any vendors, row by row, in memory that does not grow
 * with them. No order is asked of either side: rows are counted into buckets by their keys, each
 * bucket with the sum of its rows' digests; only rows of buckets that differ are looked at one by
 * one, in a second reading.
 *
 * <p>Values are equal if the source's type takes them for the same; see {@link NormalForm}. Each
 * side is read as of one moment; that the two belong together is up to the caller.
 *
 * @param source with the selection of what is expected at the target
 * @param target as one would copy from it
 * @param renaming what the source's tables are called at the target
 */
public record PortableComparison(
    SourceDatabase source, Function<Selection, SourceDatabase> target, Renaming renaming) {

  /** How often it is begun again where tables are truncated or altered while they are read. */
  private static final int MOST_ATTEMPTS = 10;

  /**
   * Compares everything that the source's selection names. A table that is truncated or altered
   * before it was read is gone from its snapshot too (PostgreSQL manual, 13.6; MySQL manual,
   * 17.7.2.3): both sides are then read again, from new ones.
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
    try (TableReader left = source.openReader()) {
      Set<String> schemas = new TreeSet<>();
      left.tables().forEach(table -> schemas.add(renaming.targetOf(table.id()).schema()));
      List<String> patterns = schemas.stream().map(schema -> schema + ".*").toList();
      if (patterns.isEmpty()) {
        return new ComparisonReport(
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            Duration.between(start, Instant.now()));
      }
      Selection selection = new Selection(patterns, Map.of(), Map.of());
      try (TableReader right = target.apply(selection).openReader()) {
        return compare(left, right, start);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DatabaseException(
          DatabaseException.Kind.RETRYABLE, "the comparison was interrupted", e);
    }
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
        List<String> key = table.key().map(PrimaryKey::columns).orElse(List.of());
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
    return new ComparisonReport(
        tables, missing, extra, problems, List.of(), Duration.between(start, Instant.now()));
  }

  /** The source's columns that the target has. A table whose key it lacks cannot be compared. */
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
    boolean keyed = table.key().map(key -> columns.containsAll(key.columns())).orElse(true);
    return keyed ? columns : List.of();
  }
}
