package io.tidemark.benchmark;

import io.tidemark.database.mysql.snapshot.SnapshotLocks;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * For how long the snapshots of a copy lock a table that is written to, and what the writers notice
 * of it.
 */
final class LockBenchmark {

  private static final Duration TIMEOUT = Duration.ofMinutes(20);
  private static final int WRITERS = 3;
  private static final int PER_SECOND = 150;

  private final MySqlLab lab;
  private final PrintStream out;

  LockBenchmark(MySqlLab lab, PrintStream out) {
    this.lab = lab;
    this.out = out;
  }

  /** The source's table is there, with ids from 1. Returns the longest time of a lock. */
  Duration run(long rows, Duration cycle) throws Exception {
    lab.target().clear(MySqlLab.DATABASE);
    ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
    AtomicBoolean stopped = new AtomicBoolean();
    List<Future<double[]>> writers = new ArrayList<>();
    SnapshotLocks locks;
    double seconds;
    try (LabJob job = LabJob.start(lab, "locked", LabJob.COPYING, cycle, Duration.ofSeconds(1))) {
      long started = System.nanoTime();
      for (int writer = 0; writer < WRITERS; writer++) {
        writers.add(threads.submit(() -> write(rows, stopped)));
      }
      job.awaitConsistent(TIMEOUT);
      locks = SnapshotLocks.soFar();
      seconds = (System.nanoTime() - started) / 1e9;
      stopped.set(true);
      threads.shutdown();
      double[] millis =
          writers.stream().map(LockBenchmark::of).flatMapToDouble(Arrays::stream).toArray();
      Arrays.sort(millis);
      lab.source().execute(MySqlLab.DATABASE, "INSERT INTO item VALUES (0, 0, '', NULL, 0, '')");
      job.await(TIMEOUT, "SELECT EXISTS (SELECT 1 FROM " + lab.copied() + " WHERE id = 0)");
      requireSame();
      out.printf(
          "copy of %,d rows in %.0f s under %.0f transactions/s from %d writers: %d snapshots, a"
              + " table was locked for at most %.1f ms; the longest wait for a lock was %.1f ms, %d"
              + " attempts were given up; the writers' transactions took p50 %.1f ms, p99 %.1f ms,"
              + " at most %.0f ms; %s%n",
          rows,
          seconds,
          millis.length / seconds,
          WRITERS,
          locks.snapshots(),
          locks.longestLock().toNanos() / 1e6,
          locks.longestWait().toNanos() / 1e6,
          locks.givenUp(),
          millis[millis.length / 2],
          millis[millis.length * 99 / 100],
          millis[millis.length - 1],
          Load.now());
    } finally {
      stopped.set(true);
      threads.shutdown();
    }
    return locks.longestLock();
  }

  /** Transactions of three updates and an insert; gives what each took, in milliseconds. */
  private double[] write(long rows, AtomicBoolean stopped) throws SQLException {
    List<Double> millis = new ArrayList<>();
    long pause = 1_000_000_000L / PER_SECOND;
    long own = rows * (2 + Thread.currentThread().getId());
    try (Connection connection = lab.source().connect(MySqlLab.DATABASE);
        PreparedStatement update =
            connection.prepareStatement(
                "UPDATE item SET amount = amount + 1, changed = NOW(6) WHERE id = ?");
        PreparedStatement insert =
            connection.prepareStatement("INSERT INTO item VALUES (?, 1, 'new', NOW(6), 1, '')")) {
      connection.setAutoCommit(false);
      for (long next = System.nanoTime(); !stopped.get(); next += pause) {
        LockSupport.parkNanos(next - System.nanoTime());
        long started = System.nanoTime();
        // In the order of their keys, so that writers wait for each other and do not deadlock.
        long[] keys = ThreadLocalRandom.current().longs(3, 1, rows).sorted().toArray();
        for (long key : keys) {
          update.setLong(1, key);
          update.executeUpdate();
        }
        insert.setLong(1, own++);
        insert.executeUpdate();
        connection.commit();
        millis.add((System.nanoTime() - started) / 1e6);
      }
    }
    return millis.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private void requireSame() throws SQLException {
    String sql = MySqlLab.DIGEST + lab.copied();
    String source = new AnyServer(lab.source()).one("", sql);
    String copied = lab.target().one(MySqlLab.DATABASE, sql);
    if (!source.equals(copied)) {
      throw new IllegalStateException("the target differs: " + copied + " and not " + source);
    }
  }

  private static double[] of(Future<double[]> writer) {
    try {
      return writer.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while writers end", e);
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException("a writer failed", e);
    }
  }
}
