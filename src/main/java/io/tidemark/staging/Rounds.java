package io.tidemark.staging;

import io.tidemark.schema.TableId;
import io.tidemark.staging.StagedTables.Changed;
import io.tidemark.staging.StagedTables.Opened;
import io.tidemark.staging.StagedTables.Part;
import io.tidemark.staging.StagedTables.Rows;
import io.tidemark.staging.TablesCheckpoint.Round;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts side by side what the writers of a sink have staged: the rows of a table that came before a
 * change of it, whichever writer had them, are one round, and those after it the next.
 *
 * <p>Every writer is told of every change, in the same order, before its own rows that follow. So a
 * change is the boundary between the same rounds at all of them.
 */
public final class Rounds {

  /** What a writer has of a table: the changes, and what lies between them. */
  private static final class Course {
    private final List<ShapeChange> changes = new ArrayList<>();
    private final List<List<Part>> between = new ArrayList<>(List.of(new ArrayList<>()));
  }

  /** A shape's rows within a round. */
  private static final class Shaped {
    private boolean opened;
    private final List<StagedRows> staged = new ArrayList<>();
  }

  private Rounds() {}

  /**
   * @param staged by all writers, those of one in their order
   * @throws IllegalStateException if two writers were told of different changes
   */
  public static List<Round> of(List<StagedTables> staged) {
    Map<TableId, Map<Long, Course>> courses = new LinkedHashMap<>();
    for (StagedTables some : staged) {
      for (Part part : some.parts()) {
        Course course =
            courses
                .computeIfAbsent(part.table(), table -> new LinkedHashMap<>())
                .computeIfAbsent(some.writer(), writer -> new Course());
        if (part instanceof Changed changed) {
          course.changes.add(changed.change());
          course.between.add(new ArrayList<>());
        } else {
          course.between.get(course.changes.size()).add(part);
        }
      }
    }
    List<List<ShapeChange>> changes = new ArrayList<>();
    List<List<TablesCheckpoint.Table>> tables = new ArrayList<>();
    courses.forEach(
        (table, writers) -> {
          List<ShapeChange> common = common(table, writers);
          for (int round = 0; round <= common.size(); round++) {
            if (changes.size() <= round) {
              changes.add(new ArrayList<>());
              tables.add(new ArrayList<>());
            }
            if (round > 0) {
              changes.get(round).add(common.get(round - 1));
            }
            tables.get(round).addAll(tables(writers, round));
          }
        });
    List<Round> rounds = new ArrayList<>();
    for (int round = 0; round < changes.size(); round++) {
      rounds.add(new Round(changes.get(round), tables.get(round)));
    }
    return rounds;
  }

  private static List<ShapeChange> common(TableId table, Map<Long, Course> writers) {
    List<ShapeChange> common = writers.values().iterator().next().changes;
    for (Course course : writers.values()) {
      if (!course.changes.equals(common)) {
        throw new IllegalStateException(
            "the writers of table "
                + table
                + " were told of its changes in different orders, or not all of them: "
                + kinds(common)
                + " and "
                + kinds(course.changes)
                + ". A source that reads one table's changes in several subtasks at a time cannot be"
                + " written exactly once: set its parallelism to 1, or schema.change.behavior to"
                + " exception");
      }
    }
    return common;
  }

  private static List<String> kinds(List<ShapeChange> changes) {
    return changes.stream().map(change -> change.getClass().getSimpleName()).toList();
  }

  private static List<TablesCheckpoint.Table> tables(Map<Long, Course> writers, int round) {
    Map<TableShape, Shaped> shapes = new LinkedHashMap<>();
    for (Course course : writers.values()) {
      for (Part part : course.between.get(round)) {
        if (part instanceof Opened opened) {
          shapes.computeIfAbsent(opened.shape(), shape -> new Shaped()).opened = true;
        } else if (part instanceof Rows rows) {
          shapes.computeIfAbsent(rows.shape(), shape -> new Shaped()).staged.add(rows.staged());
        }
      }
    }
    List<TablesCheckpoint.Table> tables = new ArrayList<>();
    shapes.forEach(
        (shape, shaped) ->
            tables.add(new TablesCheckpoint.Table(shape, shaped.opened, shaped.staged)));
    List<TablesCheckpoint.Table> written =
        tables.stream().filter(table -> !table.staged().isEmpty()).toList();
    if (written.size() > 1) {
      throw new IllegalStateException(
          "table "
              + written.get(0).shape().table()
              + " came with another shape without a change that says so, and it cannot be told"
              + " which of its rows are the later ones. The job's next attempt reads them again");
    }
    // Of a table without rows, the shape that it had last.
    return written.isEmpty()
        ? tables.subList(Math.max(0, tables.size() - 1), tables.size())
        : written;
  }
}
