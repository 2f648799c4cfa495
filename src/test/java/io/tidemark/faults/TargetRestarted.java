package io.tidemark.faults;

/** The target's server ends all sessions and is started again. */
final class TargetRestarted implements Fault {

  @Override
  public String name() {
    return "target server restarted";
  }

  @Override
  public void inject(Round round) {
    round.pair().target().restart();
  }
}
