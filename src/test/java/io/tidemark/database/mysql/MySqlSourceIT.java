package io.tidemark.database.mysql;

import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;

/** A MySQL source. */
class MySqlSourceIT extends SourceContract {

  MySqlSourceIT(@MySql MySqlServer server) {
    super(server);
  }
}
