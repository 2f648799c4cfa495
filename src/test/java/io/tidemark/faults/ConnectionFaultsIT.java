package io.tidemark.faults;

import io.tidemark.endtoend.fixture.Route;

/** Connections are cut, or go silent, at every moment that differs. */
class ConnectionFaultsIT extends FaultContract {

  ConnectionFaultsIT() {
    super(Route.POSTGRES_TO_POSTGRES, Faults.ofConnections());
  }
}
