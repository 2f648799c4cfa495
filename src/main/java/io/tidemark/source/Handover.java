package io.tidemark.source;

import io.tidemark.change.ChangeEvent;
import io.tidemark.change.RowChange;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Where the reading threads of a subtask leave what they read for the task's thread, in order,
 * bounded in bytes. Also carries what they have to tell the enumerator, so that it is told after
 * the task's thread has emitted everything that came before. Thread-safe.
 *
 * <p>It may keep together what makes up a chunk, with the message that it is written, and what
 * makes up a source transaction, with the keys that it reopened: then nothing of the other thread
 * comes in between.
 */
final class Handover {

  private static final long OVERHEAD_BYTES = 128;

  /** Which of the threads hands over. */
  private enum Lane {
    CHUNKS,
    LOG
  }

  /** What is handed over. */
  sealed interface Item {

    /** Whether it is the first of several that belong together. */
    default boolean opens() {
      return false;
    }

    /** Whether it is the last of them. */
    default boolean closes() {
      return false;
    }
  }

  record Emit(ChangeEvent event) implements Item {
    @Override
    public boolean opens() {
      return event instanceof ChangeEvent.ChunkBegin || event instanceof ChangeEvent.Changes;
    }
  }

  record Tell(ToEnumerator message) implements Item {
    @Override
    public boolean closes() {
      return message instanceof ToEnumerator.ChunkWritten
          || message instanceof ToEnumerator.ChunkFailed;
    }
  }

  /** A source transaction ends, and this has to be copied again because of it. */
  record Committed(ChangeEvent.Commit commit, List<ToEnumerator> reopened) implements Item {
    Committed {
      reopened = List.copyOf(reopened);
    }

    @Override
    public boolean closes() {
      return true;
    }
  }

  private final long maxBytes;
  private final boolean keepsTogether;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition hasRoom = lock.newCondition();
  private final Condition hasItem = lock.newCondition();
  private final Deque<Item> items = new ArrayDeque<>();
  private long bytes;

  /** Whose chunk or transaction is not whole yet. */
  private @Nullable Lane open;

  private @Nullable Throwable failure;
  private CompletableFuture<Void> available = new CompletableFuture<>();

  /**
   * @param maxBytes how much may wait; one item that is larger than this is let in alone
   * @param keepsTogether whether chunks and transactions are kept together
   */
  Handover(long maxBytes, boolean keepsTogether) {
    this.maxBytes = maxBytes;
    this.keepsTogether = keepsTogether;
  }

  /** Blocks while there is no room. */
  void put(Item item) throws InterruptedException {
    long weight = weightOf(item);
    lock.lockInterruptibly();
    try {
      while (hasToWait(item, weight)) {
        hasRoom.await();
      }
      add(item, weight);
    } finally {
      lock.unlock();
    }
  }

  /** As {@link #put}, but gives up after {@code millis}. Returns whether the item was taken. */
  boolean offer(Item item, long millis) throws InterruptedException {
    long weight = weightOf(item);
    long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
    lock.lockInterruptibly();
    try {
      while (hasToWait(item, weight)) {
        if (nanos <= 0) {
          return false;
        }
        nanos = hasRoom.awaitNanos(nanos);
      }
      add(item, weight);
      return true;
    } finally {
      lock.unlock();
    }
  }

  private boolean hasToWait(Item item, long weight) {
    return keepsTogether && open != null && open != laneOf(item)
        || !items.isEmpty() && bytes + weight > maxBytes;
  }

  private void add(Item item, long weight) {
    items.add(item);
    bytes += weight;
    if (item.opens()) {
      open = laneOf(item);
    } else if (item.closes()) {
      open = null;
      hasRoom.signalAll();
    }
    available.complete(null);
    hasItem.signalAll();
  }

  /** As {@link #poll}, and waits for it. */
  Item take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      Item item = poll();
      while (item == null) {
        hasItem.await();
        item = poll();
      }
      return item;
    } finally {
      lock.unlock();
    }
  }

  /** The next item, or null if there is none now. Throws what {@link #fail} was told. */
  @Nullable Item poll() {
    lock.lock();
    try {
      if (failure != null) {
        throw UnrecoverableException.classify(failure);
      }
      Item item = items.poll();
      if (item != null) {
        bytes -= weightOf(item);
        hasRoom.signalAll();
      }
      if (items.isEmpty() && available.isDone()) {
        available = new CompletableFuture<>();
      }
      return item;
    } finally {
      lock.unlock();
    }
  }

  /** Makes the task's thread fail at its next look; what still waits is void. */
  void fail(Throwable cause) {
    lock.lock();
    try {
      if (failure == null) {
        failure = cause;
      }
      available.complete(null);
      hasItem.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Has the task's thread look once, though there may be nothing. */
  void wake() {
    lock.lock();
    try {
      available.complete(null);
    } finally {
      lock.unlock();
    }
  }

  /** Complete when there is something to poll, or a failure. */
  CompletableFuture<Void> availability() {
    lock.lock();
    try {
      return available;
    } finally {
      lock.unlock();
    }
  }

  private static Lane laneOf(Item item) {
    boolean isOfChunks =
        item instanceof Emit emit
            ? emit.event() instanceof ChangeEvent.ChunkBegin
                || emit.event() instanceof ChangeEvent.ChunkRows
                || emit.event() instanceof ChangeEvent.ChunkEnd
                || emit.event() instanceof ChangeEvent.ChunkAborted
            : item instanceof Tell tell
                && (tell.closes() || tell.message() instanceof ToEnumerator.SessionOpened);
    return isOfChunks ? Lane.CHUNKS : Lane.LOG;
  }

  private static long weightOf(Item item) {
    if (item instanceof Emit emit) {
      if (emit.event() instanceof ChangeEvent.ChunkRows rows) {
        return rows.bytes().length + OVERHEAD_BYTES;
      }
      if (emit.event() instanceof ChangeEvent.Changes changes) {
        return weightOf(changes.changes());
      }
    }
    return OVERHEAD_BYTES;
  }

  /** About how many bytes the changes take. */
  static long weightOf(List<RowChange> changes) {
    return OVERHEAD_BYTES
        + changes.stream().mapToLong(RowChange::weight).sum()
        + OVERHEAD_BYTES * changes.size();
  }
}
