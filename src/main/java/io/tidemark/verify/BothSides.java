package io.tidemark.verify;

import io.tidemark.database.DaemonThreads;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Reads both sides of a comparison at the same time. */
final class BothSides {

  /** Reads one side; ends soon when its thread is interrupted. */
  interface Reading<T> {
    T read() throws InterruptedException;
  }

  /** What was read. */
  record Pair<T>(T source, T target) {}

  private BothSides() {}

  /**
   * Returns when neither of the two is being read any more. If one cannot be, the other is given up
   * and the first failure is thrown.
   */
  static <T> Pair<T> read(Reading<T> source, Reading<T> target) throws InterruptedException {
    ExecutorService threads =
        Executors.newFixedThreadPool(2, DaemonThreads.named("tidemark-comparison"));
    try {
      CompletionService<T> readings = new ExecutorCompletionService<>(threads);
      List<Future<T>> both = List.of(readings.submit(source::read), readings.submit(target::read));
      readings.take().get();
      readings.take().get();
      return new Pair<>(both.get(0).get(), both.get(1).get());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error failure) {
        throw failure;
      }
      throw new IllegalStateException("a reading was interrupted by nobody", e);
    } finally {
      threads.shutdownNow();
      awaitEnd(threads);
    }
  }

  /** Whoever closes a side next must not do so under a thread that reads from it. */
  private static void awaitEnd(ExecutorService threads) {
    boolean interrupted = false;
    while (true) {
      try {
        if (threads.awaitTermination(1, TimeUnit.MINUTES)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
