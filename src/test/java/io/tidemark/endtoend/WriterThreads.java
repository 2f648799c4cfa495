package io.tidemark.endtoend;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** Threads that write to a database until they are stopped, or one of them fails. */
final class WriterThreads implements AutoCloseable {

  private final AtomicBoolean stopping = new AtomicBoolean();
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final List<Thread> threads = new ArrayList<>();

  /** Writes until {@link #isStopping}. */
  interface Work {
    void run() throws Exception;
  }

  /** How many have been started. */
  int size() {
    return threads.size();
  }

  void start(String name, Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (Exception e) {
                failure.compareAndSet(null, e);
              }
            },
            name);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  boolean isStopping() {
    return stopping.get();
  }

  /**
   * Lets what is under way end.
   *
   * @throws Exception why the first that failed did
   */
  void stop() throws Exception {
    stopping.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
    if (failure.get() != null) {
      throw failure.get();
    }
  }

  @Override
  public void close() throws Exception {
    stop();
  }
}
