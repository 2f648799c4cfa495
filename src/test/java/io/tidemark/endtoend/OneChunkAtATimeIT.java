package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.HookedJob;
import io.tidemark.endtoend.fixture.HookedSource.Hooks;
import io.tidemark.endtoend.fixture.HookedSource.Lie;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TestServer;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.lab.Loans;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@code copy.parallelism: 1} into a table that has a unique key during the copy: a chunk waits for
 * the log's target transaction, which must be able to come to its end.
 */
class OneChunkAtATimeIT {

  private static final int CHUNK = 3_000;
  private static final int ROWS = 5 * CHUNK;

  /**
   * Of the copied rows, of a kilobyte each: more than is held in memory, so that the target
   * transaction is made in pieces, and more than waits in queues behind the first piece.
   */
  private static final int FURTHER_UPDATES = 8;

  @RegisterExtension static final Loans LOANS = new Loans();

  @ParameterizedTest
  @EnumSource(names = {"POSTGRES_TO_POSTGRES", "MYSQL_TO_MYSQL"})
  void aChunkThatWaitsForTheLogIsNotWaitedForByIt(Route route) throws Exception {
    TwoServers.Pair pair = TwoServers.on(LOANS, route).pair("alone");
    String table =
        "CREATE TABLE t (id int PRIMARY KEY, u int NOT NULL UNIQUE, v int NOT NULL,"
            + " body varchar(1000) NOT NULL)";
    pair.execute(table);
    pair.target().execute(pair.name(), table);
    fill(pair);
    AtomicInteger cycles = new AtomicInteger();
    Hooks hooks =
        new Hooks(
            () -> {
              if (cycles.incrementAndGet() == 2) {
                moveUniqueValues(pair);
              }
            },
            () -> {
              if (cycles.get() == 1) {
                // Until the cycle's time is up, so that the other chunks are of the next one.
                TimeUnit.MILLISECONDS.sleep(400);
              } else {
                awaitLogsFirstPiece(pair.target(), pair.name());
              }
            });
    JobSettings settings =
        JobSettings.of(pair)
            .parallelism(1)
            .cycle(Duration.ofMillis(300))
            .chunkRows(CHUNK)
            .checkpointInterval(Duration.ofMillis(300));
    try (HookedJob job = HookedJob.start(settings, Lie.NONE, hooks, () -> {})) {
      job.awaitConsistent();
      job.awaitCaughtUp();
      assertThat(cycles.get()).isGreaterThanOrEqualTo(2);
      assertThat(job.latestFailure()).isEmpty();
      assertThat(pair.compare().findings()).isEmpty();
    }
  }

  private static void fill(TwoServers.Pair pair) throws Exception {
    List<String> rows = new ArrayList<>();
    for (int id = 1; id <= ROWS; id++) {
      rows.add("(" + id + "," + id + ",0,'" + "x".repeat(1_000) + "')");
    }
    pair.execute("INSERT INTO t VALUES " + String.join(",", rows));
  }

  /**
   * One transaction: the rows of the first two chunks, which are copied, give their values up, and
   * those of the next two, which are not, take them.
   */
  private static void moveUniqueValues(TwoServers.Pair pair) throws Exception {
    try (Connection connection = pair.source().connect(pair.name());
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("UPDATE t SET u = u + 1000000 WHERE id <= " + 2 * CHUNK);
      statement.execute(
          "UPDATE t SET u = id - %d WHERE id > %d AND id <= %d"
              .formatted(2 * CHUNK, 2 * CHUNK, 4 * CHUNK));
      for (int i = 0; i < FURTHER_UPDATES; i++) {
        statement.execute("UPDATE t SET v = v + 1 WHERE id <= " + 2 * CHUNK);
      }
      connection.commit();
    }
  }

  /** Returns when the first row has, or is about to have, another value at the target. */
  private static void awaitLogsFirstPiece(TestServer target, String database) throws Exception {
    try (Connection connection = target.connect(database);
        Statement statement = connection.createStatement()) {
      connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      long deadline = System.nanoTime() + HookedJob.LONG.toNanos();
      while (isAsCopied(statement)) {
        if (System.nanoTime() > deadline) {
          throw new AssertionError("the log has not been applied");
        }
        TimeUnit.MILLISECONDS.sleep(5);
      }
    }
  }

  private static boolean isAsCopied(Statement statement) throws Exception {
    try (ResultSet rows =
        statement.executeQuery("SELECT id FROM t WHERE id = 1 AND u = 1 FOR UPDATE SKIP LOCKED")) {
      return rows.next();
    }
  }
}
