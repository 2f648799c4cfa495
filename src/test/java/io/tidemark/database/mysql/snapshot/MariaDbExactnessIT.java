package io.tidemark.database.mysql.snapshot;

import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySqlServer;
import io.tidemark.settings.SourceSettings.Lock;

/** Snapshots of MariaDb. */
class MariaDbExactnessIT extends ExactnessContract {

  MariaDbExactnessIT(@MariaDb MySqlServer server) {
    super(server, Lock.TABLES);
  }
}
