package io.tidemark.database.mysql.snapshot;

import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.settings.SourceSettings.Lock;

/** Snapshots of MySql without GTIDs. */
class MySqlFilePositionExactnessIT extends ExactnessContract {

  MySqlFilePositionExactnessIT(
      @MySql({"gtid_mode=OFF", "enforce_gtid_consistency=OFF"}) MySqlServer server) {
    super(server, Lock.TABLES);
  }
}
