package io.tidemark.protocol;

import java.util.TreeMap;

/**
 * Which chunks may be handed out, where what was handed out is known from checkpoints only: those
 * that a completed checkpoint has announced. Used by one thread.
 */
final class Announcements {

  /** The last chunk that each checkpoint has announced which is not known to be complete. */
  private final TreeMap<Long, Long> taken = new TreeMap<>();

  private long last;
  private long lastTaken;
  private long completed;

  /** The number of a chunk that is announced now. */
  long next() {
    return ++last;
  }

  /** The coordinator's part of a checkpoint is taken. */
  void taken(long checkpoint) {
    lastTaken = checkpoint;
    taken.put(checkpoint, last);
  }

  /** A checkpoint is complete, and with it all that were taken before it are of no interest. */
  void completed(long checkpoint) {
    Long upTo = taken.get(checkpoint);
    if (upTo != null) {
      completed = Math.max(completed, upTo);
    }
    taken.headMap(checkpoint, true).clear();
  }

  /** The last chunk that a completed checkpoint has announced; 0 if there is none. */
  long upTo() {
    return completed;
  }

  /** The last checkpoint of which the coordinator's part is taken. */
  long lastTaken() {
    return lastTaken;
  }
}
