package io.tidemark.source;

import io.tidemark.change.ChangeEvent;
import io.tidemark.change.RowChange;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Where the reading threads of a subtask leave what they read for the task's thread, in order,
 * bounded in bytes. Also carries what they have to tell the enumerator, so that it is told after
 * the task's thread has emitted everything that came before. Thread-safe.
 */
final class Handover {

  private static final long OVERHEAD_BYTES = 128;

  /** What is handed over. */
  sealed interface Item {}

  record Emit(ChangeEvent event) implements Item {}

  record Tell(ToEnumerator message) implements Item {}

  private final long maxBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition hasRoom = lock.newCondition();
  private final Deque<Item> items = new ArrayDeque<>();
  private long bytes;
  private @Nullable Throwable failure;
  private CompletableFuture<Void> available = new CompletableFuture<>();

  /**
   * @param maxBytes how much may wait; one item that is larger than this is let in alone
   */
  Handover(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Blocks while there is no room. */
  void put(Item item) throws InterruptedException {
    long weight = weightOf(item);
    lock.lockInterruptibly();
    try {
      while (!items.isEmpty() && bytes + weight > maxBytes) {
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
      while (!items.isEmpty() && bytes + weight > maxBytes) {
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

  private void add(Item item, long weight) {
    items.add(item);
    bytes += weight;
    available.complete(null);
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

  private static long weightOf(Item item) {
    if (item instanceof Emit emit) {
      if (emit.event() instanceof ChangeEvent.ChunkRows rows) {
        return rows.bytes().length + OVERHEAD_BYTES;
      }
      if (emit.event() instanceof ChangeEvent.Changes changes) {
        return OVERHEAD_BYTES
            + changes.changes().stream().mapToLong(RowChange::weight).sum()
            + OVERHEAD_BYTES * changes.changes().size();
      }
    }
    return OVERHEAD_BYTES;
  }
}
