package io.tidemark.database.mysql.snapshot;

import io.tidemark.cli.demo.Flavour;
import java.util.Map;

/** Snapshots of MySql. */
class MySqlExactnessIT extends ExactnessContract {

  MySqlExactnessIT() {
    super(Flavour.MYSQL, Map.of());
  }
}
