package io.tidemark.database.mysql.snapshot;

import io.tidemark.lab.MySqlVendor;
import java.util.Map;

/** Snapshots of MySql. */
class MySqlExactnessIT extends ExactnessContract {

  MySqlExactnessIT() {
    super(MySqlVendor.MYSQL, Map.of());
  }
}
