package io.tidemark.database.mysql.snapshot;

import io.tidemark.lab.MySqlVendor;
import java.util.Map;

/** Snapshots of MariaDb. */
class MariaDbExactnessIT extends ExactnessContract {

  MariaDbExactnessIT() {
    super(MySqlVendor.MARIADB, Map.of());
  }
}
