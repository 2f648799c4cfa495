package io.tidemark.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TestServer;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.lab.Loans;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Looking over a table that somebody keeps locked ends soon, and says who that is. */
// A look that is not bounded waits where nobody can interrupt it.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BoundedLookIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  @ParameterizedTest
  @EnumSource(names = {"POSTGRES_TO_POSTGRES", "MYSQL_TO_MYSQL", "MARIADB_TO_MARIADB"})
  void aLockedTableIsNotWaitedForWithoutEnd(Route route) throws Exception {
    TwoServers.Pair pair = TwoServers.on(LOANS, route).pair("look");
    pair.execute("CREATE TABLE t (id int PRIMARY KEY)");
    JobDatabases databases = Databases.of(JobSettings.of(pair).job());
    assertThat(errors(databases)).isEmpty();
    try (Connection locking = pair.source().connect(pair.name())) {
      locking.setAutoCommit(false);
      String blocker = lock(pair.source(), locking);
      assertThat(errors(databases))
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.where()).isEqualTo("source");
                assertThat(finding.problem()).contains("waits for", blocker);
                assertThat(finding.remedy()).contains("end the session");
              });
      locking.rollback();
    }
    assertThat(errors(databases)).isEmpty();
  }

  /** Returns whom messages name. */
  private static String lock(TestServer server, Connection locking) throws SQLException {
    boolean postgres = server.vendor() == Vendor.POSTGRES;
    try (var statement = locking.createStatement()) {
      statement.execute(postgres ? "LOCK TABLE t IN ACCESS EXCLUSIVE MODE" : "LOCK TABLES t WRITE");
      if (server.vendor() == Vendor.MARIADB) {
        // Which session that is it shows where its instrument is on.
        return "Waiting for table metadata lock";
      }
      try (var row =
          statement.executeQuery(postgres ? "SELECT pg_backend_pid()" : "SELECT CONNECTION_ID()")) {
        row.next();
        return (postgres ? "process " : "connection ") + row.getLong(1) + " (user ";
      }
    }
  }

  private static List<Finding> errors(JobDatabases databases) {
    return databases.check(Duration.ofSeconds(2)).stream()
        .filter(finding -> finding.severity() == Severity.ERROR)
        .toList();
  }
}
