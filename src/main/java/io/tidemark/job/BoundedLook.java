package io.tidemark.job;

import io.tidemark.database.DaemonThreads;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.database.Waits;
import io.tidemark.settings.StreamNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches over sessions that look two databases over: a question about a table waits for whoever
 * has it locked, for as long as that takes. One that has waited for long is ended, and it is known
 * for whom it has waited; one that works for as long is not.
 *
 * <p>Opens its own connections, and only if the look takes longer than a moment.
 */
final class BoundedLook implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(BoundedLook.class);

  private static final Duration EVERY = Duration.ofSeconds(1);
  private static final Duration SAID_AFTER = Duration.ofSeconds(3);
  private static final Duration CLOSE_WITHIN = Duration.ofSeconds(5);

  private final String stream;
  private final Map<String, Waits> sides;

  /** By side and session's name, since when it has been found waiting at every look. */
  private final Map<String, Long> since = new HashMap<>();

  private final Duration longest;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("tidemark-look-watch"));

  /** What was given up; shared by the watch's thread and whoever looks. */
  private final List<Finding> givenUp = new ArrayList<>();

  private BoundedLook(String stream, Duration longest, Map<String, Waits> sides) {
    this.stream = stream;
    this.longest = longest;
    this.sides = sides;
  }

  /**
   * Begins to watch. Takes over what asks the servers.
   *
   * @param longest how long a session may wait
   */
  static BoundedLook over(String stream, Duration longest, Waits source, Waits target) {
    BoundedLook look = new BoundedLook(stream, longest, Map.of("source", source, "target", target));
    look.timer.scheduleWithFixedDelay(
        look::look, SAID_AFTER.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
    return look;
  }

  /** One for each session that was ended, in its place; empty if none was. */
  List<Finding> givenUp() {
    synchronized (givenUp) {
      return List.copyOf(givenUp);
    }
  }

  private void look() {
    sides.forEach(
        (where, waits) -> {
          try {
            look(where, waits);
          } catch (DatabaseException e) {
            // A server that does not answer is found by the look itself.
            LOG.debug("for whom the look at the {} waits cannot be asked", where, e);
          }
        });
  }

  private void look(String where, Waits waits) {
    long now = System.nanoTime();
    Map<String, Waits.Wait> waiting = new HashMap<>();
    for (Waits.Wait wait : waits.look()) {
      if (StreamNames.isOfALook(stream, wait.session())) {
        waiting.put(wait.session(), wait);
      }
    }
    since.keySet().removeIf(key -> key.startsWith(where) && !waiting.containsKey(named(key)));
    waiting.forEach(
        (session, wait) -> {
          Long first = since.putIfAbsent(where + " " + session, now);
          if (first == null) {
            LOG.warn("The {} is being looked over: {}", where, wait.inWords());
          } else if (now - first >= patience().toNanos()) {
            since.remove(where + " " + session);
            // Whoever is cancelled asks at once for whom it waited.
            synchronized (givenUp) {
              waits.cancel(session);
              giveUp(where, wait);
            }
          }
        });
  }

  /** The look is given up already once a part of it is: the rest must not take as long again. */
  private Duration patience() {
    return givenUp().isEmpty() ? longest : EVERY;
  }

  private static String named(String key) {
    return key.substring(key.indexOf(' ') + 1);
  }

  private void giveUp(String where, Waits.Wait wait) {
    givenUp.add(
        new Finding(
            Severity.ERROR,
            where,
            "it could not be looked over within " + longest.toSeconds() + " s: " + wait.inWords(),
            "let that session end its transaction, or end the session, and start again"));
  }

  @Override
  public void close() {
    timer.shutdownNow();
    try {
      if (timer.awaitTermination(CLOSE_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
        sides.values().forEach(Waits::close);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (DatabaseException e) {
      LOG.debug("closing a connection that has asked for waits failed", e);
    }
  }
}
