package io.tidemark.database.jdbc;

import io.tidemark.database.postgres.PostgresTarget;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.settings.Renaming;

class PostgresLedgerIT extends LedgerScenarios {

  @Postgres(databases = DATABASE)
  private static PostgresServer server;

  @Override
  PostgresServer server() {
    return server;
  }

  @Override
  JdbcTarget target(String stream) {
    return new PostgresTarget(server.spec(DATABASE), stream, Renaming.none());
  }

  @Override
  String dropping() {
    return "DROP SCHEMA IF EXISTS tidemark CASCADE";
  }

  @Override
  String versionOne() {
    return "version-1-postgres.sql";
  }

  @Override
  String waiting() {
    return "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
  }
}
