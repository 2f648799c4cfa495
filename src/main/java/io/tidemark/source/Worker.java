package io.tidemark.source;

import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread of a reader that owns database connections; its failure fails the task. */
abstract class Worker implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
  private static final long CLOSE_MILLIS = 30_000;

  private final Handover handover;
  private final Consumer<Throwable> failing;
  private final Thread thread;
  private volatile boolean closed;

  /**
   * @param failing told of what fails the task, before it does, by this thread
   */
  Worker(String name, Handover handover, Consumer<Throwable> failing) {
    this.handover = handover;
    this.failing = failing;
    this.thread = new Thread(this::runReporting, name);
    this.thread.setDaemon(true);
    this.thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
  }

  final void start() {
    thread.start();
  }

  /** Works until {@link #isClosed} or interrupted; whatever it throws fails the task. */
  abstract void run() throws InterruptedException;

  /** Makes a call that does not heed interrupts return; may be called from any thread. */
  abstract void abort();

  final boolean isClosed() {
    return closed;
  }

  final Handover handover() {
    return handover;
  }

  private void runReporting() {
    try {
      run();
    } catch (InterruptedException interrupted) {
      if (!closed) {
        handover.fail(interrupted);
      }
    } catch (Throwable failure) {
      if (closed) {
        LOG.debug("{} ended while it was being closed", thread.getName(), failure);
      } else {
        failing.accept(failure);
        handover.fail(failure);
      }
    }
  }

  @Override
  public final void close() throws InterruptedException {
    closed = true;
    thread.interrupt();
    abort();
    thread.join(CLOSE_MILLIS);
    if (thread.isAlive()) {
      throw new IllegalStateException(
          "thread " + thread.getName() + " did not end within " + CLOSE_MILLIS / 1000 + " s");
    }
  }
}
