package io.tidemark.faults;

import io.tidemark.endtoend.fixture.Route;

/** Processes of Flink and of the databases end, or stand still. */
class ProcessFaultsIT extends FaultContract {

  ProcessFaultsIT() {
    super(Route.POSTGRES_TO_POSTGRES, Faults.ofProcesses());
  }
}
