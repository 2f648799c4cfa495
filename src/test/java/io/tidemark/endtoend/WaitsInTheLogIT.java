package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.JobProcess;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.lab.Loans;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** For whom a job waits is in its log file, once for as long as it waits. */
class WaitsInTheLogIT {

  private static final Duration LONG = Duration.ofMinutes(2);

  @RegisterExtension static final Loans LOANS = new Loans();

  @Test
  void whoHoldsUpTheSlotIsNamedInTheLogFile() throws Exception {
    TwoServers.Pair pair = TwoServers.on(LOANS, Route.POSTGRES_TO_POSTGRES).pair("waits_log");
    pair.execute("CREATE TABLE t (id int PRIMARY KEY)");
    try (Connection open = pair.source().connect(pair.name());
        Statement statement = open.createStatement()) {
      open.setAutoCommit(false);
      statement.execute("INSERT INTO t VALUES (1)");
      long writer;
      try (ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
        row.next();
        writer = row.getLong(1);
      }
      try (JobProcess job = JobProcess.start(JobSettings.of(pair))) {
        job.await("said in its log", LONG, () -> !waits(job, writer).isEmpty());
        assertThat(waits(job, writer))
            .singleElement()
            .asString()
            .contains("WARN ", "session tidemark:" + pair.name() + ":", "idle in transaction");
        open.commit();
        job.awaitConsistent(LONG);
        assertThat(waits(job, writer)).hasSize(1);
      }
    }
    assertThat(pair.compare().findings()).isEmpty();
  }

  /** Lines of the watch, which name the process. */
  private static List<String> waits(JobProcess job, long writer) {
    return job.log()
        .lines()
        .filter(line -> line.contains(" waits for ") && line.contains("WaitWatch"))
        .filter(line -> line.contains(String.valueOf(writer)))
        .toList();
  }
}
