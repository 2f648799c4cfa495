package io.tidemark.faults;

import io.tidemark.endtoend.TestServer;
import io.tidemark.endtoend.Vendor;

/** The target's server ends all sessions and is started again. */
final class TargetRestarted implements Fault {

  @Override
  public String name() {
    return "target server restarted";
  }

  @Override
  public void inject(Round round) {
    TestServer target = round.pair().target();
    if (target.vendor() == Vendor.POSTGRES) {
      target.postgres().restart();
    } else {
      target.mySql().restart();
    }
  }
}
