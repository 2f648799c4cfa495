package io.tidemark.sink;

import io.tidemark.change.ChangeEvent;
import io.tidemark.change.RowChange;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Between the task's thread, which puts, and the thread that writes, which takes. Bounded. */
final class EventQueue {

  /** What passes through. */
  sealed interface Item {
    /** In bytes, within a constant. */
    long weight();
  }

  record Event(ChangeEvent event, long weight) implements Item {
    Event(ChangeEvent event) {
      this(event, weigh(event));
    }
  }

  /** Asks that everything complete before it is committed, and told when it is. */
  record Flush(CompletableFuture<Void> done) implements Item {
    @Override
    public long weight() {
      return 0;
    }
  }

  private final int maxItems;
  private final long maxBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();
  private final Condition filled = lock.newCondition();
  private final Deque<Item> items = new ArrayDeque<>();
  private long bytes;
  private boolean closed;
  private boolean woken;

  EventQueue(int maxItems, long maxBytes) {
    this.maxItems = maxItems;
    this.maxBytes = maxBytes;
  }

  /**
   * Waits for room.
   *
   * @return false if the queue is closed; the item was not taken
   */
  boolean put(Item item) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!closed
          && !items.isEmpty()
          && (items.size() >= maxItems || bytes + item.weight() > maxBytes)) {
        room.await();
      }
      if (closed) {
        return false;
      }
      items.add(item);
      bytes += item.weight();
      filled.signal();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** The next item; empty if none came in time, if the queue is closed, or after {@link #wake}. */
  Optional<Item> poll(Duration wait) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = wait.toNanos();
      while (items.isEmpty() && !closed && !woken && left > 0) {
        left = filled.awaitNanos(left);
      }
      woken = false;
      Item item = items.poll();
      if (item != null) {
        bytes -= item.weight();
        room.signal();
      }
      return Optional.ofNullable(item);
    } finally {
      lock.unlock();
    }
  }

  /** Lets {@link #poll} return without an item once, now or when it is called next. */
  void wake() {
    lock.lock();
    try {
      woken = true;
      filled.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean isEmpty() {
    lock.lock();
    try {
      return items.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Drops what is in it, takes nothing more and wakes everybody who waits. Idempotent. */
  void close() {
    lock.lock();
    try {
      closed = true;
      for (Item item : items) {
        if (item instanceof Flush flush) {
          flush.done().cancel(false);
        }
      }
      items.clear();
      bytes = 0;
      room.signalAll();
      filled.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static long weigh(ChangeEvent event) {
    long weight = 64;
    if (event instanceof ChangeEvent.ChunkRows rows) {
      weight += rows.bytes().length;
    } else if (event instanceof ChangeEvent.Changes changes) {
      for (RowChange change : changes.changes()) {
        weight += change.weight();
      }
    }
    return weight;
  }
}
