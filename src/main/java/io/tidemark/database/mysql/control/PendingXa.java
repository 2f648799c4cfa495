package io.tidemark.database.mysql.control;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.schema.TableId;
import io.tidemark.settings.SourceSettings.Lock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Transactions that are prepared when a table's copy is about to begin. A snapshot that is taken
 * without a lock does not wait for such a one, and of the log that is read from now on only its
 * commit is part: what it has changed would be in neither. With {@code LOCK TABLES} a snapshot
 * waits for it.
 *
 * <p>What is prepared behind the place from which the log is read is there with its changes, and is
 * the log reader's to judge. So it is enough that those are over which are found once that place is
 * known. Borrows its connection; used by one thread.
 */
record PendingXa(MySqlQueries queries, Lock lock) {

  /** Applications that use them have one prepared at most times, each for a moment. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** A message is for people. */
  private static final int MOST_NAMED = 20;

  /**
   * Waits a few seconds at most for what is prepared now.
   *
   * @param added tables that are taken into a stream that there is already; none where it begins
   * @throws DatabaseException fatal, if it stays
   */
  void requireOver(Set<TableId> added) {
    boolean mariaDb = queries.version().isMariaDb();
    if (!mariaDb && lock == Lock.TABLES) {
      return;
    }
    Optional<List<String>> found = names(mariaDb);
    if (found.isEmpty()) {
      return;
    }
    List<String> left = found.get();
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!left.isEmpty() && System.nanoTime() < end) {
      LockSupport.parkNanos(PAUSE_NANOS);
      if (Thread.interrupted()) {
        Thread.currentThread().interrupt();
        throw new DatabaseException(
            Kind.RETRYABLE, "interrupted while waiting for XA transactions");
      }
      List<String> now = names(mariaDb).orElse(List.of());
      left = left.stream().filter(now::contains).toList();
    }
    if (!left.isEmpty()) {
      throw new DatabaseException(Kind.FATAL, problem(left.size(), added));
    }
  }

  /**
   * Empty where the account may not ask, which MySQL allows to few: there it learns of them from
   * the log, when they are committed.
   */
  private Optional<List<String>> names(boolean mariaDb) {
    try {
      return Optional.of(
          queries.list(
              "looking for prepared transactions",
              "XA RECOVER",
              row ->
                  row.getString(1)
                      + " "
                      + row.getString(2)
                      + " "
                      + row.getString(3)
                      + " "
                      + row.getString(4)));
    } catch (DatabaseException e) {
      if (mariaDb || e.kind() == Kind.RETRYABLE) {
        throw e;
      }
      return Optional.empty();
    }
  }

  private static String problem(int prepared, Set<TableId> added) {
    String tables =
        added.stream()
            .map(TableId::toString)
            .sorted()
            .limit(MOST_NAMED)
            .collect(Collectors.joining(", "));
    return "source: "
        + prepared
        + " XA transaction(s) are prepared and neither committed nor rolled back; "
        + (added.isEmpty()
            ? "the log that a copy from now on follows would not have what they changed"
            : "what they may have changed of tables that are taken into the stream now ("
                + tables
                + (added.size() > MOST_NAMED ? ", …" : "")
                + ") would be neither in their copy nor in the log")
        + ". XA RECOVER lists them: end them with XA COMMIT or XA ROLLBACK, and start again";
  }
}
