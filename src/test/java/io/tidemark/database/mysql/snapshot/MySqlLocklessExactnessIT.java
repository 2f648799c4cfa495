package io.tidemark.database.mysql.snapshot;

import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.settings.SourceSettings.Lock;

/** Snapshots of MySQL that lock nothing. */
class MySqlLocklessExactnessIT extends ExactnessContract {

  MySqlLocklessExactnessIT(@MySql MySqlServer server) {
    super(server, Lock.NONE);
  }
}
