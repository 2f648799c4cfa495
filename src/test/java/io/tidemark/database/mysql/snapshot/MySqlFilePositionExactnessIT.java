package io.tidemark.database.mysql.snapshot;

import io.tidemark.lab.MySqlVendor;
import java.util.Map;

/** Snapshots of MySql without GTIDs. */
class MySqlFilePositionExactnessIT extends ExactnessContract {

  MySqlFilePositionExactnessIT() {
    super(MySqlVendor.MYSQL, Map.of("gtid_mode", "OFF", "enforce_gtid_consistency", "OFF"));
  }
}
