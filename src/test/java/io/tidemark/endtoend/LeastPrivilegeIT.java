package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.CopyJob;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.job.TidemarkJob;
import io.tidemark.lab.Loans;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.SchemaChanges;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A role that may read tables and log, and owns nothing at the source, copies by a publication that
 * somebody else has made.
 */
class LeastPrivilegeIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  @Test
  void copiesAndFollowsAndGoesOnWithTheOwnersPublication() throws Exception {
    TwoServers.Pair pair = TwoServers.on(LOANS, Route.POSTGRES_TO_POSTGRES).pair("least");
    pair.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v int)",
        "CREATE TABLE par (id int PRIMARY KEY, v int) PARTITION BY RANGE (id)",
        "CREATE TABLE par1 PARTITION OF par FOR VALUES FROM (0) TO (1000)",
        "INSERT INTO t SELECT i, i FROM generate_series(1, 2000) AS i",
        "INSERT INTO par SELECT i, i FROM generate_series(1, 500) AS i",
        "CREATE ROLE least LOGIN REPLICATION",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO least",
        "CREATE PUBLICATION \"the owner's\" FOR TABLE t, par WITH (publish_via_partition_root = true)");
    TidemarkJob job = job(pair);
    try (CopyJob first = CopyJob.start(pair, job)) {
      first.awaitConsistent().awaitFinished();
      String partition = "CREATE TABLE par2 PARTITION OF par FOR VALUES FROM (1000) TO (2000)";
      pair.target().execute(pair.name(), partition);
      pair.execute(
          "UPDATE t SET v = -v WHERE id < 100", partition, "INSERT INTO par VALUES (1500, 1)");
      first.awaitCaughtUp();
      assertThat(pair.compare().findings()).isEmpty();
    }
    pair.execute("DELETE FROM t WHERE id > 1000", "TRUNCATE par");
    try (CopyJob second = CopyJob.start(pair, job)) {
      second.awaitCaughtUp();
      pair.execute("INSERT INTO par VALUES (7, 7)");
      second.awaitCaughtUp();
      assertThat(pair.compare().findings()).isEmpty();
    }
  }

  private static TidemarkJob job(TwoServers.Pair pair) {
    return new TidemarkJob(
        pair.name(),
        new ConnectionSpec(pair.source().spec(pair.name()).url(), "least", ""),
        pair.selection(),
        pair.target().spec(pair.name()),
        ExistingRows.FAIL,
        OnBadValue.ERROR,
        pair.renaming(),
        new TidemarkJob.Copy(Duration.ofMillis(500), 500, 2, 8L << 30),
        new TidemarkJob.Checkpoint(Duration.ofMillis(500), Optional.empty()),
        SchemaChanges.STOP,
        "the owner's");
  }
}
