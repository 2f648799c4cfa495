package io.tidemark.database.mysql.log;

import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.LogReader;
import io.tidemark.database.TransactionId;
import io.tidemark.schema.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Writes down what a log reader delivers, so that it can be compared line by line. */
final class LogTranscript {

  private static final Duration WAIT = Duration.ofSeconds(20);

  /** A transaction as it was delivered. */
  record Transaction(TransactionId id, List<String> changes, LogReader.Commit commit) {}

  private LogTranscript() {}

  /** The next transaction, whole. */
  static Transaction next(LogReader log) throws InterruptedException {
    TransactionId id = null;
    List<String> changes = new ArrayList<>();
    long deadline = System.nanoTime() + WAIT.toNanos();
    while (System.nanoTime() < deadline) {
      Optional<LogReader.Message> message = log.poll(Duration.ofMillis(50));
      if (message.isEmpty()) {
        continue;
      }
      if (message.get() instanceof LogReader.Begin begin) {
        id = begin.transaction();
      } else if (message.get() instanceof LogReader.Changes piece) {
        piece.changes().forEach(change -> changes.add(print(change)));
      } else if (message.get() instanceof LogReader.Commit commit) {
        return new Transaction(id, changes, commit);
      }
    }
    throw new AssertionError("no transaction came; so far: " + changes);
  }

  static String print(RowChange change) {
    if (change instanceof RowChange.Insert insert) {
      return "insert " + print(insert.table(), insert.row());
    }
    if (change instanceof RowChange.Update update) {
      return "update "
          + update.before().map(row -> print(update.table(), row) + " -> ").orElse("")
          + print(update.table(), update.after());
    }
    if (change instanceof RowChange.Delete delete) {
      return "delete " + print(delete.table(), delete.before());
    }
    if (change instanceof RowChange.Truncate truncate) {
      return "truncate " + truncate.tables();
    }
    throw new AssertionError(change);
  }

  static List<String> values(Table table, Row row) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < row.size(); i++) {
      if (!row.isPresent(i)) {
        values.add("<absent>");
      } else if (row.isNull(i)) {
        values.add("<null>");
      } else if (table.columns().get(i).values().isRaw()) {
        values.add(
            HexFormat.of().formatHex(row.array(), row.offset(i), row.offset(i) + row.length(i)));
      } else {
        values.add(row.text(i));
      }
    }
    return values;
  }

  private static String print(Table table, Row row) {
    return values(table, row).stream().collect(Collectors.joining("|", "(", ")"));
  }
}
