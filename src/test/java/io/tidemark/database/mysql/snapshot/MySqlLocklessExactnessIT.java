package io.tidemark.database.mysql.snapshot;

import io.tidemark.lab.MySqlVendor;
import io.tidemark.settings.SourceSettings.Lock;
import java.util.Map;

/** Snapshots of MySQL that lock nothing. */
class MySqlLocklessExactnessIT extends ExactnessContract {

  MySqlLocklessExactnessIT() {
    super(MySqlVendor.MYSQL, Map.of(), Lock.NONE);
  }
}
