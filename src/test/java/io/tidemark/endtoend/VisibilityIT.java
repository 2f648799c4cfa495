package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.AbsentStandby;
import io.tidemark.endtoend.fixture.Await;
import io.tidemark.endtoend.fixture.HookedJob;
import io.tidemark.endtoend.fixture.HookedSource.Hooks;
import io.tidemark.endtoend.fixture.HookedSource.Lie;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.lab.Loans;
import io.tidemark.verify.ComparisonReport;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The traps that the protocol is built around: what the log shows, and what a snapshot shows, are
 * two things. Each is shown twice: the rule holds, and without the rule rows are lost.
 */
class VisibilityIT {

  private static final Duration LONG = Duration.ofSeconds(60);

  @RegisterExtension static final Loans LOANS = new Loans();

  private static TwoServers servers;

  @BeforeAll
  static void startServers() {
    servers = TwoServers.on(LOANS, Route.POSTGRES_TO_POSTGRES);
  }

  @AfterEach
  void standbyAnswers() throws SQLException {
    AbsentStandby.letGo(servers.source().postgres());
  }

  private static TwoServers.Pair table(String name) throws SQLException {
    TwoServers.Pair pair = servers.pair(name);
    pair.execute(
        "CREATE TABLE t (id int PRIMARY KEY, note text)",
        "INSERT INTO t SELECT i, 'first' FROM generate_series(1, 3000) AS i",
        "ANALYZE");
    return pair;
  }

  private static JobSettings settings(TwoServers.Pair pair) {
    return JobSettings.of(pair)
        .cycle(Duration.ofSeconds(30))
        .chunkRows(1_000)
        .checkpointInterval(Duration.ofMillis(300));
  }

  private static void assertOutcome(TwoServers.Pair pair, Lie lie) {
    ComparisonReport report = pair.compare();
    assertThat(report.sourceRows()).isGreaterThan(2_900);
    if (lie == Lie.NONE) {
      assertThat(report.findings()).isEmpty();
    } else {
      assertThat(report.differingRows()).as("rows lost without the rule").isPositive();
    }
  }

  /** It writes before a chunk is read and commits afterwards. */
  @ParameterizedTest
  @EnumSource(names = {"NONE", "SNAPSHOTS_INCLUDE_ALL"})
  void transactionThatIsOpenWhileItsChunkIsReadIsNotLost(Lie lie) throws Exception {
    TwoServers.Pair pair = table("open");
    CountDownLatch mayRead = new CountDownLatch(1);
    AtomicBoolean written = new AtomicBoolean();
    try (Connection writer = local(pair)) {
      writer.setAutoCommit(false);
      Hooks hooks =
          new Hooks(
              () -> {
                if (!written.get()) {
                  write(writer);
                  written.set(true);
                }
              },
              () -> await(mayRead));
      try (HookedJob job = HookedJob.start(settings(pair), lie, hooks, () -> {})) {
        job.await("at the copy", written::get);
        job.await("reading", () -> sessionIsOpen(pair));
        writer.commit();
        String end = job.watch().logEnd();
        if (lie != Lie.NONE) {
          // Without the hold rule the log goes by while nothing is copied yet.
          job.await("past the transaction", () -> job.watch().reached(end));
        }
        mayRead.countDown();
        job.awaitConsistent().awaitCaughtUp();
        assertOutcome(pair, lie);
      }
    }
  }

  /** The log shows it, and no snapshot does until a standby has answered. */
  @ParameterizedTest
  @EnumSource(names = {"NONE", "SNAPSHOTS_INCLUDE_ALL"})
  void transactionThatWaitsForItsStandbyWhileItsChunkIsReadIsNotLost(Lie lie) throws Exception {
    TwoServers.Pair pair = table("standby");
    CountDownLatch mayOpen = new CountDownLatch(1);
    CountDownLatch holding = new CountDownLatch(1);
    Hooks hooks =
        new Hooks(
            () -> {
              holding.countDown();
              await(mayOpen);
            },
            () -> {});
    try (HookedJob job = HookedJob.start(settings(pair), lie, hooks, () -> {})) {
      job.await("holding", () -> holding.getCount() == 0);
      CompletableFuture<Void> waiting = writeAndWaitForStandby(pair);
      mayOpen.countDown();
      job.awaitConsistent();
      assertThat(waiting).isNotDone();
      AbsentStandby.letGo(servers.source().postgres());
      waiting.join();
      job.awaitCaughtUp();
      assertOutcome(pair, lie);
    }
  }

