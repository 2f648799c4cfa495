package io.tidemark.settings;

import io.tidemark.schema.TableId;
import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which tables, columns and rows of the source travel.
 *
 * @param patterns {@code schema.table} with {@code *} for any characters; a leading {@code !} takes
 *     away what earlier ones selected; the last one that matches a table decides
 * @param columns the columns of a table, where not all of them travel
 * @param filters an SQL condition per table, in the source's dialect, that the rows must meet
 * @param booleans whether a column of MySQL's type {@code tinyint(1)} travels as true and false
 * @param only the tables that the patterns may select; empty where they may select any
 */
public record Selection(
    List<String> patterns,
    Map<TableId, List<String>> columns,
    Map<TableId, String> filters,
    boolean booleans,
    Set<TableId> only)
    implements Serializable {

  /** Whatever the patterns match. */
  public Selection(
      List<String> patterns,
      Map<TableId, List<String>> columns,
      Map<TableId, String> filters,
      boolean booleans) {
    this(patterns, columns, filters, booleans, Set.of());
  }

  /** Numbers stay numbers. */
  public Selection(
      List<String> patterns, Map<TableId, List<String>> columns, Map<TableId, String> filters) {
    this(patterns, columns, filters, false);
  }

  /**
   * @throws IllegalArgumentException if there is no pattern
   */
  public Selection {
    patterns = List.copyOf(patterns);
    columns = Map.copyOf(columns);
    filters = Map.copyOf(filters);
    only = Set.copyOf(only);
    if (patterns.isEmpty()) {
      throw new IllegalArgumentException("a selection needs at least one table pattern");
    }
  }

  /** The same selection of these tables, whatever else the patterns come to match later. */
  public Selection narrowedTo(Set<TableId> tables) {
    return new Selection(patterns, columns, filters, booleans, tables);
  }

  /**
   * The same with these columns of selected tables whose columns the job does not name.
   *
   * @param kept by the tables' names
   */
  public Selection keeping(Map<TableId, List<String>> kept) {
    Map<TableId, List<String>> all = new HashMap<>(kept);
    all.keySet().removeIf(table -> !selects(table));
    all.putAll(columns);
    return new Selection(patterns, all, filters, booleans, only);
  }

  /** Whether the patterns select {@code table}. Names are matched exactly, case included. */
  public boolean selects(TableId table) {
    return (only.isEmpty() || only.contains(table)) && matches(table);
  }

  /** The same, of the patterns alone. */
  public boolean matches(TableId table) {
    boolean selected = false;
    for (String pattern : patterns) {
      boolean takesAway = pattern.startsWith("!");
      if (matches(takesAway ? pattern.substring(1) : pattern, table.toString())) {
        selected = !takesAway;
      }
    }
    return selected;
  }

  /** The columns that travel, where not all of the table's do. */
  public Optional<List<String>> columnsOf(TableId table) {
    return Optional.ofNullable(columns.get(table));
  }

  /** The condition that the table's rows must meet to travel, if there is one. */
  public Optional<String> filterOf(TableId table) {
    return Optional.ofNullable(filters.get(table));
  }

  /**
   * The same as one term of a longer condition: in parentheses, of which the last is on a line of
   * its own, as the condition may end in a comment.
   */
  public Optional<String> termOf(TableId table) {
    return filterOf(table).map(filter -> "(" + filter + "\n)");
  }

  /**
   * Goes back to the last star only, since an earlier one can take no more than that: the time is
   * in proportion to both lengths, whatever the pattern.
   */
  private static boolean matches(String pattern, String name) {
    int star = -1;
    int resumed = 0;
    int p = 0;
    for (int n = 0; n < name.length(); ) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        resumed = n;
      } else if (p < pattern.length() && pattern.charAt(p) == name.charAt(n)) {
        p++;
        n++;
      } else if (star >= 0) {
        p = star + 1;
        n = ++resumed;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }
}
