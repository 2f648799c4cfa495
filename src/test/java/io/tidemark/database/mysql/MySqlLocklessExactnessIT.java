package io.tidemark.database.mysql;

import io.tidemark.database.mysql.MySqlSourceSettings.Lock;
import io.tidemark.lab.MySqlVendor;
import java.util.Map;

/** Snapshots of MySQL that lock nothing. */
class MySqlLocklessExactnessIT extends ExactnessContract {

  MySqlLocklessExactnessIT() {
    super(MySqlVendor.MYSQL, Map.of(), Lock.NONE);
  }
}
