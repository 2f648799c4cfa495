package io.tidemark.faults;

/** {@code kill -9} of the TaskManager that reads the log. */
final class TaskManagerKilled implements Fault {

  @Override
  public String name() {
    return "kill -9 of a TaskManager";
  }

  @Override
  public void inject(Round round) throws Exception {
    round.cluster().logReader(round.job()).kill();
    // The other one has slots enough: nobody has to help.
    round.startClock();
  }
}
