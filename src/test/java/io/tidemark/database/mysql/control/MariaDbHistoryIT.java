package io.tidemark.database.mysql.control;

import io.tidemark.lab.MySqlVendor;

class MariaDbHistoryIT extends HistoryContract {

  MariaDbHistoryIT() {
    super(MySqlVendor.MARIADB, "RESET MASTER");
  }
}
