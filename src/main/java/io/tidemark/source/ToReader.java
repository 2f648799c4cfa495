package io.tidemark.source;

import io.tidemark.change.Key;
import io.tidemark.database.SourceMemory;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.List;
import org.apache.flink.api.connector.source.SourceEvent;
import org.jspecify.annotations.Nullable;

/** What the enumerator tells a reader. Positions travel printed. */
sealed interface ToReader extends SourceEvent {

  /**
   * The stream has been claimed under {@code epoch}; what the reader restored is void.
   *
   * @param memory what was last seen of the source, for the log reader
   */
  record StreamClaimed(long epoch, List<Table> tables, SourceMemory memory) implements ToReader {}

  /**
   * A part of a message that may be too long for one, compressed.
   *
   * @param number from 0
   * @param count how many there are
   */
  record Part(int number, int count, byte[] bytes) implements ToReader {}

  /** For the log reader: hold where you are. */
  record HoldLog(long cycle) implements ToReader {}

  /**
   * For the log reader: the cycle's sessions are open; go on.
   *
   * @param isOfExposed whether to say when everything that they contain has been processed
   */
  record ArmLog(long cycle, List<String> snapshots, boolean isOfExposed) implements ToReader {}

  /**
   * For the log reader: what is durable once all cycles up to {@code cycle} are; 0 at the start.
   *
   * @param uncovered tables that the log reader has given up, and that the coverage is right of now
   */
  record LogCoverage(
      long cycle, List<PrintedCoverage> tables, List<Recopied> recopied, List<TableId> uncovered)
      implements ToReader {}

  /**
   * For a snapshot reader: open a session to read these tables, in place of the one that is open.
   */
  record OpenSession(long cycle, @Nullable String shared, List<TableId> tables)
      implements ToReader {}

  /** For a snapshot reader: the cycle is over. */
  record CloseSession(long cycle) implements ToReader {}

  /**
   * What the reader told when {@code checkpoint} was complete has been heard. Flink holds back what
   * is sent after the coordinator's part of a later checkpoint until the reader's part is taken.
   */
  record DurableKnown(long checkpoint) implements ToReader {}

  /**
   * One table's coverage.
   *
   * @param states one more than bounds: a snapshot, or one of the kinds that have none
   * @param points keys in a state of their own, whatever their range says
   */
  record PrintedCoverage(
      TableId table, List<Key> bounds, List<PrintedState> states, List<PrintedPoint> points)
      implements java.io.Serializable {}

  /** A key in a state of its own. */
  record PrintedPoint(Key key, PrintedState state) implements java.io.Serializable {}

  /** A range's state; the snapshot is there for {@code COPIED} only. */
  record PrintedState(Kind kind, @Nullable String snapshot) implements java.io.Serializable {
    enum Kind {
      UNCOVERED,
      EXPOSED,
      COPIED,
      STREAMED
    }
  }

  /** A key that was reopened and has been copied again. */
  record Recopied(TableId table, Key key, String snapshot) implements java.io.Serializable {}
}
