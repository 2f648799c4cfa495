package io.tidemark.database.mysql;

import io.tidemark.lab.MySqlVendor;

/** A MySQL source. */
class MySqlSourceIT extends SourceContract {

  MySqlSourceIT() {
    super(MySqlVendor.MYSQL);
  }
}
