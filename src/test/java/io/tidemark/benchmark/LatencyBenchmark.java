package io.tidemark.benchmark;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/** How long after its commit at the source a change is seen at the target, with nothing else on. */
final class LatencyBenchmark {

  private static final Duration TIMEOUT = Duration.ofMinutes(5);
  private static final long POLL_NANOS = 200_000;
  private static final String DATABASE = "latency";

  /** In milliseconds. */
  record Result(double p50, double p99, double maximum) {
    @Override
    public String toString() {
      return "p50 %.1f ms, p99 %.1f ms, maximum %.1f ms; %s"
          .formatted(p50, p99, maximum, Load.now());
    }
  }

  private final BenchmarkServers servers;

  LatencyBenchmark(BenchmarkServers servers) {
    this.servers = servers;
  }

  /** The source's table is there. */
  Result run(int transactions) throws Exception {
    servers.target().createDatabase(DATABASE);
    try (MeasuredJob job = MeasuredJob.start(servers, DATABASE, "log")) {
      job.awaitConsistent(TIMEOUT);
      job.awaitFinished(TIMEOUT);
      measure(20);
      double[] millis = measure(transactions);
      Arrays.sort(millis);
      return new Result(
          millis[millis.length / 2],
          millis[Math.min(millis.length - 1, millis.length * 99 / 100)],
          millis[millis.length - 1]);
    }
  }

  private double[] measure(int transactions) throws SQLException {
    double[] millis = new double[transactions];
    try (Connection source = servers.source().connect(BenchmarkServers.DATABASE);
        Connection target = servers.target().connect(DATABASE);
        PreparedStatement write =
            source.prepareStatement("UPDATE public.item SET amount = ? WHERE id = ?");
        PreparedStatement look =
            target.prepareStatement("SELECT amount = ? FROM public.item WHERE id = ?")) {
      for (int i = 0; i < transactions; i++) {
        // Other times of the day than the job's own.
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(5_000_000, 80_000_000));
        int amount = ThreadLocalRandom.current().nextInt();
        write.setInt(1, amount);
        write.setLong(2, i + 1);
        write.executeUpdate();
        long committed = System.nanoTime();
        look.setInt(1, amount);
        look.setLong(2, i + 1);
        while (!holds(look)) {
          LockSupport.parkNanos(POLL_NANOS);
        }
        millis[i] = (System.nanoTime() - committed) / 1e6;
      }
    }
    return millis;
  }

  private static boolean holds(PreparedStatement look) throws SQLException {
    try (ResultSet row = look.executeQuery()) {
      return row.next() && row.getBoolean(1);
    }
  }
}
