package io.tidemark.cli;

import io.tidemark.cli.StreamProgress.TableProgress;
import io.tidemark.schema.TableId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Rows per second over the last seconds: long enough to span several chunks' commits, short enough
 * to follow. Used by one thread.
 */
final class CopyRates {

  private static final Duration WINDOW = Duration.ofSeconds(10);

  private final Deque<Sample> samples = new ArrayDeque<>();

  private record Sample(Instant at, Map<TableId, Long> copied, long total) {}

  void add(StreamProgress progress) {
    Map<TableId, Long> copied =
        progress.tables().stream()
            .collect(Collectors.toMap(TableProgress::table, TableProgress::copied, (a, b) -> b));
    samples.addLast(new Sample(progress.at(), copied, progress.copied()));
    while (samples.size() > 2 && samples.peekFirst().at().isBefore(progress.at().minus(WINDOW))) {
      samples.removeFirst();
    }
  }

  /** Rows of one table per second. */
  double of(TableId table) {
    return perSecond(
        samples.getFirst().copied().getOrDefault(table, 0L),
        samples.getLast().copied().getOrDefault(table, 0L));
  }

  /** Rows of all tables per second. */
  double total() {
    return perSecond(samples.getFirst().total(), samples.getLast().total());
  }

  /** How long {@code rows} more take at {@code rate} rows per second; empty if nobody knows. */
  static Optional<Duration> timeFor(long rows, double rate) {
    return rate <= 0
        ? Optional.empty()
        : Optional.of(Duration.ofMillis((long) Math.min(rows / rate * 1000, 1e12)));
  }

  private double perSecond(long first, long last) {
    long millis = Duration.between(samples.getFirst().at(), samples.getLast().at()).toMillis();
    return millis <= 0 ? 0 : Math.max(0, last - first) * 1000.0 / millis;
  }
}
