package io.tidemark.database.mysql.snapshot;

import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.settings.SourceSettings.Lock;

/** Snapshots of MySql. */
class MySqlExactnessIT extends ExactnessContract {

  MySqlExactnessIT(@MySql MySqlServer server) {
    super(server, Lock.TABLES);
  }
}
