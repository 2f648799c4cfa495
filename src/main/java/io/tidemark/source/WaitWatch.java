package io.tidemark.source;

import io.tidemark.database.DaemonThreads;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.Ledger;
import io.tidemark.database.LedgerView.About;
import io.tidemark.database.Waits;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says, in the log and in the ledger, for whom the stream has been waiting for more than a few
 * seconds at one of its servers. Beside everything else, by a thread and connections of its own,
 * since whoever waits can say nothing.
 */
final class WaitWatch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(WaitWatch.class);

  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  private static final Duration LONG = Duration.ofSeconds(3);

  /**
   * A lock that is given up and asked for again is not waited for at each look: MySQL's tables are
   * waited for at the beginning of every seventh second or so.
   */
  private static final Duration GONE = Duration.ofSeconds(10);

  private static final Duration CLOSE_WITHIN = Duration.ofSeconds(5);

  private record Seen(long first, long last) {}

  /** One of the two servers. Used by the watch's thread. */
  private final class Side {
    private final About about;
    private final Waits waits;
    private final Map<Waits.Wait, Seen> seen = new HashMap<>();
    private String said = "";
    private boolean silent;

    Side(About about, Waits waits) {
      this.about = about;
      this.waits = waits;
    }

    void look() {
      List<Waits.Wait> now;
      try {
        now = waits.look();
        silent = false;
      } catch (DatabaseException e) {
        if (!silent) {
          LOG.warn("For whom the stream may be waiting cannot be asked: {}", e.getMessage());
        }
        silent = true;
        return;
      }
      long time = System.nanoTime();
      seen.values().removeIf(wait -> time - wait.last() > GONE.toNanos());
      now.forEach(
          wait ->
              seen.merge(wait, new Seen(time, time), (old, added) -> new Seen(old.first(), time)));
      say(
          seen.entrySet().stream()
              .filter(wait -> wait.getValue().last() - wait.getValue().first() >= LONG.toNanos())
              .map(wait -> wait.getKey().inWords())
              .sorted()
              .collect(Collectors.joining("; ")));
    }

    private void say(String words) {
      if (words.equals(said)) {
        return;
      }
      if (!words.isEmpty()) {
        LOG.warn("{}", words);
      }
      try {
        ledger.report(
            epoch.getAsLong(), about, words.isEmpty() ? Optional.empty() : Optional.of(words));
        said = words;
      } catch (DatabaseException e) {
        // It is tried again at the next look.
        LOG.debug("the ledger does not take for whom the stream waits", e);
      }
    }
  }

  private final Ledger ledger;
  private final LongSupplier epoch;
  private final List<Side> sides;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("tidemark-wait-watch"));

  /**
   * Takes over what asks the servers, and opens no connection yet.
   *
   * @param epoch under which the stream is ours; 0 before it is
   */
  WaitWatch(Ledger ledger, LongSupplier epoch, Waits source, Waits target) {
    this.ledger = ledger;
    this.epoch = epoch;
    this.sides = List.of(new Side(About.SOURCE_WAIT, source), new Side(About.TARGET_WAIT, target));
  }

  void start() {
    timer.scheduleWithFixedDelay(
        this::look, LONG.toMillis(), LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      sides.forEach(Side::look);
    } catch (RuntimeException e) {
      LOG.warn("The watch over what the stream waits for has failed, and goes on", e);
    }
  }

  /** Ends the looks; a server that does not answer one of them keeps this waiting briefly only. */
  @Override
  public void close() {
    timer.shutdownNow();
    try {
      if (timer.awaitTermination(CLOSE_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
        sides.forEach(side -> side.waits.close());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (DatabaseException e) {
      LOG.debug("closing a connection that has asked for waits failed", e);
    }
  }
}
