package io.tidemark.database.jdbc;

import io.tidemark.database.mysql.MySqlTarget;
import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.Renaming;
import org.junit.jupiter.api.Nested;

/** The ledger at MySQL and at MariaDB. */
class MySqlLedgerIT {

  @Nested
  class AtMySql extends OnServer {
    @MySql(databases = DATABASE)
    private MySqlServer server;

    @Override
    MySqlServer server() {
      return server;
    }

    @Override
    String waiting() {
      // Not information_schema.innodb_trx: whoever asks often is given what was there at first.
      return "SELECT 1 FROM performance_schema.data_lock_waits";
    }
  }

  @Nested
  class AtMariaDb extends OnServer {
    @MariaDb(databases = DATABASE)
    private MySqlServer server;

    @Override
    MySqlServer server() {
      return server;
    }

    @Override
    String waiting() {
      return "SELECT 1 FROM information_schema.PROCESSLIST WHERE TIME_MS > 100"
          + " AND INFO LIKE 'SELECT % FROM tidemark.stream %FOR UPDATE'";
    }
  }

  abstract static class OnServer extends LedgerScenarios {
    @Override
    JdbcTarget target(String stream) {
      return new MySqlTarget(server().spec(DATABASE), stream, Renaming.none(), OnBadValue.ERROR);
    }

    @Override
    String dropping() {
      return "DROP DATABASE IF EXISTS tidemark";
    }

    @Override
    String versionOne() {
      return "version-1-mysql.sql";
    }
  }
}
