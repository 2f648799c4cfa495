package io.tidemark.database.postgres.log;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.postgres.position.PostgresLsn;
import io.tidemark.database.postgres.session.PostgresQueries;
import java.time.Duration;
import java.util.Optional;

/** The stream's logical replication slot, as the server shows it. */
public final class ReplicationSlot {

  private static final Duration LOOK_AGAIN_AFTER = Duration.ofMillis(50);

  /**
   * What {@code pg_replication_slots} says (PostgreSQL manual, 52.19).
   *
   * @param activePid the session that reads from it
   * @param invalidation why its log is gone, if it is
   * @param confirmed up to where the server was told that nothing is needed any more
   */
  public record State(
      String plugin,
      String database,
      Optional<Integer> activePid,
      Optional<String> invalidation,
      Optional<PostgresLsn> confirmed) {}

  private static final String SELECT =
      """
      SELECT plugin, database, active_pid, restart_lsn::text, confirmed_flush_lsn::text,
             CASE WHEN wal_status = 'lost' OR restart_lsn IS NULL
                       OR coalesce((pg_catalog.to_jsonb(s) ->> 'conflicting')::boolean, false)
                       OR pg_catalog.to_jsonb(s) ->> 'invalidation_reason' IS NOT NULL
                  THEN coalesce(pg_catalog.to_jsonb(s) ->> 'invalidation_reason',
                                'wal_status is ' || wal_status) END AS invalidation
      FROM pg_catalog.pg_replication_slots AS s WHERE slot_name = ?
      """;

  private final PostgresQueries queries;
  private final String name;

  /**
   * Borrows {@code queries}, and asks nothing yet.
   *
   * @param name the slot's, unquoted
   */
  public ReplicationSlot(PostgresQueries queries, String name) {
    this.queries = queries;
    this.name = name;
  }

  /** What the server says about it; empty if it is not there. */
  public Optional<State> state() {
    return queries.first(
        "reading the replication slot " + name,
        SELECT,
        row ->
            new State(
                String.valueOf(row.getString("plugin")),
                String.valueOf(row.getString("database")),
                Optional.ofNullable((Integer) row.getObject("active_pid")),
                Optional.ofNullable(row.getString("invalidation")),
                Optional.ofNullable(row.getString("confirmed_flush_lsn")).map(PostgresLsn::parse)),
        name);
  }

  /**
   * Waits until no session reads from it.
   *
   * @throws DatabaseException retryable, if one still does after {@code atMost}
   */
  public void awaitInactive(Duration atMost) {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (true) {
      Optional<Integer> reader = state().flatMap(State::activePid);
      if (reader.isEmpty()) {
        return;
      }
      if (System.nanoTime() >= deadline) {
        throw new DatabaseException(
            Kind.RETRYABLE,
            "the replication slot "
                + name
                + " is still read by the server process "
                + reader.get()
                + " after "
                + atMost.toSeconds()
                + " s. If that is another job of the same name, stop one of the two; if its client"
                + " is gone, end it with SELECT pg_terminate_backend("
                + reader.get()
                + ")");
      }
      pause();
    }
  }

  /** Drops it if it is there. */
  public void drop(Duration waitForReader) {
    if (state().isPresent()) {
      awaitInactive(waitForReader);
      queries.one(
          "dropping the replication slot " + name,
          "SELECT pg_catalog.pg_drop_replication_slot(?)",
          row -> true,
          name);
    }
  }

  private static void pause() {
    try {
      Thread.sleep(LOOK_AGAIN_AFTER.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DatabaseException(
          Kind.RETRYABLE, "interrupted while waiting for the replication slot", e);
    }
  }
}
