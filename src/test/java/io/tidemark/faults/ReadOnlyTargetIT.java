package io.tidemark.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.CopyJob;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TestServer;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.job.TidemarkJob;
import io.tidemark.lab.Loans;
import io.tidemark.settings.ConnectionSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A target's server that takes no writes for a while, as one does in a fail-over. */
class ReadOnlyTargetIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  @ParameterizedTest
  @EnumSource(names = {"POSTGRES_TO_POSTGRES", "MYSQL_TO_MYSQL", "MARIADB_TO_MARIADB"})
  void isWaitedForUntilItTakesWritesAgain(Route route) throws Exception {
    TwoServers.Pair pair = TwoServers.on(LOANS, route).pair("readonly");
    pair.execute(
        "CREATE TABLE t (id int PRIMARY KEY, n int)",
        "INSERT INTO t SELECT i, 0 FROM " + route.source().series(1, 1000));
    try (CopyJob job = CopyJob.start(pair, job(pair))) {
      job.awaitConsistent().awaitFinished();
      takeNoWrites(pair.target());
      try {
        pair.execute("UPDATE t SET n = n + 1");
        job.await(
            "told that the target takes no writes",
            () -> job.run().newFailure().filter(ReadOnlyTargetIT::saysSo).isPresent());
      } finally {
        takeWrites(pair.target());
      }
      job.awaitCaughtUp();
    }
    assertThat(pair.compare().findings()).isEmpty();
  }

  private static boolean saysSo(Throwable failure) {
    return ExceptionUtils.findThrowableWithMessage(failure, "tries again until it does")
        .isPresent();
  }

  /** MariaDB's {@code read_only} is for those only who may not change it: the job is one. */
  private static TidemarkJob job(TwoServers.Pair pair) throws SQLException {
    TidemarkJob job = JobSettings.of(pair).job();
    if (pair.target().vendor() != Vendor.MARIADB) {
      return job;
    }
    pair.target()
        .execute(
            "",
            "CREATE USER copier",
            "GRANT ALL ON *.* TO copier",
            "REVOKE READ_ONLY ADMIN ON *.* FROM copier");
    return new TidemarkJob(
        job.name(),
        job.source(),
        job.selection(),
        new ConnectionSpec(job.target().url(), "copier", ""),
        job.existing(),
        job.renaming(),
        job.copy(),
        job.checkpoint());
  }

  /** PostgreSQL: what it has becomes that of a standby. */
  private static void takeNoWrites(TestServer server) throws Exception {
    if (server.vendor() != Vendor.POSTGRES) {
      server.execute(
          "",
          server.vendor() == Vendor.MYSQL
              ? "SET GLOBAL super_read_only = ON"
              : "SET GLOBAL read_only = ON");
      return;
    }
    Path data;
    try (Connection connection = server.connect("postgres");
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW data_directory")) {
      row.next();
      data = Path.of(row.getString(1));
    }
    Files.createFile(data.resolve("standby.signal"));
    server.restart();
  }

  private static void takeWrites(TestServer server) throws Exception {
    if (server.vendor() == Vendor.POSTGRES) {
      server.execute("postgres", "SELECT pg_promote()");
      return;
    }
    if (server.vendor() == Vendor.MYSQL) {
      server.execute("", "SET GLOBAL super_read_only = OFF");
    }
    server.execute("", "SET GLOBAL read_only = OFF");
  }
}
