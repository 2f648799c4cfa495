package io.tidemark.database.mysql.snapshot;

import io.tidemark.cli.demo.Flavour;
import java.util.Map;

/** Snapshots of MySql without GTIDs. */
class MySqlFilePositionExactnessIT extends ExactnessContract {

  MySqlFilePositionExactnessIT() {
    super(Flavour.MYSQL, Map.of("gtid_mode", "OFF", "enforce_gtid_consistency", "OFF"));
  }
}
