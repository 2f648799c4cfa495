package io.tidemark.database.mysql;

import io.tidemark.lab.MySqlVendor;
import java.util.Map;

/** Snapshots of MySql. */
class MySqlExactnessIT extends ExactnessContract {

  MySqlExactnessIT() {
    super(MySqlVendor.MYSQL, Map.of());
  }
}
