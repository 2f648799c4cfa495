package io.tidemark.table.sink;

import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Server;

class MySqlSinkFaultsIT extends SinkFaults {

  @MySql private static MySqlServer server;

  @Override
  Server server() {
    return server;
  }

  @Override
  String schema(String database) {
    return database;
  }
}
