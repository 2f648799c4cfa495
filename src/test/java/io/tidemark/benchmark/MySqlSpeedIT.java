package io.tidemark.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.lab.ServerUnavailableException;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/**
 * As {@link SpeedIT}, from MySQL to MySQL: a small scale, and bars with room for a busy machine.
 */
class MySqlSpeedIT {

  @Test
  void keepsUpWithTwoDumpsAndWithAReplica() throws Exception {
    try (MySqlLab lab = start()) {
      MySqlLab.fill(lab.source(), MySqlLab.DATABASE, 150_000);
      MySqlCatchUpBenchmark.Result catchUp =
          new MySqlCatchUpBenchmark(lab, System.out).run(150_000, 30_000, 2);
      MySqlLab.fill(lab.source(), MySqlLab.DATABASE, 150_000);
      MySqlCopyBenchmark.Result copy = new MySqlCopyBenchmark(lab, System.out).run(150_000, 2);
      assertThat(copy.working().best()).as("copy, to two dumps").isGreaterThan(0.2);
      assertThat(catchUp.working().best()).as("catch-up, to a replica").isGreaterThan(0.3);
    }
  }

  private static MySqlLab start() throws Exception {
    try {
      return MySqlLab.start("mysql", false);
    } catch (ServerUnavailableException e) {
      throw new TestAbortedException(e.getMessage(), e);
    }
  }
}
