package io.tidemark.faults;

import io.tidemark.endtoend.fixture.JvmProcess;
import java.util.Optional;

/**
 * SIGSTOP of the TaskManager that reads the log, until its job has been given to another one and
 * goes on; then SIGCONT, which lets it do what it was about to do.
 */
final class TaskManagerSuspended implements Fault {

  private Optional<JvmProcess> suspended = Optional.empty();

  @Override
  public String name() {
    return "SIGSTOP beyond the heartbeat, then SIGCONT";
  }

  @Override
  public void inject(Round round) throws Exception {
    long epoch = round.watch().epoch();
    JvmProcess zombie = round.cluster().logReader(round.job());
    suspended = Optional.of(zombie);
    zombie.suspend();
    round.startClock();
    round.await("taken over from the suspended process", () -> round.watch().epoch() > epoch);
    round.letCopyGoOn();
    round.awaitCaughtUp();
  }

  @Override
  public void heal(Round round) throws Exception {
    if (suspended.isPresent()) {
      suspended.get().resume();
      suspended = Optional.empty();
    }
  }
}