  /** It commits before the slot's first position, which its snapshot includes and no other does. */
  @ParameterizedTest
  @EnumSource(names = {"NONE", "DELIVERED_IS_VISIBLE", "NOTHING_PENDING_AT_START"})
  void transactionThatWaitsForItsStandbyWhileTheSlotIsMadeIsNotLost(Lie lie) throws Exception {
    TwoServers.Pair pair = table("slot");
    AtomicInteger snapshots = new AtomicInteger();
    Hooks hooks = new Hooks(snapshots::incrementAndGet, () -> {});
    try (Connection first = local(pair);
        Connection second = local(pair)) {
      String firstXid = openTransaction(first);
      try (HookedJob job = HookedJob.start(settings(pair), lie, hooks, () -> {})) {
        job.await("waiting for the first transaction", () -> someoneWaitsFor(pair, firstXid));
        String secondXid = openTransaction(second);
        first.commit();
        job.await("waiting for the second transaction", () -> someoneWaitsFor(pair, secondXid));
        CompletableFuture<Void> waiting = writeAndWaitForStandby(pair);
        second.commit();
        if (lie == Lie.NONE) {
          job.await("refused a few snapshots", () -> snapshots.get() > 3);
          assertThat(job.watch().chunks()).isZero();
        } else {
          job.await("copied", () -> job.watch().chunks() > 0 || job.watch().consistent());
        }
        assertThat(waiting).isNotDone();
        AbsentStandby.letGo(servers.source().postgres());
        waiting.join();
        job.awaitConsistent().awaitCaughtUp();
        assertOutcome(pair, lie);
      }
    }
  }

  private static boolean sessionIsOpen(TwoServers.Pair pair) throws SQLException {
    return yes(
        pair,
        "SELECT count(*) >= 2 FROM pg_stat_activity WHERE application_name LIKE 'tidemark:"
            + pair.name()
            + ":%:snapshot' AND state = 'idle in transaction'");
  }

  private static boolean someoneWaitsFor(TwoServers.Pair pair, String xid) throws SQLException {
    return yes(
        pair,
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted"
            + " AND transactionid::text = '"
            + xid
            + "')");
  }

  private static boolean yes(TwoServers.Pair pair, String sql) throws SQLException {
    try (Connection connection = pair.source().connect(pair.name());
        var row = connection.createStatement().executeQuery(sql)) {
      row.next();
      return row.getBoolean(1);
    }
  }

  /** A connection whose own commits wait for nobody. */
  private static Connection local(TwoServers.Pair pair) throws SQLException {
    return DriverManager.getConnection(
        pair.source().spec(pair.name()).url() + "?options=-csynchronous_commit=local",
        "postgres",
        "");
  }

  private static String openTransaction(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (var row = connection.createStatement().executeQuery("SELECT pg_current_xact_id()::text")) {
      row.next();
      return row.getString(1);
    }
  }

  private static void write(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("UPDATE t SET note = 'second' WHERE id % 3 = 0");
      statement.execute("DELETE FROM t WHERE id % 100 = 1");
      statement.execute("INSERT INTO t SELECT i, 'third' FROM generate_series(3001, 3010) AS i");
    }
  }

  /** Returns when the transaction is in the log and waits for a standby that there is not. */
  private static CompletableFuture<Void> writeAndWaitForStandby(TwoServers.Pair pair)
      throws Exception {
    AbsentStandby.keepWaiting(servers.source().postgres());
    CompletableFuture<Void> waiting =
        CompletableFuture.runAsync(
            () -> {
              try (Connection connection = pair.source().connect(pair.name())) {
                connection.setAutoCommit(false);
                write(connection);
                connection.commit();
              } catch (SQLException e) {
                throw new CompletionException(e);
              }
            });
    Await.until("waiting for a standby", LONG, () -> waits(pair), () -> "no transaction waits");
    return waiting;
  }

  private static boolean waits(TwoServers.Pair pair) throws SQLException {
    return yes(
        pair,
        "SELECT count(*) > 0 FROM pg_stat_activity"
            + " WHERE wait_event = 'SyncRep' AND datname = current_database()");
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    if (!latch.await(LONG.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("the test does not go on");
    }
  }
}
