package io.tidemark.faults;

import io.tidemark.endtoend.fixture.Route;
import io.tidemark.faults.BrokenConnection.Moment;
import io.tidemark.faults.link.Trap;
import java.util.List;

/** A few of the faults between two MySQL servers. */
class MySqlFaultsIT extends FaultContract {

  MySqlFaultsIT() {
    super(
        Route.MYSQL_TO_MYSQL,
        List.of(
            new TaskManagerKilled(),
            new TargetRestarted(),
            new BrokenConnection(Trap.Spring.CUT, Moment.COMMIT_ASKED),
            new BrokenConnection(Trap.Spring.CUT, Moment.COMMIT_ANSWERED)));
  }
}
