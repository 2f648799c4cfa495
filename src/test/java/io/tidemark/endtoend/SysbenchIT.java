package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.tidemark.endtoend.fixture.CopyJob;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.lab.Loans;
import io.tidemark.lab.Sysbench;
import io.tidemark.verify.ComparisonReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Debian's sysbench writes to the source before, through and after its copy. */
class SysbenchIT {

  private static final String SCRIPT = "oltp_read_write";
  private static final String TABLES = "--tables=3";
  private static final String SIZE = "--table-size=20000";

  @RegisterExtension static final Loans LOANS = new Loans();

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(names = {"MYSQL_TO_MYSQL", "MYSQL_TO_POSTGRES"})
  void copiesWhatSysbenchWrites(Route route) throws Exception {
    Sysbench sysbench = sysbench();
    TwoServers.Pair pair = TwoServers.on(LOANS, route).pair("sysbench");
    Path output = folder.resolve("prepare");
    Process prepare =
        sysbench.start(SCRIPT, pair.source().mySql(), pair.name(), output, TABLES, SIZE, "prepare");
    assertThat(prepare.waitFor()).as(Files.readString(output)).isZero();
    Path printed = folder.resolve("run");
    Process writes =
        sysbench.start(
            SCRIPT,
            pair.source().mySql(),
            pair.name(),
            printed,
            TABLES,
            SIZE,
            "--threads=2",
            "--time=600",
            "--rate=60",
            "run");
    try (CopyJob job =
        CopyJob.start(
            JobSettings.of(pair)
                .chunkRows(500)
                .cycle(java.time.Duration.ofMillis(500))
                .checkpointInterval(java.time.Duration.ofMillis(300)))) {
      job.awaitConsistent().awaitFinished();
      String end = job.watch().logEnd();
      job.await("further on", CopyJob.LONG, () -> job.watch().reached(end));
      assertThat(writes.isAlive()).as(Files.readString(printed)).isTrue();
      // In good order, so that it says how much it has done.
      new ProcessBuilder("kill", "-INT", String.valueOf(writes.pid())).start().waitFor();
      if (!writes.waitFor(10, TimeUnit.SECONDS)) {
        writes.destroyForcibly().waitFor();
      }
      job.awaitCaughtUp();
      ComparisonReport report = pair.compare();
      assertThat(report.findings()).isEmpty();
      assertThat(report.sourceRows()).isBetween(59_000L, 61_000L);
      assertThat(job.run().newFailure()).isEmpty();
    } finally {
      writes.destroyForcibly().waitFor();
    }
  }

  private static Sysbench sysbench() {
    try {
      return Sysbench.find();
    } catch (IOException e) {
      return abort("sysbench is not here, and cannot be fetched by apt: " + e.getMessage());
    }
  }
}
