package io.tidemark.sink;

import io.tidemark.database.Renaming;
import io.tidemark.database.TargetDatabase;
import io.tidemark.database.postgres.PostgresTarget;
import io.tidemark.lab.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class PostgresLedgerIT extends LedgerScenarios {

  private static PostgresServer server;

  PostgresLedgerIT() {
    super(new Postgres());
  }

  @BeforeAll
  static void start() throws SQLException {
    server = new PostgresServer(Map.of("fsync", "off"));
    server.createDatabase("t");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static final class Postgres implements Server {
    @Override
    public TargetDatabase target(String stream) {
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
