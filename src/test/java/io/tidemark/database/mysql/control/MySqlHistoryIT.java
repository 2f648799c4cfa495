package io.tidemark.database.mysql.control;

import io.tidemark.lab.MySqlVendor;

class MySqlHistoryIT extends HistoryContract {

  MySqlHistoryIT() {
    super(MySqlVendor.MYSQL, "RESET BINARY LOGS AND GTIDS");
  }
}
