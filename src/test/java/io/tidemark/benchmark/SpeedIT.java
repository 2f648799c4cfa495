package io.tidemark.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * The bars at a small scale, with room for a busy machine: seconds of work tell little, and what is
 * slower by a multiple is seen nevertheless. Start-up, which does not shrink with the scale, is
 * left out.
 */
class SpeedIT {

  @Test
  void keepsUpWithPipesOfTwoClientsAndWithLogicalReplication() throws Exception {
    assumeTrue(hasPsql(), "psql is not on the PATH");
    try (BenchmarkServers servers = BenchmarkServers.start()) {
      servers.fill(500_000);
      CopyBenchmark.Result copy = new CopyBenchmark(servers, System.out).run(500_000, 2);
      // The first round also warms the virtual machine up.
      CatchUpBenchmark.Result catchUp =
          new CatchUpBenchmark(servers, System.out).run(500_000, 100_000, 3);
      assertThat(copy.working().best()).as("copy, to binary pipes").isGreaterThan(0.5);
      assertThat(catchUp.working().best()).as("catch-up").isGreaterThan(0.5);
    }
  }

  private static boolean hasPsql() {
    return Arrays.stream(System.getenv("PATH").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "psql")));
  }
}
