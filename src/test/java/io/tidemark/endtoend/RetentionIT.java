package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.HookedJob;
import io.tidemark.endtoend.fixture.HookedSource.Hooks;
import io.tidemark.endtoend.fixture.HookedSource.Lie;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.StreamWatch;
import io.tidemark.endtoend.fixture.Thoroughness;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.lab.Loans;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the source keeps of its log while a table is copied in many cycles: about as much as it
 * writes in one or two of them, not as much as it writes during the copy.
 *
 * <p>A model of a real copy at a twentieth of its time: a cycle is twelve checkpoints long, as it
 * is by default. Chunks are read slowly rather than in great number, so that what is measured is
 * the protocol, and not how busy the machine is.
 */
class RetentionIT {

  @RegisterExtension final Loans loans = new Loans();

  private static final Duration CYCLE = Duration.ofSeconds(3);
  private static final Duration CHECKPOINT = CYCLE.dividedBy(12);

  /** Copying them all takes longer than the cycles that are looked at. */
  private static final int ROWS = 160_000;

  private static final int CHUNK_ROWS = 200;
  private static final Duration CHUNK = Duration.ofMillis(50);

  /**
   * One look at both servers.
   *
   * @param written where the source's log ends, in bytes
   * @param retained how much before its end is needed: by the slot, or after what the target has
   *     for good, in bytes
   * @param cycle the newest one that has chunks in the ledger; 0 before the first
   */
  private record Sample(long nanos, long written, long retained, long cycle) {}

  static Stream<Arguments> cycles() {
    return Thoroughness.cases(
        List.of(
            Arguments.of(Route.POSTGRES_TO_POSTGRES, 5 * Thoroughness.TIMES),
            Arguments.of(Route.MYSQL_TO_POSTGRES, 4 * Thoroughness.TIMES)),
        Arguments.of(Route.MYSQL_TO_MYSQL, 6),
        Arguments.of(Route.POSTGRES_TO_MYSQL, 6));
  }

