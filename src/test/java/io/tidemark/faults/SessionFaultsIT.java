package io.tidemark.faults;

import io.tidemark.endtoend.fixture.Route;

/** Sessions, disks, checkpoints and savepoints. */
class SessionFaultsIT extends FaultContract {

  SessionFaultsIT() {
    super(Route.POSTGRES_TO_POSTGRES, Faults.ofSessionsAndStorage());
  }
}
