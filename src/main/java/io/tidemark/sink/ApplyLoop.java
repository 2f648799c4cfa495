package io.tidemark.sink;

import io.tidemark.change.ChangeEvent;
import io.tidemark.database.DaemonThreads;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.FailureNote;
import io.tidemark.database.TargetDatabase;
import io.tidemark.database.TargetFinish;
import io.tidemark.settings.StreamNames;
import io.tidemark.sink.EventQueue.Event;
import io.tidemark.sink.EventQueue.Flush;
import io.tidemark.sink.EventQueue.Item;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes what one subtask is given. It takes the events in their order. Chunks
 * and the log go through a connection each, because an open COPY occupies its own; where one
 * subtask carries both, a chunk may stay open while the log goes on. The log's connection has a
 * thread of its own while a target transaction is made.
 *
 * <p>{@link #put}, {@link #flush} and {@link #close} are called by the task's thread.
 */
final class ApplyLoop implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ApplyLoop.class);

  /** How long a statement that is being executed may take to come to its end by itself. */
  private static final long CLOSE_MILLIS = 2000;

  private final TargetDatabase target;
  private final String stream;
  private final TargetFinish finish;
  private final FailureNote failures;
  private final Consumer<Throwable> onFailure;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final EventQueue queue;
  private final ChunkLoader chunks;
  private final LogApplier log;
  private final Thread thread;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final ExecutorService finishing =
      Executors.newSingleThreadExecutor(DaemonThreads.named("tidemark-finish"));
  private volatile Optional<String> finishSession = Optional.empty();
  private boolean resumed;

  /** Under which the events come; 0 before the first that says so. */
  private volatile long epoch;

  /**
   * @param onFailure told of the first failure, by whichever thread meets it
   */
  ApplyLoop(
      TargetDatabase target,
      String stream,
      int subtask,
      TargetFinish finish,
      SinkLimits limits,
      boolean netting,
      SinkMeasures measures,
      Consumer<Throwable> onFailure) {
    this.target = target;
    this.stream = stream;
    this.finish = finish;
    this.failures = new FailureNote(Optional.of(target.ledger(stream)));
    this.onFailure = onFailure;
    this.queue = new EventQueue(limits.queueEvents(), limits.queueBytes());
    String role = "write-" + subtask;
    this.chunks = new ChunkLoader(new WriterSession(target, stream, role, measures), measures);
    this.log =
        new LogApplier(
            new WriterSession(target, stream, role, measures),
            measures,
            limits,
            netting,
            stopped,
            queue::wake);
    this.thread = new Thread(this::run, "tidemark-" + role);
    this.thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Waits for room in the queue. Throws what the thread failed with, if it did. */
  void put(ChangeEvent event) throws InterruptedException {
    if (!queue.put(new Event(event))) {
      throw failed();
    }
  }

  /** Returns when everything complete that was put before is committed at the target. */
  void flush() throws InterruptedException {
    CompletableFuture<Void> done = new CompletableFuture<>();
    if (!queue.put(new Flush(done))) {
      throw failed();
    }
    try {
      done.get();
    } catch (ExecutionException | CancellationException e) {
      throw failed();
    }
  }

  private SinkFailure failed() {
    Throwable first = failure.get();
    return SinkFailure.of(first == null ? new IllegalStateException("the sink is closed") : first);
  }

  private void run() {
    try {
      while (!queue.isClosed()) {
        Optional<Item> item = queue.poll(log.idleWait());
        if (item.isPresent()) {
          take(item.get());
        }
        if (queue.isEmpty()) {
          log.idle();
        }
      }
    } catch (InterruptedException e) {
      // Only close() interrupts this thread.
      LOG.debug("stopped while waiting", e);
    } catch (Throwable e) {
      fail(e);
    } finally {
      closeSession(chunks::close);
      closeSession(log::close);
    }
  }

  private void take(Item item) throws InterruptedException {
    if (item instanceof Event event) {
      handle(event.event());
    } else if (item instanceof Flush flush) {
      try {
        log.flush();
        flush.done().complete(null);
      } catch (RuntimeException e) {
        // First the reason, then whoever waits for it.
        fail(e);
        flush.done().completeExceptionally(e);
        throw e;
      }
    }
  }

  private void handle(ChangeEvent event) throws InterruptedException {
    if (event instanceof ChangeEvent.ChunkBegin begin) {
      epoch = begin.epoch();
      chunks.begin(begin);
    } else if (event instanceof ChangeEvent.ChunkRows rows) {
      chunks.rows(rows);
    } else if (event instanceof ChangeEvent.ChunkEnd end) {
      chunks.end(end);
    } else if (event instanceof ChangeEvent.ChunkAborted aborted) {
      chunks.aborted(aborted);
    } else if (event instanceof ChangeEvent.Changes changes) {
      log.changes(changes.changes());
    } else if (event instanceof ChangeEvent.Commit commit) {
      epoch = commit.epoch();
      log.commit(commit);
      resumeFinish(commit.epoch());
    } else if (event instanceof ChangeEvent.Heartbeat heartbeat) {
      epoch = heartbeat.epoch();
      log.heartbeat(heartbeat);
      resumeFinish(heartbeat.epoch());
    } else if (event instanceof ChangeEvent.SequenceValues sequences) {
      log.sequences(sequences);
    } else if (event instanceof ChangeEvent.ReachedConsistency consistency) {
      log.consistent(consistency);
      resumed = true;
      startFinish(consistency.epoch());
    }
  }

  /**
   * Beside the stream: building an index may take longer than anybody wants to fall behind. One
   * after the other, where consistency is reached more than once.
   */
  private void startFinish(long epoch) {
    String session = StreamNames.session(stream, epoch, "finish");
    finishSession = Optional.of(session);
    if (stopped.getCount() == 0) {
      return;
    }
    finishing.execute(
        () -> {
          try {
            finish.finish(session);
            target.ledger(stream).recordFinish(epoch, session);
          } catch (Throwable e) {
            fail(e);
          }
        });
  }

  /** What the job that ran before could not finish any more is finished by this one. */
  private void resumeFinish(long epoch) throws InterruptedException {
    if (!resumed) {
      resumed = true;
      if (log.isUnfinished()) {
        startFinish(epoch);
      }
    }
  }

  /** The first failure counts. While closing, there is nobody left to tell. */
  private void fail(Throwable cause) {
    boolean first = failure.compareAndSet(null, cause);
    queue.close();
    if (first && stopped.getCount() > 0) {
      failures.leave(epoch, cause);
      onFailure.accept(cause);
    }
  }

  private static void closeSession(Runnable close) {
    try {
      close.run();
    } catch (DatabaseException e) {
      // What it held is rolled back by the server, and what failed before has been reported.
      LOG.debug("closing a connection to the target failed", e);
    }
  }

  /** Rolls back what is open and returns when both threads have ended. Idempotent. */
  @Override
  public void close() throws InterruptedException {
    stopped.countDown();
    queue.close();
    thread.interrupt();
    finishing.shutdownNow();
    thread.join(CLOSE_MILLIS);
    if (thread.isAlive()) {
      // A thread that waits for the server does not notice an interrupt.
      chunks.abort();
      log.abort();
      thread.join();
    }
    if (!finishing.awaitTermination(CLOSE_MILLIS, TimeUnit.MILLISECONDS)) {
      // A statement that waits for the server does not notice an interrupt.
      finishSession.ifPresent(session -> target.expelSessions(session, "tidemark-expel"));
      finishing.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
    }
  }
}
