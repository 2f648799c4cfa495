package io.tidemark.database.postgres.control;

import io.tidemark.database.DaemonThreads;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.postgres.position.PostgresXid;
import io.tidemark.database.postgres.session.PostgresQueries;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says, while something waits for the source's open transactions, which one it waits for. Borrows
 * the connection until it is closed.
 */
final class OpenTransactionWatch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(OpenTransactionWatch.class);

  private static final Duration SAY_EVERY = Duration.ofSeconds(10);
  private static final Duration LOOK_EVERY = Duration.ofMillis(50);
  private static final Duration GIVE_BACK_WITHIN = Duration.ofSeconds(30);

  private static final String OLDEST =
      """
      SELECT what FROM (
        SELECT pg_catalog.format('process %s (user %s, application ''%s'', %s), open since %s',
                   pid, usename, application_name, state, xact_start) AS what,
               pg_catalog.age(backend_xid) AS age
        FROM pg_catalog.pg_stat_activity WHERE backend_xid IS NOT NULL
        UNION ALL
        SELECT pg_catalog.format('prepared transaction ''%s'' of %s, prepared at %s; COMMIT or'
                   ' ROLLBACK PREPARED ends it', gid, owner, prepared), pg_catalog.age(transaction)
        FROM pg_catalog.pg_prepared_xacts) AS t
      ORDER BY age DESC LIMIT 1
      """;

  private final PostgresQueries queries;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          DaemonThreads.named("tidemark-open-transaction-watch"));

  OpenTransactionWatch(PostgresQueries queries) {
    this.queries = queries;
  }

  /** Starts to say it, while another connection waits. */
  void start(String waiting) {
    timer.scheduleWithFixedDelay(
        () -> sayWhat(waiting), SAY_EVERY.toMillis(), SAY_EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void sayWhat(String waiting) {
    try {
      oldest()
          .ifPresent(oldest -> LOG.warn("{} waits for an open transaction: {}", waiting, oldest));
    } catch (DatabaseException e) {
      LOG.warn("{} waits, and what for cannot be read", waiting, e);
    }
  }

  /** Waits here until every transaction below {@code xid} has ended. */
  void awaitEndOfTransactionsBefore(PostgresXid xid, String waiting) {
    long nextWord = System.nanoTime() + SAY_EVERY.toNanos();
    while (queries.visible().xmin().compareTo(xid) < 0) {
      if (System.nanoTime() >= nextWord) {
        sayWhat(waiting);
        nextWord = System.nanoTime() + SAY_EVERY.toNanos();
      }
      try {
        Thread.sleep(LOOK_EVERY.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new DatabaseException(Kind.RETRYABLE, waiting + " was interrupted", e);
      }
    }
  }

  private Optional<String> oldest() {
    return queries.first("looking for the oldest transaction", OLDEST, row -> row.getString(1));
  }

  /** Gives the connection back. */
  @Override
  public void close() {
    timer.shutdownNow();
    try {
      if (!timer.awaitTermination(GIVE_BACK_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new DatabaseException(
            Kind.RETRYABLE, "the source does not answer the question for its oldest transaction");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DatabaseException(Kind.RETRYABLE, "interrupted while giving a connection back", e);
    }
  }
}
