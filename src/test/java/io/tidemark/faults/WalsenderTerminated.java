package io.tidemark.faults;

/** {@code pg_terminate_backend} of the process that sends the log from the stream's slot. */
final class WalsenderTerminated implements Fault {

  @Override
  public String name() {
    return "walsender of the slot terminated";
  }

  @Override
  public void inject(Round round) throws Exception {
    round
        .pair()
        .execute(
            "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name ="
                + " 'tidemark_"
                + round.pair().name()
                + "'");
  }
}
