package io.tidemark.faults;

import java.nio.file.Path;
import java.util.Optional;

/**
 * {@code kill -9} of the JobManager, which takes the job with it. A new one is given the job again,
 * with its last checkpoint.
 */
final class JobManagerKilled implements Fault {

  private final boolean withTaskManager;

  /**
   * @param withTaskManager whether the TaskManager that reads the log is killed too
   */
  JobManagerKilled(boolean withTaskManager) {
    this.withTaskManager = withTaskManager;
  }

  @Override
  public String name() {
    return withTaskManager
        ? "kill -9 of the JobManager and a TaskManager"
        : "kill -9 of the JobManager";
  }

  @Override
  public void inject(Round round) throws Exception {
    round.await("a checkpoint is there", () -> round.latestCheckpoint().isPresent());
    var taskManager = round.cluster().logReader(round.job());
    round.cluster().jobManager().kill();
    if (withTaskManager) {
      taskManager.kill();
    }
  }

  @Override
  public void heal(Round round) throws Exception {
    round.cluster().startJobManager();
    round.cluster().makeWhole();
    Optional<Path> checkpoint = round.latestCheckpoint();
    round.submit(checkpoint.map(Path::toString));
  }
}
