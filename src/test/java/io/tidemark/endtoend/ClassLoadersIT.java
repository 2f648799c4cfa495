package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.endtoend.fixture.CopyJob;
import io.tidemark.endtoend.fixture.FlinkCluster;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.JvmProcess;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.StreamWatch;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.lab.Loans;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cluster that takes many submissions must not keep the classes of those that have ended. A Flink
 * process may keep the last one's until the next is there.
 */
class ClassLoadersIT {

  @RegisterExtension final Loans loans = new Loans();

  private static final String CLASS_LOADER = "org.apache.flink.util.ChildFirstClassLoader";

  @TempDir private Path folder;

  @Test
  void theClassesOfEndedSubmissionsDoNotPileUp() throws Exception {
    assumeTrue(
        Files.exists(FlinkCluster.JAR),
        FlinkCluster.JAR + " is not there; `mvn package` builds what this test submits");
    try (FlinkCluster cluster = FlinkCluster.start(folder)) {
      TwoServers.Pair pair = TwoServers.on(loans, Route.POSTGRES_TO_POSTGRES).pair("loaded");
      pair.execute("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)");
      Path job =
          Files.writeString(folder.resolve("job.yaml"), JobSettings.of(pair).parallelism(1).yaml());
      for (int submission = 0; submission < 3; submission++) {
        String id = cluster.submit(job, Optional.empty());
        cluster.awaitState(id, "RUNNING");
        StreamWatch watch = new StreamWatch(pair);
        Await.until("consistent", CopyJob.LONG, watch::consistent, watch::describe);
        cluster.cancel(id);
      }
      List<JvmProcess> processes = new ArrayList<>(cluster.taskManagers());
      processes.add(cluster.jobManager());
      for (JvmProcess process : processes) {
        Await.until(
            "no class loader but perhaps the last job's is left",
            CopyJob.LONG,
            () -> process.instances(CLASS_LOADER) <= 1,
            process::tail);
        assertThat(process.isAlive()).isTrue();
      }
    }
  }
}
