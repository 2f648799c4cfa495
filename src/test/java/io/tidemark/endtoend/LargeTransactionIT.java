package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.endtoend.fixture.JobProcess;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TargetPolls;
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
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A transaction that is larger than the heap, in a process whose heap is 512 megabytes. */
class LargeTransactionIT {

  @RegisterExtension final Loans loans = new Loans();

  private static final int OLD = 700_000;
  private static final int NEW = 1_000_000;

  /** Looks at a few rows all over the table, which takes no time. */
  private static final String PROBE =
      "SELECT n FROM t WHERE id IN (1, 200000, 500000, 700000, 700001, 1000000, 1400000, 1400001,"
          + " 1700000) ORDER BY id";

  @ParameterizedTest
  @EnumSource(
      names = {"POSTGRES_TO_POSTGRES", "MYSQL_TO_MYSQL", "MYSQL_TO_POSTGRES", "POSTGRES_TO_MYSQL"})
  void twoMillionChangesInOneTransactionArriveAtOnceInASmallHeap(Route route) throws Exception {
    TwoServers.Pair pair = TwoServers.on(loans, route).pair("two_million");
    Vendor vendor = route.source();
    pair.execute(
        "CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL, note text)",
        "INSERT INTO t SELECT i, 1, 'first' FROM " + vendor.series(1, OLD));
    if (vendor == Vendor.POSTGRES) {
      pair.execute("ANALYZE");
    }
    Set<String> seen = new ConcurrentSkipListSet<>();
    JobSettings settings =
        JobSettings.of(pair).chunkRows(50_000).checkpointInterval(Duration.ofMillis(500));
    try (JobProcess job = JobProcess.start(settings);
        TargetPolls polls =
            TargetPolls.start(
                pair,
                target -> {
                  seen.add(probe(target));
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
            "INSERT INTO t SELECT i, 3, 'third' FROM " + vendor.series(OLD + 1, OLD + NEW));
        statement.execute("DELETE FROM t WHERE id > %d".formatted(OLD + NEW - 300_000));
        source.commit();
      }
      long committed = System.nanoTime();
      job.awaitCaughtUp(Duration.ofSeconds(300));
      System.out.printf(
          "%s: two million changes there %.1f s after their commit%n",
          route, (System.nanoTime() - committed) / 1e9);
      Await.until(
          "polled again", Duration.ofSeconds(30), () -> seen.size() > 1, () -> "seen: " + seen);
      polls.stopAfter(0);
      // 2 million changes: 0.7 million rows are updated, 1 million inserted and 0.3 million of
      // these deleted again.
      assertThat(new TreeSet<>(seen)).containsExactlyInAnyOrder("1 1 1 1", "2 2 2 2 3 3 3");
      ComparisonReport report = pair.compare();
      assertThat(report.findings()).isEmpty();
      assertThat(report.sourceRows()).isEqualTo(1_400_000);
    }
  }

  private static String probe(Connection target) throws SQLException {
    List<String> values = new ArrayList<>();
    try (ResultSet rows = target.createStatement().executeQuery(PROBE)) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return String.join(" ", values);
  }
}
