package io.tidemark.sink;

import io.tidemark.database.OnBadValue;
import io.tidemark.database.Renaming;
import io.tidemark.database.TargetDatabase;
import io.tidemark.database.mysql.MySqlTarget;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
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
      super(MySqlVendor.MYSQL);
    }
  }

  @Nested
  class AtMariaDb extends OnServer {
    AtMariaDb() {
      super(MySqlVendor.MARIADB);
    }
  }

  /** One server for all scenarios. */
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  abstract static class OnServer extends LedgerScenarios {
    private final OwnServer own;

    OnServer(MySqlVendor vendor) {
      this(new OwnServer(vendor));
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
    private final MySqlVendor vendor;
    private MySqlServer server;

    OwnServer(MySqlVendor vendor) {
      this.vendor = vendor;
    }

    void start() throws SQLException {
      server = MySqlServers.start(vendor);
      server.createDatabase("t");
    }

    void stop() {
      if (server != null) {
        server.close();
      }
    }

    @Override
    public TargetDatabase target(String stream) {
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
      return vendor == MySqlVendor.MYSQL
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
