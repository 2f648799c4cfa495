package io.tidemark.faults;

import java.util.Optional;

/** {@code flink stop}, and {@code flink run -s} at another parallelism. */
final class StoppedWithSavepoint implements Fault {

  private Optional<String> savepoint = Optional.empty();

  @Override
  public String name() {
    return "stop with savepoint, resume at another parallelism";
  }

  @Override
  public void inject(Round round) throws Exception {
    savepoint =
        Optional.of(
            round
                .cluster()
                .rest()
                .stop(
                    round.job(),
                    round.arena().folder().resolve("savepoints-" + round.pair().name())));
  }

  @Override
  public void heal(Round round) throws Exception {
    if (savepoint.isPresent()) {
      round.submit(savepoint, round.parallelism() == 1 ? 3 : round.parallelism() - 1);
      savepoint = Optional.empty();
    }
  }
}
