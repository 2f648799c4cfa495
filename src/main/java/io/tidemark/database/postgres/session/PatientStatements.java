package io.tidemark.database.postgres.session;

import io.tidemark.database.DaemonThreads;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Executes statements that need a strong lock beside writers that must not wait for long: a lock
 * that does not come at once is given up, since whoever comes after a waiting lock waits too, and
 * asked for again after a pause. Auto-commit; one thread.
 */
public final class PatientStatements implements AutoCloseable {

  private static final Duration LOCK_TIMEOUT = Duration.ofMillis(300);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  /** lock_not_available, deadlock_detected, object_in_use. */
  private static final Set<String> TRY_AGAIN = Set.of("55P03", "40P01", "55006");

  /**
   * duplicate_table, duplicate_object, undefined_table, undefined_object: another run was faster.
   * unique_violation: two versions of a row met while an index was built beside the writers.
   */
  private static final Set<String> LOOK_AGAIN = Set.of("42P07", "42710", "42P01", "42704", "23505");

  /** Looks whether something is still to be done, and does it. */
  public interface Step {
    /**
     * Does what is left of the step, which may be nothing. May be called again after it threw, for
     * as long as what stopped it may pass by itself.
     */
    void run() throws SQLException, InterruptedException;
  }

  private final Connection connection;
  private final ExecutorService worker;

  /** Borrows the connection, which {@link #close} leaves open. */
  public PatientStatements(Connection connection) {
    this.connection = connection;
    this.worker = Executors.newSingleThreadExecutor(DaemonThreads.named("tidemark-finish"));
  }

  /** Executes with a short wait for locks. */
  public void brieflyLocking(String sql) throws SQLException, InterruptedException {
    execute("SET lock_timeout = " + LOCK_TIMEOUT.toMillis());
    try {
      execute(sql);
    } finally {
      execute("SET lock_timeout = 0");
    }
  }

  /**
   * Executes what blocks no writer, and may take long.
   *
   * @throws InterruptedException if the thread is interrupted meanwhile; the server has given up
   *     the statement then
   */
  public void execute(String sql) throws SQLException, InterruptedException {
    try (Statement statement = connection.createStatement()) {
      // On a thread of its own, because the driver does not notice an interrupt while it reads.
      Future<?> work = worker.submit(() -> statement.execute(sql));
      try {
        work.get();
      } catch (InterruptedException e) {
        statement.cancel();
        throw e;
      } catch (ExecutionException e) {
        if (e.getCause() instanceof SQLException failure) {
          throw failure;
        }
        throw new IllegalStateException("executing " + sql, e.getCause());
      }
    }
  }

  @Override
  public void close() {
    worker.shutdown();
  }

  /**
   * Repeats a step that looks for itself whether it is still needed, until it is done by somebody.
   *
   * @throws InterruptedException if the thread is interrupted between two attempts
   */
  public void untilDone(String what, Step step) throws InterruptedException {
    Duration pause = FIRST_PAUSE;
    int surprises = 0;
    while (true) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      try {
        step.run();
        return;
      } catch (SQLException e) {
        String state = String.valueOf(e.getSQLState());
        // What another run made or dropped in between is seen when the step looks again; what is
        // still in the way then is no matter of time.
        boolean surprise = LOOK_AGAIN.contains(state) && surprises++ < 3;
        if (!TRY_AGAIN.contains(state) && !surprise) {
          throw PostgresErrors.classify(what, e);
        }
      }
      Thread.sleep(
          ThreadLocalRandom.current().nextLong(pause.toMillis() / 2, pause.toMillis() + 1));
      pause =
          pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0
              ? LONGEST_PAUSE
              : pause.multipliedBy(2);
    }
  }
}