  @ParameterizedTest
  @MethodSource("cycles")
  void keepsAboutTwoCyclesLogHoweverManyCyclesTheCopyTakes(Route route, int cycles)
      throws Exception {
    List<Sample> samples = new ArrayList<>();
    TwoServers.Pair pair = TwoServers.on(loans, route).pair("retention");
    pair.execute(
        "CREATE TABLE big (id int PRIMARY KEY, n int, note text)",
        "INSERT INTO big SELECT i, 0, repeat('x', 200) FROM " + route.source().series(1, ROWS));
    if (route.source() == Vendor.POSTGRES) {
      pair.execute("VACUUM ANALYZE big", "CHECKPOINT");
    }
    AtomicBoolean stop = new AtomicBoolean();
    CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> write(pair, stop));
    Hooks slowly = new Hooks(() -> {}, () -> TimeUnit.MILLISECONDS.sleep(CHUNK.toMillis()));
    JobSettings settings =
        JobSettings.of(pair)
            .cycle(CYCLE)
            .chunkRows(CHUNK_ROWS)
            .parallelism(1)
            .checkpointInterval(CHECKPOINT);
    try (HookedJob job = HookedJob.start(settings, Lie.NONE, slowly, () -> {})) {
      job.await(
          "copied in " + cycles + " cycles",
          () -> {
            sample(job.watch(), pair).ifPresent(samples::add);
            return job.watch().consistent()
                || (!samples.isEmpty() && samples.get(samples.size() - 1).cycle > cycles);
          });
    } finally {
      stop.set(true);
      writer.join();
    }
    // The log is read in bursts, one a cycle. From a burst PostgreSQL takes one place from which it
    // could start again, the first, and no other before that is confirmed
    // (LogicalIncreaseRestartDecodingForSlot in logical.c): its slot is a cycle behind.
    judge(samples, cycles, route.source() == Vendor.POSTGRES ? 2 : 1);
  }

  /**
   * @param wanted how many cycles there must have been
   * @param kept how many cycles' log is kept, but for what is written until a checkpoint completes
   */
  private static void judge(List<Sample> samples, int wanted, int kept) {
    TreeMap<Long, List<Sample>> cycles = new TreeMap<>();
    samples.stream()
        .filter(sample -> sample.cycle > 0)
        .forEach(
            sample -> cycles.computeIfAbsent(sample.cycle, c -> new ArrayList<>()).add(sample));
    long largest = 0;
    long peak = 0;
    // The newest one is not over.
    for (var cycle : cycles.headMap(cycles.lastKey()).entrySet()) {
      Sample first = cycle.getValue().get(0);
      Sample end = cycles.get(cycles.higherKey(cycle.getKey())).get(0);
      long written = end.written - first.written;
      long retained = cycle.getValue().stream().mapToLong(Sample::retained).max().orElseThrow();
      double seconds = (end.nanos - first.nanos) / 1e9;
      System.out.printf(
          "cycle %d: %.1f s, %,d bytes of log written (%,.0f per second), at most %,d retained%n",
          cycle.getKey(), seconds, written, written / seconds, retained);
      largest = Math.max(largest, written);
      peak = Math.max(peak, retained);
    }
    long all =
        samples.get(samples.size() - 1).written - cycles.firstEntry().getValue().get(0).written;
    System.out.printf(
        "%d cycles: %,d bytes of log written, at most %,d in one cycle; at most %,d retained%n",
        cycles.size() - 1, all, largest, peak);
    assertThat(cycles).hasSizeGreaterThan(wanted);
    assertThat(peak).as("retained").isLessThan(kept * largest + (1 << 20));
    assertThat(peak).as("retained, of all that was written").isLessThan(all / 2);
  }

  private static Optional<Sample> sample(StreamWatch watch, TwoServers.Pair pair)
      throws SQLException {
    if (watch.position().isEmpty()) {
      return Optional.empty();
    }
    long cycle = watch.cycle();
    if (pair.source().vendor() != Vendor.POSTGRES) {
      return Optional.of(binlog(watch.position().orElseThrow(), pair, cycle));
    }
    try (Connection connection = pair.source().connect(pair.name());
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT pg_current_wal_lsn() - '0/0', pg_current_wal_lsn() - restart_lsn"
                    + " FROM pg_replication_slots WHERE slot_name = 'tidemark_"
                    + pair.name()
                    + "'")) {
      return row.next()
          ? Optional.of(new Sample(System.nanoTime(), row.getLong(1), row.getLong(2), cycle))
          : Optional.empty();
    }
  }

  /** What lies between the place that is durable at the target and the end of the binlog. */
  private static Sample binlog(String position, TwoServers.Pair pair, long cycle)
      throws SQLException {
    // What has been read, where that is in the log, and how that place is known again.
    String[] durable = position.split("@", -1)[1].split(":", -1);
    long written = 0;
    long passed = 0;
    try (Connection connection = pair.source().connect(pair.name());
        Statement statement = connection.createStatement();
        ResultSet files = statement.executeQuery("SHOW BINARY LOGS")) {
      while (files.next()) {
        if (files.getString(1).equals(durable[0])) {
          passed = written + Long.parseLong(durable[1]);
        }
        written += files.getLong(2);
      }
    }
    return new Sample(System.nanoTime(), written, written - passed, cycle);
  }

  /**
   * A steady writer. The place from which PostgreSQL's slot keeps the log moves when it notes which
   * transactions run, every 15 seconds, which is little beside a cycle of minutes; beside one of
   * seconds it has to be more often.
   */
  private static void write(TwoServers.Pair pair, AtomicBoolean stop) {
    try (Connection connection = pair.source().connect(pair.name());
        Statement statement = connection.createStatement()) {
      for (int turn = 0; !stop.get(); turn++) {
        int first = turn * 20 % ROWS;
        statement.execute(
            "UPDATE big SET n = n + 1 WHERE id BETWEEN " + first + " AND " + (first + 19));
        if (turn % 20 == 0 && pair.source().vendor() == Vendor.POSTGRES) {
          statement.execute("SELECT pg_log_standby_snapshot()");
        }
        LockSupport.parkNanos(10_000_000);
      }
    } catch (SQLException e) {
      throw new IllegalStateException("the writer failed", e);
    }
  }
}
