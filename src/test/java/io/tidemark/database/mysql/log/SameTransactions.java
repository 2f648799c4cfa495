package io.tidemark.database.mysql.log;

import io.tidemark.database.LogReader;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.schema.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Reads the log up to the server's present. */
final class SameTransactions {

  private SameTransactions() {}

  /** The changes of each transaction after {@code from}. */
  static List<List<String>> read(LogServer server, MySqlSource source, BinlogPosition from)
      throws InterruptedException {
    return read(server, source, server.tables(source), from);
  }

  static List<List<String>> read(
      LogServer server, MySqlSource source, List<Table> tables, BinlogPosition from)
      throws InterruptedException {
    BinlogPosition end = server.now();
    List<List<String>> transactions = new ArrayList<>();
    List<String> changes = new ArrayList<>();
    try (LogReader log = source.openLog(1, from, tables, SourceMemory.NONE)) {
      BinlogPosition at = from;
      while (!at.covers(end)) {
        LogReader.Message message = log.poll(Duration.ofSeconds(20)).orElseThrow();
        if (message instanceof LogReader.Changes piece) {
          piece.changes().forEach(change -> changes.add(LogTranscript.print(change)));
        } else if (message instanceof LogReader.Commit commit) {
          at = (BinlogPosition) commit.position();
          transactions.add(List.copyOf(changes));
          changes.clear();
        } else if (message instanceof LogReader.Advance advance) {
          at = (BinlogPosition) advance.position();
        }
      }
    }
    return transactions;
  }
}
