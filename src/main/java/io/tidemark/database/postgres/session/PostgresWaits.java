package io.tidemark.database.postgres.session;

import io.tidemark.database.Waits;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.StreamNames;
import java.util.List;
import java.util.Optional;

/**
 * Asks PostgreSQL who blocks the stream's sessions (manual, 9.27.1, {@code pg_blocking_pids}, which
 * names a prepared transaction as process 0). A replication slot that is being created waits for
 * open transactions as if for locks, so that it is among them.
 */
public final class PostgresWaits implements Waits {

  private static final String BLOCKERS =
      """
      SELECT DISTINCT w.application_name, CASE
        WHEN b.pid IS NOT NULL THEN pg_catalog.format(
          'process %s (user %s, application ''%s'', %s, statement %s, transaction open since %s)',
          b.pid, coalesce(b.usename, b.backend_type), b.application_name,
          coalesce(b.state, 'in a state that this role may not see'),
          coalesce(pg_catalog.upper(pg_catalog.substring(b.query, '^[[:space:]]*([A-Za-z]+)')),
                   'unknown'),
          coalesce(b.xact_start::text, 'an unknown time'))
        ELSE coalesce((SELECT pg_catalog.format('prepared transaction ''%s'' of %s, prepared at %s;'
                 ' COMMIT PREPARED or ROLLBACK PREPARED ends it', x.gid, x.owner, x.prepared)
               FROM pg_catalog.pg_prepared_xacts AS x ORDER BY x.prepared LIMIT 1),
               'a process that has just ended')
        END
      FROM pg_catalog.pg_stat_activity AS w
      CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.pid)) AS p (pid)
      LEFT JOIN pg_catalog.pg_stat_activity AS b ON b.pid = p.pid
      WHERE $mine AND w.wait_event_type = 'Lock'
        AND NOT coalesce(pg_catalog.starts_with(b.application_name, $1), false)
      ORDER BY 1, 2 LIMIT 20
      """;

  private static final String CANCEL =
      "SELECT pg_catalog.pg_cancel_backend(w.pid) FROM pg_catalog.pg_stat_activity AS w"
          + " WHERE w.application_name = ? AND w.wait_event_type = 'Lock'";

  private final ConnectionSpec connection;
  private final String stream;
  private Optional<PostgresQueries> open = Optional.empty();

  /** Opens no connection yet. */
  public PostgresWaits(ConnectionSpec connection, String stream) {
    this.connection = connection;
    this.stream = stream;
  }

  @Override
  public List<Wait> look() {
    PostgresQueries queries =
        open.orElseGet(
            () ->
                new PostgresQueries(PostgresSessions.open(connection, "tidemark-waits:" + stream)));
    open = Optional.of(queries);
    try {
      return queries.list(
          "asking for whom the stream waits",
          BLOCKERS
              .replace("$mine", mine())
              .replace("$1", Identifiers.literal(StreamNames.sessionPrefix(stream))),
          row -> new Wait(row.getString(1), row.getString(2)));
    } catch (RuntimeException e) {
      open = Optional.empty();
      try {
        queries.close();
      } catch (RuntimeException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  /** Sessions of an epoch, and those that look or make ready beside them. */
  private String mine() {
    String beside = "tidemark-%:" + stream.replace("_", "\\_");
    return "(pg_catalog.starts_with(w.application_name, $1) OR w.application_name LIKE "
        + Identifiers.literal(beside)
        + ")";
  }

  @Override
  public void cancel(String session) {
    open.ifPresent(
        queries ->
            queries.list("giving up a look that waits", CANCEL, row -> row.getBoolean(1), session));
  }

  @Override
  public void close() {
    Optional<PostgresQueries> closing = open;
    open = Optional.empty();
    closing.ifPresent(PostgresQueries::close);
  }
}
