package io.tidemark.faults;

/** The source's server ends all sessions and is started again. */
final class SourceRestarted implements Fault {

  @Override
  public String name() {
    return "source server restarted";
  }

  @Override
  public void inject(Round round) {
    round.pair().source().postgres().restart();
  }
}
