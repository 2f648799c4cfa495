package io.tidemark.faults;

import io.tidemark.faults.BrokenConnection.Moment;
import io.tidemark.faults.link.Trap;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** All of them; each is a new one, which nobody else uses. */
final class Faults {

  private Faults() {}

  static List<Fault> all() {
    return Stream.of(ofProcesses(), ofSessionsAndStorage(), ofConnections())
        .flatMap(List::stream)
        .toList();
  }

  static List<Fault> ofProcesses() {
    return List.of(
        new TaskManagerKilled(),
        new JobManagerKilled(false),
        new JobManagerKilled(true),
        new TaskManagerSuspended(),
        new SourceRestarted(),
        new TargetRestarted(),
        new TargetCrashedInCommit());
  }

  static List<Fault> ofSessionsAndStorage() {
    return List.of(
        new CheckpointsUnwritable(),
        new TargetDiskFull(),
        new WalsenderTerminated(),
        new SessionsTerminated(),
        new TargetDeadlock(),
        new StoppedWithSavepoint(),
        new OlderCheckpoint());
  }

  static List<Fault> ofConnections() {
    List<Fault> faults = new ArrayList<>();
    for (Moment moment : Moment.values()) {
      faults.add(new BrokenConnection(Trap.Spring.CUT, moment));
      faults.add(new BrokenConnection(Trap.Spring.STALL, moment));
    }
    return faults;
  }
}
