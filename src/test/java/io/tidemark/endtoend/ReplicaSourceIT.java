package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.Churn;
import io.tidemark.endtoend.fixture.CopyJob;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.TestServer;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.lab.Loans;
import io.tidemark.lab.MySqlServer;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A replica is copied from while its primary is written to. */
class ReplicaSourceIT {

  @RegisterExtension final Loans loans = new Loans();

  @ParameterizedTest
  @EnumSource(names = {"MYSQL", "MARIADB"})
  void whatThePrimaryWritesArrivesThroughItsReplica(Vendor vendor) throws Exception {
    TestServer primary = vendor.borrow(loans, "primary");
    TwoServers servers =
        TwoServers.of(vendor.borrow(loans, "replica"), Vendor.MYSQL.borrow(loans, "target"));
    MySqlServer replica = servers.source().mySql();
    replica.replicateFrom(primary.mySql());
    replica.execute("", "SET GLOBAL read_only = ON");
    String name = "behind_" + vendor.name().toLowerCase(java.util.Locale.ROOT);
    primary.createDatabase(name);
    servers.target().createDatabase(name);
    primary.execute(
        name,
        "CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL, note VARCHAR(99))",
        "CREATE TABLE digit (d INT PRIMARY KEY)",
        "INSERT INTO digit VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)",
        "INSERT INTO t SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d, 0, 'first'"
            + " FROM digit a, digit b, digit c, digit e, digit f");
    replica.awaitTransactionsOf(primary.mySql());
    TwoServers.Pair pair = new TwoServers.Pair(servers, name);
    TwoServers.Pair written = new TwoServers.Pair(TwoServers.of(primary, primary), name);
    try (Churn churn =
        new Churn()
            .start(
                written,
                2,
                100,
                random ->
                    List.of(
                        "UPDATE t SET n = n + 1 WHERE id = " + random.nextInt(100_000),
                        "DELETE FROM t WHERE id = " + random.nextInt(100_000),
                        "INSERT INTO t VALUES (%d, 1, 'second')"
                            .formatted(100_000 + random.nextInt(1_000_000))))) {
      CopyJob job = CopyJob.start(JobSettings.of(pair));
      job.awaitConsistent().awaitFinished();
      long before = churn.committed();
      job.await("100 transactions on", CopyJob.LONG, () -> churn.committed() > before + 100);
      churn.stop();
      replica.awaitTransactionsOf(primary.mySql());
      job.awaitCaughtUp();
      job.stop();
      assertThat(churn.committed()).isGreaterThan(100);
    }
    assertThat(pair.compare().findings()).isEmpty();
    assertThat(written.source().mySql().port()).isNotEqualTo(replica.port());
    assertThat(sum(primary, name)).isEqualTo(sum(servers.target(), name));
  }

  private static String sum(TestServer server, String name) throws Exception {
    try (var connection = server.connect(name);
        var row =
            connection.createStatement().executeQuery("SELECT COUNT(*), SUM(id + n) FROM t")) {
      row.next();
      return row.getString(1) + " " + row.getString(2);
    }
  }
}
