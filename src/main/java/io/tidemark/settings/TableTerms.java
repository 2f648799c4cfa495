package io.tidemark.settings;

import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * What a job file says about one table that decides what its rows at the target are: rows that were
 * copied under one of these say something else than rows copied under another. Immutable.
 *
 * @param source the table's name at the source
 * @param target its name at the target
 * @param columns the columns that travel
 * @param listed whether the job names them; otherwise they are all that the table has
 * @param where the condition that its rows meet, if there is one
 * @param booleans whether columns of type {@code tinyint(1)} travel as booleans; empty if it has
 *     none, or if that is not known
 */
public record TableTerms(
    TableId source,
    TableId target,
    List<String> columns,
    boolean listed,
    Optional<String> where,
    Optional<Boolean> booleans) {

  private static final String TINYINT1 = "tinyint(1)";

  public TableTerms {
    columns = List.copyOf(columns);
  }

  /** What a job says about each of these tables, by their names at the source. */
  public static Map<TableId, TableTerms> of(
      List<Table> tables, Selection selection, Renaming renaming) {
    Map<TableId, TableTerms> terms = new HashMap<>();
    tables.forEach(table -> terms.put(table.id(), of(table, selection, renaming)));
    return terms;
  }

  /** What a job says about {@code table}, of which it copies these columns. */
  public static TableTerms of(Table table, Selection selection, Renaming renaming) {
    boolean tiny =
        table.columns().stream()
            .map(Column::type)
            .anyMatch(type -> type.toLowerCase(Locale.ROOT).startsWith(TINYINT1));
    return new TableTerms(
        table.id(),
        renaming.targetOf(table.id()),
        table.columns().stream().map(Column::name).toList(),
        selection.columnsOf(table.id()).isPresent(),
        selection.filterOf(table.id()).map(String::strip),
        tiny ? Optional.of(selection.booleans()) : Optional.empty());
  }

  /** What has been changed since {@code former}, in words; empty if nothing has. */
  List<String> changesSince(TableTerms former) {
    List<String> changes = new ArrayList<>();
    if (!target.equals(former.target)) {
      changes.add("rename (the target's table is " + target + " and was " + former.target + ")");
    }
    boolean sameColumns = new TreeSet<>(columns).equals(new TreeSet<>(former.columns));
    // All of a table's columns change at the source, which tells of it by itself.
    if ((listed || former.listed) && !sameColumns) {
      changes.add(
          "source.columns ("
              + columnsInWords()
              + " travel, and "
              + former.columnsInWords()
              + " did)");
    }
    if (!where.equals(former.where)) {
      changes.add("source.where (" + inWords(where) + ", and was " + inWords(former.where) + ")");
    }
    if (booleans.isPresent() && former.booleans.isPresent() && !booleans.equals(former.booleans)) {
      changes.add(
          "source.tinyint1 ("
              + tinyint1(booleans)
              + ", and was "
              + tinyint1(former.booleans)
              + ")");
    }
    return changes;
  }

  private String columnsInWords() {
    return (listed ? "" : "all: ") + String.join(", ", columns);
  }

  private static String inWords(Optional<String> where) {
    return where.map(condition -> "\"" + condition + "\"").orElse("none");
  }

  private static String tinyint1(Optional<Boolean> booleans) {
    return booleans.orElse(false) ? "boolean" : "number";
  }

  /**
   * These, as far as they are to be remembered of a table that was copied under {@code former}: the
   * columns that it was copied with, though the source's table may have others by now.
   */
  TableTerms copiedUnder(TableTerms former) {
    return new TableTerms(
        source,
        target,
        former.columns,
        listed,
        where,
        booleans.isPresent() ? booleans : former.booleans);
  }

  /** In a form that {@link #parse} reads: a line for each name, a condition's lines joined. */
  public String print() {
    StringBuilder lines = new StringBuilder();
    line(lines, "source.schema", source.schema());
    line(lines, "source.table", source.name());
    line(lines, "target.schema", target.schema());
    line(lines, "target.table", target.name());
    line(lines, "listed", Boolean.toString(listed));
    columns.forEach(column -> line(lines, "column", column));
    where.ifPresent(condition -> line(lines, "where", condition));
    booleans.ifPresent(said -> line(lines, "booleans", Boolean.toString(said)));
    return lines.toString();
  }

  private static void line(StringBuilder lines, String name, String value) {
    lines
        .append(name)
        .append('=')
        .append(value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r"))
        .append('\n');
  }

  /**
   * Reads what {@link #print} has written; lines of a later form are passed over.
   *
   * @throws IllegalArgumentException if it is something else
   */
  public static TableTerms parse(String printed) {
    Map<String, String> values = new HashMap<>();
    List<String> columns = new ArrayList<>();
    for (String line : printed.split("\n", -1)) {
      int equals = line.indexOf('=');
      if (line.isEmpty()) {
        continue;
      }
      if (equals < 0) {
        throw new IllegalArgumentException("not what a job says of a table: " + printed);
      }
      String name = line.substring(0, equals);
      String value = unescaped(line.substring(equals + 1));
      if (name.equals("column")) {
        columns.add(value);
      } else {
        values.put(name, value);
      }
    }
    return new TableTerms(
        new TableId(
            required(values, "source.schema", printed), required(values, "source.table", printed)),
        new TableId(
            required(values, "target.schema", printed), required(values, "target.table", printed)),
        columns,
        Boolean.parseBoolean(required(values, "listed", printed)),
        Optional.ofNullable(values.get("where")),
        Optional.ofNullable(values.get("booleans")).map(Boolean::parseBoolean));
  }

  private static String required(Map<String, String> values, String name, String printed) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "no " + name + " in what a job says of a table: " + printed);
    }
    return value;
  }

  private static String unescaped(String value) {
    StringBuilder text = new StringBuilder(value.length());
    for (int at = 0; at < value.length(); at++) {
      char one = value.charAt(at);
      if (one != '\\' || at + 1 == value.length()) {
        text.append(one);
        continue;
      }
      at++;
      char escaped = value.charAt(at);
      text.append(escaped == 'n' ? '\n' : escaped == 'r' ? '\r' : escaped);
    }
    return text.toString();
  }
}
