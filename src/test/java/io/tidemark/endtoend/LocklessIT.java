package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.Bank;
import io.tidemark.endtoend.fixture.CopyJob;
import io.tidemark.endtoend.fixture.HookedJob;
import io.tidemark.endtoend.fixture.HookedSource.Hooks;
import io.tidemark.endtoend.fixture.HookedSource.Lie;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.StreamWatch;
import io.tidemark.endtoend.fixture.TargetPolls;
import io.tidemark.endtoend.fixture.Thoroughness;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.job.TidemarkJob;
import io.tidemark.lab.Loans;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.ExistingRows;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * MySQL is copied by an account that may not lock tables, while others write: what its snapshots
 * contain is known within bounds only.
 */
class LocklessIT {

  @RegisterExtension final Loans loans = new Loans();

  private static final int ACCOUNTS = 10_000;

  static Stream<Route> routes() {
    return Thoroughness.cases(List.of(Route.MYSQL_TO_POSTGRES), Route.MYSQL_TO_MYSQL);
  }

  @ParameterizedTest
  @MethodSource("routes")
  void theBooksAgreeFromConsistencyOnAndTheRowsAtTheEnd(Route route) throws Exception {
    TwoServers.Pair pair = TwoServers.on(loans, route).pair("lockless");
    TidemarkJob job = job(pair, reader(pair));
    try (Bank bank = Bank.create(pair.source().spec(pair.name()), ACCOUNTS)) {
      bank.startWriters(4, 300);
      try (TargetPolls polls = TargetPolls.ofBank(pair, ACCOUNTS * 1100L)) {
        stopWhileInDoubt(pair, job);
        CopyJob copy = CopyJob.start(pair, job);
        copy.awaitConsistent().awaitFinished();
        copy.await("looked at", CopyJob.LONG, () -> polls.polls() > 20);
        bank.stop();
        copy.awaitCaughtUp();
        assertThat(polls.stopAfter(20)).isGreaterThan(20);
        assertThat(pair.compare().findings()).isEmpty();
        copy.stop();
      }
    }
  }

  /**
   * Copies slowly, so that there are snapshots until a transaction has committed while one was
   * taken; nothing remains of the job but its ledger.
   */
  private static void stopWhileInDoubt(TwoServers.Pair pair, TidemarkJob job) throws Exception {
    Hooks slowly = new Hooks(() -> {}, () -> TimeUnit.MILLISECONDS.sleep(100));
    try (HookedJob first = HookedJob.start(pair, job, Lie.NONE, slowly, () -> {})) {
      first.await("in doubt", () -> inDoubt(pair) > 0);
    }
  }

  /** How many chunks the ledger has that were read between two sets that differ. */
  private static long inDoubt(TwoServers.Pair pair) throws SQLException {
    if (new StreamWatch(pair).chunks() == 0) {
      return 0;
    }
    try (Connection target = pair.target().connect(pair.name());
        Statement statement = target.createStatement();
        ResultSet count =
            statement.executeQuery(
                "SELECT count(*) FROM tidemark.chunk WHERE snapshot LIKE '%..%' AND stream = '"
                    + pair.name()
                    + "'")) {
      count.next();
      return count.getLong(1);
    }
  }

  private static ConnectionSpec reader(TwoServers.Pair pair) throws SQLException {
    pair.execute(
        "CREATE USER 'reader'@'127.0.0.1' IDENTIFIED BY 'pw'",
        "GRANT SELECT ON " + pair.name() + ".* TO 'reader'@'127.0.0.1'",
        "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'reader'@'127.0.0.1'");
    return new ConnectionSpec(pair.source().spec(pair.name()).url(), "reader", "pw");
  }

  private static TidemarkJob job(TwoServers.Pair pair, ConnectionSpec reader) {
    return new TidemarkJob(
        pair.name(),
        reader,
        pair.selection(),
        pair.target().spec(pair.name()),
        ExistingRows.FAIL,
        pair.renaming(),
        new TidemarkJob.Copy(Duration.ofMillis(500), 100, 2, 8L << 30, TidemarkJob.Copy.Lock.NONE),
        new TidemarkJob.Checkpoint(Duration.ofSeconds(1), Optional.empty()));
  }
}
