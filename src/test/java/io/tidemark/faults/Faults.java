package io.tidemark.faults;

import io.tidemark.faults.BrokenConnection.Moment;
import java.util.ArrayList;
import java.util.List;

/** All of them. */
final class Faults {

  private Faults() {}

  /** One of each, which nobody else uses. */
  static List<Fault> all() {
    List<Fault> faults =
        new ArrayList<>(
            List.of(
                new TaskManagerKilled(),
                new JobManagerKilled(false),
                new JobManagerKilled(true),
                new TaskManagerSuspended(),
                new SourceRestarted(),
                new TargetRestarted(),
                new TargetCrashedInCommit(),
                new CheckpointsUnwritable(),
                new TargetDiskFull(),
                new WalsenderTerminated(),
                new SessionsTerminated(),
                new TargetDeadlock(),
                new StoppedWithSavepoint(),
                new OlderCheckpoint()));
    for (Moment moment : Moment.values()) {
      faults.add(new BrokenConnection(Trap.Spring.CUT, moment));
      faults.add(new BrokenConnection(Trap.Spring.STALL, moment));
    }
    return faults;
  }
}
