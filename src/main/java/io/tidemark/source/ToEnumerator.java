package io.tidemark.source;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.schema.TableId;
import java.util.List;
import org.apache.flink.api.connector.source.SourceEvent;

/** What a reader tells the enumerator. Positions travel printed. */
sealed interface ToEnumerator extends SourceEvent {

  /**
   * A reader runs.
   *
   * @param restored the splits that a checkpoint gave it, serialized
   */
  record ReaderStarted(List<byte[]> restored) implements ToEnumerator {}

  /**
   * A part of a message that may be too long for one, compressed.
   *
   * @param number from 0
   * @param count how many there are
   */
  record Part(int number, int count, byte[] bytes) implements ToEnumerator {}

  /** The reader was told that the checkpoint is complete; its task may end with it. */
  record Completed(long checkpoint) implements ToEnumerator {}

  /** The reader's task runs after {@link Completed}, and does not end with that checkpoint. */
  record GoesOn(long checkpoint) implements ToEnumerator {}

  /**
   * The log reader holds at {@code position}; {@code pending} was processed and is not known
   * visible.
   */
  record LogHeld(long cycle, String position, String pending) implements ToEnumerator {}

  /** Where the log reader is. */
  record LogAt(String position) implements ToEnumerator {}

  record SessionOpened(long cycle, String snapshot) implements ToEnumerator {}

  /** Everything that the sessions of an exposed cycle contain has been processed. */
  record LogPassed(long cycle) implements ToEnumerator {}

  /** The sessions of an exposed cycle contain what cannot be processed before they are copied. */
  record LogAhead(long cycle) implements ToEnumerator {}

  /** The chunk was read to its end and handed to the sink. */
  record ChunkWritten(long cycle, Chunk chunk) implements ToEnumerator {}

  record ChunkFailed(long cycle, Chunk chunk, String reason) implements ToEnumerator {}

  /** A completed checkpoint contains these chunks. */
  record ChunksDurable(long cycle, List<Chunk> chunks) implements ToEnumerator {}

  /**
   * What was told when {@code checkpoint} was complete ends here; the reader is told {@link
   * ToReader.DurableKnown}.
   */
  record DurableTold(long checkpoint) implements ToEnumerator {}

  /** A completed checkpoint contains the transactions that made these keys to be copied again. */
  record KeysReopened(TableId table, List<Key> keys) implements ToEnumerator {}

  /**
   * A completed checkpoint contains the transaction with which everything that the log reader knew
   * to be copied of the table, in the cycles up to {@code cycle}, was given up.
   */
  record TableUncovered(TableId table, long cycle) implements ToEnumerator {}
}
