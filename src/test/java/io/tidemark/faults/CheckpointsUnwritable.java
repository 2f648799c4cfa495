package io.tidemark.faults;

import java.nio.file.Files;
import java.nio.file.Path;

/** A file is in the place of the folder of the checkpoints. */
final class CheckpointsUnwritable implements Fault {

  private static final int FAILED = 2;

  @Override
  public String name() {
    return "checkpoint directory unwritable";
  }

  @Override
  public Leaves leaves() {
    return Leaves.SAME_EPOCH;
  }

  @Override
  public void inject(Round round) throws Exception {
    long failed = round.cluster().rest().failedCheckpoints(round.job());
    Path folder = round.checkpoints();
    Files.move(folder, away(folder));
    Files.createFile(folder);
    round.letCopyGoOn();
    round.await(
        "without checkpoints",
        () -> round.cluster().rest().failedCheckpoints(round.job()) >= failed + FAILED);
  }

  @Override
  public void heal(Round round) throws Exception {
    long completed = round.cluster().rest().completedCheckpoints(round.job());
    Path folder = round.checkpoints();
    if (Files.isDirectory(away(folder))) {
      Files.delete(folder);
      Files.move(away(folder), folder);
    }
    round.startClock();
    round.await(
        "at the next checkpoint",
        () -> round.cluster().rest().completedCheckpoints(round.job()) > completed);
  }

  private static Path away(Path folder) {
    return folder.resolveSibling(folder.getFileName() + "-away");
  }
}
