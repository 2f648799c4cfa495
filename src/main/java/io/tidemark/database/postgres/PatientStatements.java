package io.tidemark.database.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Executes statements that need a strong lock beside writers that must not wait for long: a lock
 * that does not come at once is given up, since whoever comes after a waiting lock waits too, and
 * asked for again after a pause. Auto-commit; one thread.
 */
final class PatientStatements {

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

  /** Says whether a step is still to be done, and does it. */
  interface Step {
    /**
     * @return false if there was nothing to do
     */
    boolean run() throws SQLException;
  }

  private final Connection connection;

  PatientStatements(Connection connection) {
    this.connection = connection;
  }

  /** Executes with a short wait for locks. */
  void brieflyLocking(String sql) throws SQLException {
    execute("SET lock_timeout = " + LOCK_TIMEOUT.toMillis());
    try {
      execute(sql);
    } finally {
      execute("SET lock_timeout = 0");
    }
  }

  /** Executes what blocks no writer, and may wait. */
  void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /**
   * Repeats a step that looks for itself whether it is still needed, until it is done by somebody.
   *
   * @throws InterruptedException if the thread is interrupted between two attempts
   */
  void untilDone(String what, Step step) throws InterruptedException {
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
