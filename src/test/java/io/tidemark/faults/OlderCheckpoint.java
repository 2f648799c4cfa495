package io.tidemark.faults;

import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** The job is started from a checkpoint that is older than what the ledger has since recorded. */
final class OlderCheckpoint implements Fault {

  private static final int MORE_TRANSACTIONS = 100;

  private Optional<Path> kept = Optional.empty();

  @Override
  public String name() {
    return "restart from a checkpoint older than the ledger";
  }

  @Override
  public void inject(Round round) throws Exception {
    long completed = round.cluster().rest().completedCheckpoints(round.job());
    round.await(
        "at a checkpoint",
        () -> round.cluster().rest().completedCheckpoints(round.job()) > completed);
    // Flink keeps the newest one only.
    Path folder = round.arena().folder().resolve("kept-" + round.pair().name() + round.phase());
    Files.createDirectories(folder);
    round.await("with a copy of a checkpoint", () -> copy(round, folder));
    long chunks = round.watch().chunks();
    Optional<String> position = round.watch().position();
    round.letCopyGoOn();
    if (round.phase() == Phase.STREAM) {
      round.awaitTransactions(MORE_TRANSACTIONS);
      round.awaitCaughtUp();
    } else {
      round.await(
          "further on",
          () -> round.watch().chunks() > chunks || !round.watch().position().equals(position));
    }
    round.cluster().rest().cancel(round.job());
    round.cluster().awaitState(round.job(), "CANCELED");
    kept = Optional.of(folder);
  }

  @Override
  public void heal(Round round) throws Exception {
    if (kept.isPresent()) {
      round.submit(kept.map(Path::toString));
      kept = Optional.empty();
    }
  }

  /** It may be gone between the look and the copy. */
  private static boolean copy(Round round, Path folder) throws Exception {
    Optional<Path> latest = round.latestCheckpoint();
    if (latest.isEmpty()) {
      return false;
    }
    try {
      Files.copy(latest.get().resolve("_metadata"), folder.resolve("_metadata"));
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }
}
