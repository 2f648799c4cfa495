package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.JobProcess;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.lab.Loans;
import io.tidemark.verify.ComparisonReport;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A value that the heap cannot hold is refused by name, and arrives in the heap that is named. */
class LargeValuesIT {

  /** Of the process, in megabytes. */
  private static final int HEAP = 200;

  private static final Pattern NEEDED = Pattern.compile("TIDEMARK_OPTS=-Xmx([0-9]+)m");
  private static final Duration LONG = Duration.ofSeconds(240);

  @RegisterExtension final Loans loans = new Loans();

  private static String bytes(int megabytes) {
    return "decode(repeat('0123456789abcdef', %d), 'hex')".formatted(megabytes << 17);
  }

  @Test
  void ofTheLog() throws Exception {
    TwoServers.Pair pair = TwoServers.on(loans, Route.POSTGRES_TO_POSTGRES).pair("large_log");
    pair.execute(
        "CREATE TABLE t (id int PRIMARY KEY, n int, v bytea)",
        "INSERT INTO t SELECT i, 1, 'x' FROM generate_series(1, 3) AS i");
    JobSettings settings = JobSettings.of(pair);
    int needed;
    try (JobProcess job = JobProcess.start(HEAP, settings)) {
      job.awaitConsistent(LONG);
      // Three at once, of which there is more than one on the way.
      pair.execute("UPDATE t SET v = " + bytes(40));
      needed =
          refused(
              job,
              "an updated row of table public.t with the key (id) = (1) (column v has 83886082"
                  + " bytes there) is too large");
    }
    arrives(pair, settings, needed);
  }

  @Test
  void ofTheTable() throws Exception {
    TwoServers.Pair pair = TwoServers.on(loans, Route.POSTGRES_TO_POSTGRES).pair("large_table");
    pair.execute(
        "CREATE TABLE t (id int PRIMARY KEY, n int, v bytea)",
        "INSERT INTO t SELECT i, 1, " + bytes(70) + " FROM generate_series(1, 3) AS i");
    JobSettings settings = JobSettings.of(pair);
    int needed;
    try (JobProcess job = JobProcess.start(HEAP, settings)) {
      needed = refused(job, "reading table public.t failed: what the server sent is too large");
    }
    arrives(pair, settings, needed);
  }

  private static int refused(JobProcess job, String problem) throws Exception {
    int exit = job.awaitExit(LONG);
    // 3 is what the virtual machine says where it has run out of memory.
    assertThat(exit).as(job.output()).isEqualTo(1);
    assertThat(job.output()).contains(problem);
    Matcher advice = NEEDED.matcher(job.output());
    assertThat(advice.find()).as(job.output()).isTrue();
    return Integer.parseInt(advice.group(1));
  }

  private static void arrives(TwoServers.Pair pair, JobSettings settings, int heap)
      throws Exception {
    try (JobProcess job = JobProcess.start(heap, settings)) {
      job.awaitConsistent(LONG);
      job.awaitCaughtUp(LONG);
    }
    ComparisonReport report = pair.compare();
    assertThat(report.findings()).isEmpty();
    assertThat(report.sourceRows()).isEqualTo(3);
  }
}
