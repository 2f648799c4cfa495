package io.tidemark.source;

import io.tidemark.database.DaemonThreads;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.FailureNote;
import io.tidemark.database.Ledger.TargetWatch;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the target's tables once a second, or less often where there are very many, in a thread
 * of its own. A target that does not answer is asked again: those that write to it notice it too,
 * and know how long to wait. What a look finds ends the looks.
 */
final class TargetLooks implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(TargetLooks.class);

  private static final long LOOK_MILLIS = 1_000;

  /** Up to so many tables a look costs little, and what it takes is the way to the server. */
  private static final int FEW_TABLES = 500;

  /** Looks at more of them may take a twentieth of a core of the target and one here. */
  private static final int REST_PER_LOOK = 19;

  private static final long CLOSE_SECONDS = 5;

  private final TargetWatch watch;
  private final Rest rest;
  private final long epoch;
  private final FailureNote failures;
  private final Consumer<Throwable> stop;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("tidemark-target-watch"));

  private boolean silent;

  /**
   * Takes {@code watch} over.
   *
   * @param tables how many there are to look at
   * @param stop is told, in the thread of the looks, what the stream must end with
   */
  TargetLooks(
      TargetWatch watch, int tables, long epoch, FailureNote failures, Consumer<Throwable> stop) {
    this.watch = watch;
    this.rest = new Rest(tables > FEW_TABLES ? REST_PER_LOOK : 0, System.nanoTime());
    this.epoch = epoch;
    this.failures = failures;
    this.stop = stop;
  }

  /** Begins. Called once. */
  void start() {
    timer.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    long begun = System.nanoTime();
    if (rest.lastsAt(begun)) {
      return;
    }
    try {
      watch.look(epoch);
      silent = false;
      rest.begin(begun, System.nanoTime());
    } catch (DatabaseException e) {
      if (e.kind() == DatabaseException.Kind.RETRYABLE) {
        if (!silent) {
          LOG.warn("The target's tables cannot be looked at: {}", e.getMessage());
        }
        silent = true;
      } else {
        end(e);
      }
    } catch (RuntimeException | Error e) {
      end(e);
    }
  }

  private void end(Throwable failure) {
    if (timer.isShutdown()) {
      return;
    }
    timer.shutdown();
    closeWatch();
    failures.leave(epoch, failure);
    stop.accept(failure);
  }

  /**
   * Ends the looks. A server that does not answer one of them keeps this waiting briefly only; the
   * connection is closed when it has answered.
   */
  @Override
  public void close() {
    try {
      timer.execute(this::closeWatch);
    } catch (RejectedExecutionException e) {
      LOG.debug("the looks at the target have ended already", e);
    }
    timer.shutdown();
    try {
      if (!timer.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("A look at the target's tables has not come to its end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void closeWatch() {
    try {
      watch.close();
    } catch (DatabaseException e) {
      LOG.debug("closing the connection that has looked at the target failed", e);
    }
  }
}
