package io.tidemark.endtoend;

import io.tidemark.change.KeyRange;
import io.tidemark.change.RowChange;
import io.tidemark.database.LogReader;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.SourceLookup;
import io.tidemark.database.TargetDatabase;
import io.tidemark.database.TargetFinish;
import io.tidemark.database.TargetWriter;
import io.tidemark.database.TargetWriter.ChunkLoad;
import io.tidemark.database.TransactionId;
import io.tidemark.schema.Table;
import io.tidemark.settings.ExistingRows;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Takes a source's rows to a target in one thread and without Flink: first as chunks, then what the
 * log has, change by change. For tests of what values become on the way.
 */
final class Passage {

  private static final Duration QUIET = Duration.ofMillis(1500);

  private final SourceDatabase source;
  private final TargetDatabase target;
  private final List<Table> tables;
  private final SourceControl.LogStart start;
  private final TargetFinish finish;
  private final SnapshotPosition snapshot;

  /** Makes the tables and copies what is in them now. */
  Passage(SourceDatabase source, TargetDatabase target) throws Exception {
    this.source = target.understands(source) ? source : source.portable();
    this.target = target;
    try (SourceControl control = this.source.openControl(1)) {
      start = control.createLog();
      tables = control.tables();
    }
    finish = target.prepareTables(this.source.describe(), Set.of(), ExistingRows.FAIL);
    try (SnapshotSession session = this.source.openSession(1, Optional.empty(), tables);
        TargetWriter writer = target.openWriter("passage")) {
      snapshot = session.position();
      for (Table table : tables) {
        ChunkLoad chunk = writer.beginChunk(table, session.format(table));
        long rows = session.read(table, KeyRange.everything(), chunk::write);
        if (chunk.end() != rows) {
          throw new AssertionError("not every row of " + table + " arrived");
        }
        writer.commit();
      }
    }
  }

  /** Applies what the log has after the copy, until it has been quiet for a while. */
  Passage follow() throws Exception {
    try (LogReader log = source.openLog(1, start.position(), tables);
        TargetWriter writer = target.openWriter("passage")) {
      Optional<TransactionId> open = Optional.empty();
      long heard = System.nanoTime();
      while (System.nanoTime() - heard < QUIET.toNanos()) {
        Optional<LogReader.Message> message = log.poll(Duration.ofMillis(100));
        if (message.isEmpty()) {
          continue;
        }
        if (!(message.get() instanceof LogReader.Advance)) {
          heard = System.nanoTime();
        }
        if (message.get() instanceof LogReader.Begin begin) {
          open = Optional.of(begin.transaction());
        } else if (message.get() instanceof LogReader.Changes changes
            && !snapshot.includes(open.orElseThrow())) {
          for (RowChange change : changes.changes()) {
            writer.applySingly(change);
          }
        } else if (message.get() instanceof LogReader.Commit) {
          writer.commit();
        }
      }
    }
    return this;
  }

  /** Builds indexes and foreign keys, and sets the numbers of automatic columns. */
  Passage finish() throws Exception {
    finish.finish("finish");
    try (SourceLookup lookup = source.openLookup(1, tables);
        TargetWriter writer = target.openWriter("passage")) {
      writer.setSequences(lookup.sequences());
      writer.commit();
    }
    return this;
  }
}
