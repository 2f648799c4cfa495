package io.tidemark.database.jdbc;

import io.tidemark.cli.demo.EmbeddedServer;
import io.tidemark.database.Renaming;
import io.tidemark.database.postgres.PostgresTarget;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class PostgresLedgerIT extends LedgerScenarios {

  private static EmbeddedServer server;

  PostgresLedgerIT() {
    super(new Postgres());
  }

  @BeforeAll
  static void start() throws SQLException {
    server = new EmbeddedServer(Map.of("fsync", "off"));
    server.createDatabase("t");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static final class Postgres implements Server {
    @Override
    public JdbcTarget target(String stream) {
      return new PostgresTarget(server.spec("t"), stream, Renaming.none());
    }

    @Override
    public void execute(String statement) throws SQLException {
      server.execute("t", statement);
    }

    @Override
    public void dropLedger() throws SQLException {
      execute("DROP SCHEMA IF EXISTS tidemark CASCADE");
    }

    @Override
    public String waiting() {
      return "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    }

    @Override
    public Connection connect() throws SQLException {
      return server.connect("t");
    }
  }
}
