package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.endtoend.fixture.JobProcess;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TargetPolls;
import io.tidemark.endtoend.fixture.Thoroughness;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.lab.Loans;
import io.tidemark.verify.ComparisonReport;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A transaction that is larger than the heap: that has about 400 bytes for each change (800 between
 * vendors, whose rows go another way), what the job itself takes included.
 */
class LargeTransactionIT {

  /** How many times as large it is as in every build. */
  private static final int MORE = Thoroughness.TIMES;

  /** Of the process, in megabytes; at five times the size what {@code ./tidemark} gives it. */
  private static final int HEAP = 112 + 80 * MORE;

  @RegisterExtension final Loans loans = new Loans();

  static Stream<Arguments> sizes() {
    return Thoroughness.cases(
        List.of(
            Arguments.of(Route.POSTGRES_TO_POSTGRES, 500_000),
            Arguments.of(Route.MYSQL_TO_MYSQL, 250_000)),
        Arguments.of(Route.MYSQL_TO_POSTGRES, 250_000),
        Arguments.of(Route.POSTGRES_TO_MYSQL, 250_000));
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void hundredsOfThousandsOfChangesInOneTransactionArriveAtOnceInASmallHeap(
      Route route, int changes) throws Exception {
    // Seven parts are updated, ten inserted, and three of these deleted again.
    int part = changes * MORE / 20;
    TwoServers.Pair pair = TwoServers.on(loans, route).pair("large");
    Vendor vendor = route.source();
    pair.execute(
        "CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL, note text)",
        "INSERT INTO t SELECT i, 1, 'first' FROM " + vendor.series(1, 7 * part));
    if (vendor == Vendor.POSTGRES) {
      pair.execute("ANALYZE");
    }
    Set<String> seen = new ConcurrentSkipListSet<>();
    JobSettings settings =
        JobSettings.of(pair).chunkRows(50_000).checkpointInterval(Duration.ofMillis(500));
    try (JobProcess job = JobProcess.start(HEAP, settings);
        TargetPolls polls =
            TargetPolls.start(
                pair,
                target -> {
                  seen.add(probe(target, part));
                  return Optional.empty();
                })) {
      job.awaitConsistent(Duration.ofSeconds(120));
      Await.until(
          "polled", Duration.ofSeconds(30), () -> !seen.isEmpty(), () -> "no poll has been made");
      try (Connection source = pair.source().connect(pair.name());
          var statement = source.createStatement()) {
        source.setAutoCommit(false);
        statement.execute("UPDATE t SET n = 2, note = note || 'second'");
        statement.execute(
            "INSERT INTO t SELECT i, 3, 'third' FROM " + vendor.series(7 * part + 1, 17 * part));
        statement.execute("DELETE FROM t WHERE id > %d".formatted(14 * part));
        source.commit();
      }
      long committed = System.nanoTime();
      job.awaitCaughtUp(Duration.ofSeconds(300));
      System.out.printf(
          "%s: %,d changes there %.1f s after their commit%n",
          route, 20 * part, (System.nanoTime() - committed) / 1e9);
      Await.until(
          "polled again", Duration.ofSeconds(30), () -> seen.size() > 1, () -> "seen: " + seen);
      polls.stopAfter(0);
      assertThat(new TreeSet<>(seen)).containsExactlyInAnyOrder("1 1 1 1", "2 2 2 2 3 3 3");
      ComparisonReport report = pair.compare();
      assertThat(report.findings()).isEmpty();
      assertThat(report.sourceRows()).isEqualTo(14 * part);
    }
  }

  /** Looks at a few rows all over the table, which takes no time. */
  private static String probe(Connection target, int part) throws SQLException {
    String places =
        IntStream.of(
                1,
                2 * part,
                5 * part,
                7 * part,
                7 * part + 1,
                10 * part,
                14 * part,
                14 * part + 1,
                17 * part)
            .mapToObj(String::valueOf)
            .collect(Collectors.joining(", "));

    List<String> values = new ArrayList<>();
    try (ResultSet rows =
        target
            .createStatement()
            .executeQuery("SELECT n FROM t WHERE id IN (" + places + ") ORDER BY id")) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return String.join(" ", values);
  }
}
