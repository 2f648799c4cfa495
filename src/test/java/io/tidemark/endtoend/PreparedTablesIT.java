package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.cli.JobRun;
import io.tidemark.endtoend.fixture.Await;
import io.tidemark.endtoend.fixture.CopyJob;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.StreamWatch;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
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
        "POSTGRES_TO_POSTGRES; ALTER TABLE t ALTER w TYPE bigint",
        "POSTGRES_TO_POSTGRES; ALTER TABLE t DROP g, ADD g int GENERATED ALWAYS AS (v * 3) STORED",
        "POSTGRES_TO_POSTGRES; ALTER TABLE t ADD n int GENERATED ALWAYS AS (v + 1) STORED",
        "POSTGRES_TO_POSTGRES; ALTER TABLE t DROP g",
        "POSTGRES_TO_POSTGRES; ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'",
        "POSTGRES_TO_POSTGRES; ALTER TYPE pair RENAME ATTRIBUTE a TO x",
        "POSTGRES_TO_MYSQL; ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'",
        "MYSQL_TO_MYSQL; DROP TABLE t",
        "MYSQL_TO_MYSQL; ALTER TABLE t MODIFY w varchar(20)",
        "MYSQL_TO_MYSQL; ALTER TABLE t MODIFY g int AS (v * 3) STORED",
        "MYSQL_TO_MYSQL; ALTER TABLE t ADD n int AS (v + 1)",
        "MARIADB_TO_MARIADB; RENAME TABLE t TO x",
        "MARIADB_TO_MARIADB; ALTER TABLE t DROP COLUMN g, ADD COLUMN g int AS (v * 3) STORED",
        "MARIADB_TO_MARIADB; ALTER TABLE t DROP COLUMN g",
        "MARIADB_TO_MARIADB; ALTER TABLE t DROP COLUMN w",
      })
  void aTableThatIsNotWhatItWasPreparedForStopsTheJob(Route route, String change) throws Exception {
    TwoServers.Pair pair = made(route);
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
          .containsAnyOf("table " + pair.sourceSchema() + ".t was altered", "type \"public\".\"")
          .contains("after the target's table was made for it")
          .contains("Start the job again");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "POSTGRES_TO_POSTGRES; CREATE INDEX i ON t (v)",
        "POSTGRES_TO_POSTGRES; TRUNCATE t",
        "POSTGRES_TO_POSTGRES; VACUUM FULL t",
        "MYSQL_TO_MYSQL; ALTER TABLE t ADD INDEX i (v)",
        "MARIADB_TO_MARIADB; TRUNCATE t",
      })
  void whatChangesNoRowsMeaningStopsNothing(Route route, String change) throws Exception {
    TwoServers.Pair pair = made(route);
    PreparedJob prepared = prepare(pair).orElseThrow();
    pair.execute(change);
    try (JobRun run = JobRun.start(prepared, Optional.empty(), 0)) {
      StreamWatch watch = new StreamWatch(pair);
      Await.until("consistent", CopyJob.LONG, watch::consistent, watch::describe);
      assertThat(run.fatalFailure()).isEmpty();
      assertThat(pair.compare().identical()).isTrue();
    }
  }

  private static TwoServers.Pair made(Route route) throws Exception {
    TwoServers.Pair pair = TwoServers.on(LOANS, route).pair("prepared");
    if (route.source() == Vendor.POSTGRES) {
      pair.execute(
          "CREATE SCHEMA other",
          "CREATE TYPE mood AS ENUM ('sad', 'ok')",
          "CREATE TYPE pair AS (a int, b int)",
          "CREATE TABLE t (id int PRIMARY KEY, v int, w int, m mood, p pair,"
              + " g int GENERATED ALWAYS AS (v * 2) STORED)");
    } else {
      pair.execute("CREATE TABLE t (id int PRIMARY KEY, v int, w int, g int AS (v * 2) STORED)");
    }
    pair.execute("CREATE TABLE u (id int PRIMARY KEY)", "INSERT INTO t (id, v) VALUES (1, 1)");
    return pair;
  }

  private static Optional<PreparedJob> prepare(TwoServers.Pair pair) {
    List<String> findings = new ArrayList<>();
    Optional<PreparedJob> prepared =
        PreparedJob.prepare(JobSettings.of(pair).parallelism(1).job(), findings::add);
    assertThat(prepared).as("%s", findings).isPresent();
    return prepared;
  }
}
