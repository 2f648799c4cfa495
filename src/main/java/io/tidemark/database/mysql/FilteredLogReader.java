package io.tidemark.database.mysql;

import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.LogPosition;
import io.tidemark.database.LogReader;
import io.tidemark.database.mysql.MySqlSource.Role;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Leaves out what does not meet the job's row filters. A row that comes to meet its filter is an
 * insert, and one that no longer does a delete.
 */
final class FilteredLogReader implements LogReader {

  private final LogReader log;
  private final MySqlQueries queries;
  private final Map<Table, LogRowFilter> filters;

  private FilteredLogReader(LogReader log, MySqlQueries queries, Map<Table, LogRowFilter> filters) {
    this.log = log;
    this.queries = queries;
    this.filters = filters;
  }

  /** Takes over {@code log}; gives it back as it is if no table has a filter. */
  static LogReader over(LogReader log, MySqlSource source, long epoch, List<Table> tables) {
    List<Table> filtered =
        tables.stream()
            .filter(table -> source.selection().filterOf(table.id()).isPresent())
            .toList();
    if (filtered.isEmpty()) {
      return log;
    }
    try {
      MySqlQueries queries = source.open(epoch, Role.LOOKUP);
      try {
        Map<TableId, LoggedTable> logged = LoggedTables.read(queries, source.selection(), filtered);
        boolean mariaDb = queries.version().isMariaDb();
        Map<Table, LogRowFilter> filters = new HashMap<>();
        for (Table table : filtered) {
          String condition = source.selection().filterOf(table.id()).orElseThrow();
          filters.put(table, LogRowFilter.of(logged.get(table.id()), condition, mariaDb));
        }
        return new FilteredLogReader(log, queries, filters);
      } catch (RuntimeException e) {
        queries.close();
        throw e;
      }
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
        (table, question) -> question.answers = filters.get(table).matches(queries, question.rows));
    List<RowChange> remaining = new ArrayList<>(changes.size());
    for (RowChange change : changes) {
      remaining(change, questions).ifPresent(remaining::add);
    }
    return remaining;
  }

  private void ask(RowChange change, Map<Table, Question> questions) {
    tableOf(change)
        .filter(filters::containsKey)
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

  private static Row before(RowChange.Update update) {
    return update.before().orElseThrow(() -> LogRowFilter.incomplete(update.table()));
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

  private static Optional<RowChange> remaining(RowChange change, Map<Table, Question> questions) {
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
  public void close() {
    try (queries) {
      log.close();
    }
  }
}
