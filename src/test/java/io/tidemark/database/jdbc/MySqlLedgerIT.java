package io.tidemark.database.jdbc;

import io.tidemark.cli.demo.EmbeddedMySql;
import io.tidemark.cli.demo.Flavour;
import io.tidemark.database.OnBadValue;
import io.tidemark.database.Renaming;
import io.tidemark.database.mysql.MySqlTarget;
import io.tidemark.testing.MySqlServers;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;

/** The ledger at MySQL and at MariaDB. */
class MySqlLedgerIT {

  @Nested
  class AtMySql extends OnServer {
    AtMySql() {
      super(Flavour.MYSQL);
    }
  }

  @Nested
  class AtMariaDb extends OnServer {
    AtMariaDb() {
      super(Flavour.MARIADB);
    }
  }

  /** One server for all scenarios. */
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  abstract static class OnServer extends LedgerScenarios {
    private final OwnServer own;

    OnServer(Flavour flavour) {
      this(new OwnServer(flavour));
    }

    private OnServer(OwnServer own) {
      super(own);
      this.own = own;
    }

    @BeforeAll
    void start() throws SQLException {
      own.start();
    }

    @AfterAll
    void stop() {
      own.stop();
    }
  }

  private static final class OwnServer implements LedgerScenarios.Server {
    private final Flavour flavour;
    private EmbeddedMySql server;

    OwnServer(Flavour flavour) {
      this.flavour = flavour;
    }

    void start() throws SQLException {
      server = MySqlServers.start(flavour);
      server.createDatabase("t");
    }

    void stop() {
      if (server != null) {
        server.close();
      }
    }

    @Override
    public JdbcTarget target(String stream) {
      return new MySqlTarget(server.spec("t"), stream, Renaming.none(), OnBadValue.ERROR);
    }

    @Override
    public void execute(String statement) throws SQLException {
      server.execute("t", statement);
    }

    @Override
    public void dropLedger() throws SQLException {
      execute("DROP DATABASE IF EXISTS tidemark");
    }

    @Override
    public String waiting() {
      // Not information_schema.innodb_trx: whoever asks often is given what was there at first.
      return flavour == Flavour.MYSQL
          ? "SELECT 1 FROM performance_schema.data_lock_waits"
          : "SELECT 1 FROM information_schema.PROCESSLIST WHERE TIME_MS > 100"
              + " AND INFO LIKE 'SELECT % FROM tidemark.stream %FOR UPDATE'";
    }

    @Override
    public Connection connect() throws SQLException {
      return server.connect("t");
    }
  }
}
