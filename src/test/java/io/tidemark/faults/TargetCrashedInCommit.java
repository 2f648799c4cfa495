package io.tidemark.faults;

import io.tidemark.endtoend.fixture.AbsentStandby;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * {@code kill -9} of the target's postmaster while one of our commits is in the log and not visible
 * yet. A standby that is waited for and never comes makes this moment last.
 */
final class TargetCrashedInCommit implements Fault {

  @Override
  public String name() {
    return "kill -9 of the target's postmaster in a commit";
  }

  @Override
  public void inject(Round round) throws Exception {
    AbsentStandby.keepWaiting(round.pair().target().postgres());
    round.letCopyGoOn();
    round.await("in a commit", () -> isCommitting(round));
    round.pair().target().kill();
  }

  @Override
  public void heal(Round round) throws Exception {
    round.pair().target().startAgain();
    AbsentStandby.letGo(round.pair().target().postgres());
  }

  private static boolean isCommitting(Round round) throws SQLException {
    try (Connection target = round.pair().target().connect("postgres");
        ResultSet row =
            target
                .createStatement()
                .executeQuery(
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND"
                        + " application_name LIKE 'tidemark:"
                        + round.pair().name()
                        + ":%:write-%'")) {
      row.next();
      return row.getInt(1) > 0;
    }
  }
}
