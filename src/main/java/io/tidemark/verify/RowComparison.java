package io.tidemark.verify;

import io.tidemark.database.ConnectionSpec;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.Renaming;
import io.tidemark.database.Selection;
import io.tidemark.schema.TableId;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Compares two PostgreSQL databases table by table and row by row, in memory that does not grow
 * with them: both sides send their rows in the same order, and the two streams are merged. Values
 * are equal if their text is, to the byte.
 *
 * <p>Each side is read from one snapshot. That the two snapshots belong together (nobody writes, or
 * the target stands where the source's snapshot does) is up to the caller.
 *
 * <p>A table's primary key at the source names its rows. A table without one is compared as a bag
 * of whole rows, in which a changed row is one that is missing and one that is extra.
 *
 * @param selection which tables, columns and rows of the source are expected at the target
 * @param renaming what they are called there
 */
public record RowComparison(
    ConnectionSpec source, ConnectionSpec target, Selection selection, Renaming renaming) {

  private static final int MAX_SAMPLES = 10;

  /** Compares everything that the selection names. */
  public ComparisonReport compare() {
    Instant start = Instant.now();
    try (PostgresSide left = new PostgresSide(source);
        PostgresSide right = new PostgresSide(target)) {
      return compare(left, right, start);
    } catch (SQLException e) {
      throw new DatabaseException(
          DatabaseException.Kind.FATAL,
          "comparing "
              + source.displayUrl()
              + " with "
              + target.displayUrl()
              + " failed: "
              + e.getMessage(),
          e);
    }
  }

  private ComparisonReport compare(PostgresSide left, PostgresSide right, Instant start)
      throws SQLException {
    SortedMap<TableId, PostgresSide.SideTable> atSource = left.tables();
    SortedMap<TableId, PostgresSide.SideTable> atTarget = right.tables();
    List<TableComparison> tables = new ArrayList<>();
    List<TableId> missing = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    SortedSet<TableId> expected = new TreeSet<>();
    SortedSet<String> schemas = new TreeSet<>();
    for (PostgresSide.SideTable table : atSource.values()) {
      if (!selection.selects(table.id())) {
        continue;
      }
      TableId name = renaming.targetOf(table.id());
      expected.add(name);
      schemas.add(name.schema());
      PostgresSide.SideTable copy = atTarget.get(name);
      if (copy == null) {
        missing.add(table.id());
        continue;
      }
      List<String> columns = new ArrayList<>(columns(table));
      for (String column : List.copyOf(columns)) {
        if (!copy.columns().containsKey(column)) {
          problems.add("table " + name + " lacks the column " + column);
          columns.remove(column);
        }
      }
      if (!columns.isEmpty()) {
        tables.add(compare(left, right, table, copy, columns));
      }
    }
    List<TableId> extra =
        atTarget.keySet().stream()
            .filter(id -> schemas.contains(id.schema()) && !expected.contains(id))
            .toList();
    List<String> notes = new ArrayList<>();
    noteSequences(left, right, schemas, notes);
    noteNames(left, right, expected, notes);
    return new ComparisonReport(
        tables, missing, extra, problems, notes, Duration.between(start, Instant.now()));
  }

  private List<String> columns(PostgresSide.SideTable table) {
    return selection.columnsOf(table.id()).orElseGet(() -> List.copyOf(table.columns().keySet()));
  }

  private TableComparison compare(
      PostgresSide left,
      PostgresSide right,
      PostgresSide.SideTable table,
      PostgresSide.SideTable copy,
      List<String> columns)
      throws SQLException {
    List<KeyField> key = key(table, copy, columns);
    Tally tally = new Tally(table.id(), copy.id(), key);
    try (PostgresSide.Rows sourceRows =
            left.open(table, columns, key, selection.filterOf(table.id()));
        PostgresSide.Rows targetRows = right.open(copy, columns, key, Optional.empty())) {
      Optional<CopyLine> one = sourceRows.next();
      Optional<CopyLine> other = targetRows.next();
      while (one.isPresent() || other.isPresent()) {
        int order =
            one.isEmpty() ? 1 : other.isEmpty() ? -1 : one.get().compareKey(other.get(), key);
        if (order == 0) {
          tally.pair(one.get(), other.get());
        } else if (order < 0) {
          tally.missing(one.get());
        } else {
          tally.extra(other.get());
        }
        if (order <= 0) {
          one = sourceRows.next();
        }
        if (order >= 0) {
          other = targetRows.next();
        }
      }
    }
    return tally.result();
  }

  /** The primary key, in an order that both sides share; or one nameless field, the whole row. */
  private static List<KeyField> key(
      PostgresSide.SideTable table, PostgresSide.SideTable copy, List<String> columns) {
    if (table.primaryKey().isEmpty() || !columns.containsAll(table.primaryKey())) {
      return List.of(new KeyField("", KeyField.Order.TEXT));
    }
    return table.primaryKey().stream()
        .map(
            column -> {
              Optional<KeyField.Order> order = table.orderOf(column);
              return new KeyField(
                  column,
                  order.isPresent() && order.equals(copy.orderOf(column))
                      ? order.get()
                      : KeyField.Order.TEXT);
            })
        .toList();
  }

  private void noteSequences(
      PostgresSide left, PostgresSide right, Set<String> schemas, List<String> notes)
      throws SQLException {
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

  private void noteNames(
      PostgresSide left, PostgresSide right, Set<TableId> expected, List<String> notes)
      throws SQLException {
    Map<TableId, SortedSet<String>> atTarget = right.indexesAndConstraints();
    left.indexesAndConstraints()
        .forEach(
            (table, names) -> {
              TableId name = renaming.targetOf(table);
              if (!selection.selects(table) || !expected.contains(name)) {
                return;
              }
              SortedSet<String> lacking = new TreeSet<>(names);
              lacking.removeAll(atTarget.getOrDefault(name, new TreeSet<>()));
              lacking.forEach(what -> notes.add("table " + name + " lacks the " + what));
            });
  }

  /** Counts, and keeps the first few keys of what is not equal. */
  private static final class Tally {
    private final TableId source;
    private final TableId target;
    private final List<KeyField> key;
    private final List<String> samples = new ArrayList<>();
    private long equal;
    private long different;
    private long missing;
    private long extra;

    Tally(TableId source, TableId target, List<KeyField> key) {
      this.source = source;
      this.target = target;
      this.key = key;
    }

    void pair(CopyLine one, CopyLine other) {
      if (one.sameRow(other)) {
        equal++;
      } else {
        different++;
        sample("different", one);
      }
    }

    void missing(CopyLine line) {
      missing++;
      sample("missing", line);
    }

    void extra(CopyLine line) {
      extra++;
      sample("extra", line);
    }

    private void sample(String what, CopyLine line) {
      if (samples.size() < MAX_SAMPLES) {
        samples.add(
            key.get(0).column().isEmpty() ? what + ": a row" : what + ": " + line.describe(key));
      }
    }

    TableComparison result() {
      return new TableComparison(source, target, equal, different, missing, extra, samples);
    }
  }
}
