package io.tidemark.database.postgres.control;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.StreamRemains;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresErrors;
import io.tidemark.database.postgres.session.PostgresSessions;
import io.tidemark.database.postgres.session.StreamSource;
import io.tidemark.settings.StreamNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The slot and the publication of a stream, and the sessions that use them. */
public record PostgresRemains(StreamSource source) implements StreamRemains {

  private static final Duration SLOT_RELEASE_TIMEOUT = Duration.ofSeconds(15);
  private static final String NAMED =
      "SELECT pg_catalog.format('%s %s (process %s)', backend_type, application_name, pid)";

  private static final String SESSIONS =
      """

       FROM pg_catalog.pg_stat_activity
       WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
         AND (pg_catalog.starts_with(application_name, ?) OR pid IN
           (SELECT active_pid FROM pg_catalog.pg_replication_slots WHERE slot_name = ?))""";

  private interface Query<T> {
    T run(Connection connection) throws SQLException;
  }

  @Override
  public List<String> sessions() {
    return ask(
        "looking for the sessions of stream " + source.stream(),
        connection -> strings(connection, NAMED + SESSIONS, source.sessionPrefix(), name()));
  }

  @Override
  public List<String> sessionsOf(long epoch) {
    return ask(
        "looking for the sessions of stream " + source.stream(),
        connection ->
            strings(
                connection,
                NAMED
                    + " FROM pg_catalog.pg_stat_activity"
                    + " WHERE datname = pg_catalog.current_database()"
                    + " AND pg_catalog.starts_with(application_name, ?)",
                StreamNames.session(source.stream(), epoch, "")));
  }

  @Override
  public List<String> parts() {
    return ask(
        "looking for what stream " + source.stream() + " has at the source",
        connection -> {
          List<String> parts = new ArrayList<>(slot(connection));
          if (source.isPublicationGiven()) {
            return parts;
          }
          parts.addAll(
              strings(
                  connection,
                  "SELECT pg_catalog.format('the publication %s', pubname)"
                      + " FROM pg_catalog.pg_publication WHERE pubname = ?",
                  name()));
          return parts;
        });
  }

  private List<String> slot(Connection connection) throws SQLException {
    return strings(
        connection,
        """
        SELECT pg_catalog.format('the replication slot %s, which holds back %s of log', slot_name,
          pg_catalog.pg_size_pretty(pg_catalog.pg_wal_lsn_diff(
            CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
                 ELSE pg_catalog.pg_current_wal_lsn() END, restart_lsn)))
        FROM pg_catalog.pg_replication_slots
        WHERE slot_name = ? AND database = pg_catalog.current_database()""",
        name());
  }

  @Override
  public String staying() {
    return "The source's slot stays, so that the stream can go on, and keeps its log until then.";
  }

  @Override
  public void remove() throws InterruptedException {
    try (Connection connection = open()) {
      strings(
          connection,
          "SELECT pg_catalog.pg_terminate_backend(pid)::pg_catalog.text" + SESSIONS,
          source.sessionPrefix(),
          name());
      dropSlot(connection);
      if (!source.isPublicationGiven()) {
        try (Statement statement = connection.createStatement()) {
          statement.execute("DROP PUBLICATION IF EXISTS " + Identifiers.quote(name()));
        }
      }
    } catch (SQLException e) {
      throw PostgresErrors.classify("removing slot and publication " + name(), e);
    }
  }

  /** A slot is released a moment after the session that used it was ended. */
  private void dropSlot(Connection connection) throws SQLException, InterruptedException {
    long deadline = System.nanoTime() + SLOT_RELEASE_TIMEOUT.toNanos();
    while (!slot(connection).isEmpty()) {
      if (!strings(
              connection,
              """
              SELECT slot_name::pg_catalog.text FROM pg_catalog.pg_replication_slots
              WHERE slot_name = ? AND NOT active""",
              name())
          .isEmpty()) {
        strings(
            connection,
            "SELECT pg_catalog.pg_drop_replication_slot(slot_name)::pg_catalog.text"
                + " FROM pg_catalog.pg_replication_slots WHERE slot_name = ?",
            name());
      } else if (System.nanoTime() > deadline) {
        throw new DatabaseException(
            DatabaseException.Kind.RETRYABLE,
            "the replication slot "
                + name()
                + " is still in use after its session was ended; stop the job that reads it and try"
                + " again");
      } else {
        TimeUnit.MILLISECONDS.sleep(100);
      }
    }
  }

  private String name() {
    return source.slotName();
  }

  private Connection open() {
    return PostgresSessions.open(source.connection(), "tidemark-drop:" + source.stream());
  }

  private <T> T ask(String what, Query<T> query) {
    try (Connection connection = open()) {
      return query.run(connection);
    } catch (SQLException e) {
      throw PostgresErrors.classify(what, e);
    }
  }

  private static List<String> strings(Connection connection, String sql, String... parameters)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setString(i + 1, parameters[i]);
      }
      List<String> strings = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          strings.add(rows.getString(1));
        }
      }
      return strings;
    }
  }
}
