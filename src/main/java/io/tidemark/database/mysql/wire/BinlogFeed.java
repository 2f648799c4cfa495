package io.tidemark.database.mysql.wire;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.mysql.session.EventBytes;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Takes events off a connection in a thread of its own and keeps a bounded number of bytes of them.
 * When that is full the thread reads nothing, so that the server waits in its turn.
 *
 * <p>One thread takes; {@link #close} may come from any.
 */
public final class BinlogFeed implements AutoCloseable {

  private static final long MOST_BYTES = 8 << 20;
  private static final int MOST_EVENTS = 20_000;

  private final BinlogConnection connection;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Queue<EventBytes> events = new ArrayDeque<>();
  private long bytes;
  private @Nullable Throwable failure;
  private boolean closed;

  /** Takes over {@code connection}, whose dump has started. */
  public BinlogFeed(BinlogConnection connection) {
    this.connection = connection;
    Thread thread = new Thread(this::run, "tidemark binlog feed");
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    try {
      while (true) {
        EventBytes event = connection.readEvent();
        if (!put(event)) {
          return;
        }
      }
    } catch (IOException | RuntimeException | Error e) {
      lock.lock();
      try {
        failure = e;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * Whether the feed is still open. An event larger than the bound is taken when nothing else is.
   */
  private boolean put(EventBytes event) {
    lock.lock();
    try {
      while (!closed
          && !events.isEmpty()
          && (bytes + event.remaining() > MOST_BYTES || events.size() >= MOST_EVENTS)) {
        changed.awaitUninterruptibly();
      }
      events.add(event);
      bytes += event.remaining();
      changed.signalAll();
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next event, if one comes in time.
   *
   * @throws IOException if the link broke or the server refused, after all events that came before
   */
  public Optional<EventBytes> take(long nanos) throws IOException, InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = nanos;
      while (events.isEmpty() && failure == null && !closed && left > 0) {
        left = changed.awaitNanos(left);
      }
      EventBytes event = events.poll();
      if (event != null) {
        bytes -= event.remaining();
        changed.signalAll();
        return Optional.of(event);
      }
      if (failure != null) {
        rethrow(failure);
      }
      if (closed) {
        throw new IOException("the log reader was closed");
      }
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  private static void rethrow(Throwable failure) throws IOException {
    if (failure instanceof BinlogServerException server) {
      throw server;
    }
    if (failure instanceof DatabaseException known) {
      throw known;
    }
    if (failure instanceof Error error) {
      throw new IllegalStateException("the thread that reads the log failed", error);
    }
    throw new IOException(failure.getMessage(), failure);
  }

  /** Whether nothing waits to be taken. */
  public boolean isDrained() {
    lock.lock();
    try {
      return events.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      closed = true;
      events.clear();
      bytes = 0;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    connection.close();
  }

  /** For how long {@link #take} waits at most, whatever the caller wants. */
  public static long nanos(java.time.Duration wait) {
    return Math.min(wait.toNanos(), TimeUnit.HOURS.toNanos(1));
  }
}
