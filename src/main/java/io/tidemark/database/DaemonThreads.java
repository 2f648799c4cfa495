package io.tidemark.database;

import java.util.concurrent.ThreadFactory;

/** Makes threads that do not keep a process alive. Thread-safe. */
public final class DaemonThreads {

  private DaemonThreads() {}

  /**
   * @param name of every thread that the factory makes
   */
  public static ThreadFactory named(String name) {
    return work -> {
      Thread thread = new Thread(work, name);
      thread.setDaemon(true);
      return thread;
    };
  }
}
