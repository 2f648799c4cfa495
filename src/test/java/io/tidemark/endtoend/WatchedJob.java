package io.tidemark.endtoend;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * A whole job in a Flink of its own in this process, which a test watches from outside.
 *
 * @param <J> what kind of job it is
 */
abstract class WatchedJob<J extends WatchedJob<J>> implements AutoCloseable {

  /** Time for what takes seconds on an idle machine; this one may be busy. */
  static final Duration LONG = Duration.ofSeconds(120);

  private final StreamWatch watch;

  WatchedJob(StreamWatch watch) {
    this.watch = watch;
  }

  /** This job, as what it is. */
  abstract J self();

  abstract boolean hasEnded() throws InterruptedException;

  /** What went wrong so far, for people. */
  abstract List<String> failures() throws InterruptedException;

  /** Where to look at the stream from outside. */
  final StreamWatch watch() {
    return watch;
  }

  final J awaitConsistent() throws Exception {
    await("consistent", watch::consistent);
    return self();
  }

  /** Waits until the target has indexes and constraints too. */
  final J awaitFinished() throws Exception {
    await("finished", watch::finished);
    return self();
  }

  /** Waits until the target has everything that the source has written so far. */
  final J awaitCaughtUp() throws Exception {
    String end = watch.logEnd();
    await("caught up to " + end, () -> watch.reached(end));
    return self();
  }

  /** The same for as long as anything may take. */
  final void await(String what, Callable<Boolean> condition) throws Exception {
    await(what, LONG, condition);
  }

  /**
   * Waits for something that the job does.
   *
   * @throws AssertionError if it does not happen in time, or the job ends before
   */
  final void await(String what, Duration timeout, Callable<Boolean> condition) throws Exception {
    Await.until(
        what,
        timeout,
        () -> {
          if (condition.call()) {
            return true;
          }
          if (hasEnded()) {
            throw new AssertionError("the job ended before it was " + what + "; " + describe());
          }
          return false;
        },
        this::describe);
  }

  final String describe() {
    StringBuilder text = new StringBuilder(watch.describe());
    try {
      failures().forEach(failure -> text.append('\n').append(failure));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return text.toString();
  }

  static String trace(Throwable failure) {
    StringWriter trace = new StringWriter();
    failure.printStackTrace(new PrintWriter(trace));
    return trace.toString();
  }

  @Override
  public abstract void close() throws InterruptedException;
}
