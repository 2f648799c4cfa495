package io.tidemark.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.LogPosition;
import io.tidemark.database.LogReader;
import io.tidemark.database.LogReader.Message;
import java.time.Duration;
import java.util.Optional;

/**
 * What was read of a log up to some place.
 *
 * @param position how far it goes
 * @param commits how many transactions came
 */
public record ReadLog(LogPosition position, int commits) {

  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /** Reads until {@code end} is covered. */
  public static ReadLog upTo(LogReader log, LogPosition from, LogPosition end)
      throws InterruptedException {
    LogPosition position = from;
    int commits = 0;
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (!position.covers(end)) {
      assertThat(System.nanoTime()).as("the log stands still").isLessThan(deadline);
      Optional<Message> message = log.poll(Duration.ofMillis(100));
      if (message.isPresent() && message.get() instanceof LogReader.Commit commit) {
        commits++;
        position = commit.position();
      } else if (message.isPresent() && message.get() instanceof LogReader.Advance advance) {
        position = advance.position();
      }
    }
    return new ReadLog(position, commits);
  }
}
