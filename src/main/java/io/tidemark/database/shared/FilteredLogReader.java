package io.tidemark.database.shared;

import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.LogPosition;
import io.tidemark.database.LogReader;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Selection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Leaves out what does not meet the job's row filters. A row that comes to meet its filter is an
 * insert, and one that no longer does a delete.
 */
public final class FilteredLogReader implements LogReader {

  /** The filters, which the source evaluates. Used by one thread. */
  public interface RowFilters extends AutoCloseable {

    /** For each row of a table with a filter, whether it meets it. */
    boolean[] matches(Table table, List<Row> rows);

    /** Why an update cannot be judged whose old row the log does not carry, and what to do. */
    DatabaseException incomplete(Table table);

    @Override
    void close();
  }

  private final LogReader log;
  private final RowFilters filters;

  /** By name: a later version of a table must not pass for one without a filter. */
  private final Set<TableId> filtered;

  private FilteredLogReader(LogReader log, RowFilters filters, Set<TableId> filtered) {
    this.log = log;
    this.filters = filters;
    this.filtered = filtered;
  }

  /**
   * Takes over {@code log}; gives it back as it is if no table has a filter.
   *
   * @param open makes the filters of these tables
   */
  public static LogReader over(
      LogReader log,
      Selection selection,
      List<Table> tables,
      Function<List<Table>, RowFilters> open) {
    List<Table> filtered =
        tables.stream().filter(table -> selection.filterOf(table.id()).isPresent()).toList();
    if (filtered.isEmpty()) {
      return log;
    }
    try {
      return new FilteredLogReader(
          log,
          open.apply(filtered),
          filtered.stream().map(Table::id).collect(Collectors.toUnmodifiableSet()));
    } catch (RuntimeException e) {
      log.close();
      throw e;
    }
  }

  @Override
  public Optional<Message> poll(Duration wait) throws InterruptedException {
    long deadline = System.nanoTime() + wait.toNanos();
    while (true) {
      long left = Math.max(0, deadline - System.nanoTime());
      Optional<Message> message = log.poll(Duration.ofNanos(left));
      if (message.isEmpty() || !(message.get() instanceof Changes changes)) {
        return message;
      }
      List<RowChange> remaining = filter(changes.changes());
      if (!remaining.isEmpty()) {
        return Optional.of(new Changes(remaining));
      }
    }
  }

  /** The rows of one table whose filter is asked for in one query. */
  private static final class Question {
    private final List<Row> rows = new ArrayList<>();
    private boolean[] answers = new boolean[0];
    private int next;

    boolean nextAnswer() {
      return answers[next++];
    }
  }

  private List<RowChange> filter(List<RowChange> changes) {
    Map<Table, Question> questions = new HashMap<>();
    for (RowChange change : changes) {
      ask(change, questions);
    }
    questions.forEach(
        (table, question) -> question.answers = filters.matches(table, question.rows));
    List<RowChange> remaining = new ArrayList<>(changes.size());
    for (RowChange change : changes) {
      remaining(change, questions).ifPresent(remaining::add);
    }
    return remaining;
  }

  private void ask(RowChange change, Map<Table, Question> questions) {
    tableOf(change)
        .filter(table -> filtered.contains(table.id()))
        .ifPresent(
            table -> {
              List<Row> rows = questions.computeIfAbsent(table, missing -> new Question()).rows;
              if (change instanceof RowChange.Insert insert) {
                rows.add(insert.row());
              } else if (change instanceof RowChange.Update update) {
                rows.add(before(update));
                rows.add(update.after());
              } else if (change instanceof RowChange.Delete delete) {
                rows.add(delete.before());
              }
            });
  }

  private Row before(RowChange.Update update) {
    return update.before().orElseThrow(() -> filters.incomplete(update.table()));
  }

  private static Optional<Table> tableOf(RowChange change) {
    if (change instanceof RowChange.Insert insert) {
      return Optional.of(insert.table());
    }
    if (change instanceof RowChange.Update update) {
      return Optional.of(update.table());
    }
    if (change instanceof RowChange.Delete delete) {
      return Optional.of(delete.table());
    }
    return Optional.empty();
  }

  private Optional<RowChange> remaining(RowChange change, Map<Table, Question> questions) {
    Question question = tableOf(change).map(questions::get).orElse(null);
    if (question == null) {
      return Optional.of(change);
    }
    if (!(change instanceof RowChange.Update update)) {
      return question.nextAnswer() ? Optional.of(change) : Optional.empty();
    }
    boolean before = question.nextAnswer();
    boolean after = question.nextAnswer();
    if (before && after) {
      return Optional.of(update);
    }
    if (before) {
      return Optional.of(new RowChange.Delete(update.table(), before(update)));
    }
    return after
        ? Optional.of(new RowChange.Insert(update.table(), update.after()))
        : Optional.empty();
  }

  @Override
  public void confirm(LogPosition durable) {
    log.confirm(durable);
  }

  @Override
  public void keepAlive() {
    log.keepAlive();
  }

  @Override
  public boolean isNothingUnlogged() {
    return log.isNothingUnlogged();
  }

  @Override
  public void close() {
    try (filters) {
      log.close();
    }
  }
}
