package io.tidemark.database.mysql.snapshot;

import io.tidemark.cli.demo.Flavour;
import io.tidemark.database.SourceSettings.Lock;
import java.util.Map;

/** Snapshots of MySQL that lock nothing. */
class MySqlLocklessExactnessIT extends ExactnessContract {

  MySqlLocklessExactnessIT() {
    super(Flavour.MYSQL, Map.of(), Lock.NONE);
  }
}
