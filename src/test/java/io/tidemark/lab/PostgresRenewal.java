package io.tidemark.lab;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Makes a PostgreSQL server as good as new. */
final class PostgresRenewal extends Renewal {

  private static final String SETTINGS =
      "SELECT name, setting, pending_restart FROM pg_settings ORDER BY name";

  /** Writers, and the walsenders of slots. */
  private static final String OTHER_SESSIONS =
      "FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
          + " AND backend_type IN ('client backend', 'walsender')";

  private final PostgresServer server;
  private final List<String> settings;

  PostgresRenewal(PostgresServer server) throws SQLException {
    super(server);
    this.server = server;
    this.settings = settings();
  }

  @Override
  Optional<String> undo() throws SQLException {
    try (Connection connection = server.connect("template1")) {
      // Whatever standbys the server was told to wait for.
      execute(connection, "SET synchronous_commit = local");
      undoSettings(connection);
      if (!patiently(Duration.ofSeconds(20), () -> sessionsHaveEnded(connection))) {
        throw new SQLException(
            "sessions do not end: " + rows(connection, "SELECT * " + OTHER_SESSIONS));
      }
      undoTransactions(connection);
      rows(connection, "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
      rows(connection, "SELECT pg_replication_origin_drop(roname) FROM pg_replication_origin");
      for (String name :
          rows(
              connection, "SELECT quote_ident(datname) FROM pg_database WHERE NOT datistemplate")) {
        execute(connection, "DROP DATABASE " + name + " WITH (FORCE)");
      }
      for (String name :
          rows(
              connection,
              "SELECT quote_ident(spcname) FROM pg_tablespace WHERE spcname !~ '^pg_'")) {
        execute(connection, "DROP TABLESPACE " + name);
      }
      undoRoles(connection);
      execute(connection, "CREATE DATABASE postgres");
      List<String> databases = rows(connection, "SELECT datname FROM pg_database ORDER BY datname");
      if (!databases.equals(List.of("postgres", "template0", "template1"))) {
        return Optional.of("it has the databases " + databases);
      }
    }
    // The postmaster reads its files when it gets round to it.
    return patiently(Duration.ofSeconds(3), () -> settings().equals(settings))
        ? Optional.empty()
        : difference(settings, settings());
  }

  private static void undoSettings(Connection connection) throws SQLException {
    if (!rows(connection, "SELECT 1 FROM pg_file_settings WHERE sourcefile ~ 'auto.conf$'")
        .isEmpty()) {
      execute(connection, "ALTER SYSTEM RESET ALL");
      execute(connection, "SELECT pg_reload_conf()");
    }
  }

  private static boolean sessionsHaveEnded(Connection connection) throws SQLException {
    return rows(connection, "SELECT pg_terminate_backend(pid, 5000) " + OTHER_SESSIONS).isEmpty();
  }

  private void undoTransactions(Connection connection) throws SQLException {
    String databases = "SELECT DISTINCT database FROM pg_prepared_xacts";
    for (String database : rows(connection, databases)) {
      try (Connection inside = server.connect(database)) {
        execute(inside, "SET synchronous_commit = local");
        String statements =
            "SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts WHERE database = current_database()";
        for (String sql : rows(inside, statements)) {
          execute(inside, sql);
        }
      }
    }
  }

  private static void undoRoles(Connection connection) throws SQLException {
    String roles =
        "SELECT quote_ident(rolname) FROM pg_roles WHERE rolname !~ '^pg_' AND oid <> 10";
    for (String role : rows(connection, roles)) {
      execute(connection, "DROP OWNED BY " + role);
    }
    for (String role : rows(connection, roles)) {
      execute(connection, "DROP ROLE " + role);
    }
    execute(connection, "ALTER ROLE ALL RESET ALL");
    execute(connection, "ALTER ROLE postgres RESET ALL");
    execute(connection, "ALTER ROLE postgres PASSWORD NULL");
  }

  private List<String> settings() throws SQLException {
    try (Connection connection = server.connect("template1")) {
      return rows(connection, SETTINGS);
    }
  }
}
