package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.cli.JobRun;
import io.tidemark.endtoend.fixture.Await;
import io.tidemark.endtoend.fixture.CopyJob;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.StreamWatch;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.job.PreparedJob;
import io.tidemark.lab.Loans;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What changes between the making of the target's tables and the begin of the log. */
class PreparedTablesIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "POSTGRES_TO_POSTGRES; DROP TABLE t",
        "POSTGRES_TO_POSTGRES; ALTER TABLE t SET SCHEMA other",
        "POSTGRES_TO_POSTGRES; ALTER TABLE t ADD n int DEFAULT 5",
        "POSTGRES_TO_POSTGRES; ALTER TABLE t ALTER v TYPE bigint",
        "MYSQL_TO_MYSQL; DROP TABLE t",
        "MYSQL_TO_MYSQL; ALTER TABLE t MODIFY v varchar(20)",
        "MARIADB_TO_MARIADB; RENAME TABLE t TO x",
        "MARIADB_TO_MARIADB; ALTER TABLE t DROP COLUMN v",
      })
  void aTableThatIsNotWhatItWasPreparedForStopsTheJob(Route route, String change) throws Exception {
    TwoServers.Pair pair = TwoServers.on(LOANS, route).pair("prepared");
    if (route == Route.POSTGRES_TO_POSTGRES) {
      pair.execute("CREATE SCHEMA other");
    }
    pair.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v int)",
        "CREATE TABLE u (id int PRIMARY KEY)",
        "INSERT INTO t VALUES (1, 1)");
    PreparedJob prepared = prepare(pair).orElseThrow();
    pair.execute(change);
    try (JobRun run = JobRun.start(prepared, Optional.empty(), 0)) {
      StreamWatch watch = new StreamWatch(pair);
      Await.until(
          "ended, or consistent",
          CopyJob.LONG,
          () -> run.awaitEnd(Duration.ZERO) || watch.consistent(),
          watch::describe);
      assertThat(run.fatalFailure()).as("the job copies what it was not prepared for").isPresent();
      assertThat(CopyJob.trace(run.fatalFailure().orElseThrow()))
          .contains("table " + pair.sourceSchema() + ".t was altered, renamed or dropped")
          .contains("Start the job again");
    }
  }

  private static Optional<PreparedJob> prepare(TwoServers.Pair pair) {
    List<String> findings = new ArrayList<>();
    Optional<PreparedJob> prepared =
        PreparedJob.prepare(JobSettings.of(pair).parallelism(1).job(), findings::add);
    assertThat(prepared).as("%s", findings).isPresent();
    return prepared;
  }
}
