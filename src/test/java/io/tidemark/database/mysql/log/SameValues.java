package io.tidemark.database.mysql.log;

import io.tidemark.change.KeyRange;
import io.tidemark.change.RowChange;
import io.tidemark.database.LogReader;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.schema.Table;
import io.tidemark.testing.SnapshotRows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads the same rows by a snapshot and from the log. */
final class SameValues {

  private SameValues() {}

  /** All rows, in the order of the key. */
  static List<List<String>> snapshot(LogServer server, MySqlSource source, Table table)
      throws InterruptedException {
    try (SnapshotSession session = source.openSession(1, Optional.empty(), List.of(table))) {
      return SnapshotRows.read(session, table, KeyRange.everything()).stream()
          .map(row -> LogTranscript.values(table, row))
          .toList();
    }
  }

  /** The rows of the inserts that the log holds after {@code from}, up to the server's present. */
  static List<List<String>> log(LogServer server, MySqlSource source, BinlogPosition from)
      throws InterruptedException {
    BinlogPosition end = server.now();
    List<List<String>> rows = new ArrayList<>();
    try (LogReader log = server.open(source, from)) {
      BinlogPosition at = from;
      while (!at.covers(end)) {
        LogReader.Message message = log.poll(Duration.ofSeconds(20)).orElseThrow();
        if (message instanceof LogReader.Changes changes) {
          for (RowChange change : changes.changes()) {
            RowChange.Insert insert = (RowChange.Insert) change;
            rows.add(LogTranscript.values(insert.table(), insert.row()));
          }
        } else if (message instanceof LogReader.Commit commit) {
          at = (BinlogPosition) commit.position();
        } else if (message instanceof LogReader.Advance advance) {
          at = (BinlogPosition) advance.position();
        }
      }
    }
    return rows;
  }
}
