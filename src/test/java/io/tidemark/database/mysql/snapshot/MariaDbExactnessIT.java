package io.tidemark.database.mysql.snapshot;

import io.tidemark.cli.demo.Flavour;
import java.util.Map;

/** Snapshots of MariaDb. */
class MariaDbExactnessIT extends ExactnessContract {

  MariaDbExactnessIT() {
    super(Flavour.MARIADB, Map.of());
  }
}
