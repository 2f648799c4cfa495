package io.tidemark.table.sink;

import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Server;

class MariaDbSinkIT extends SinkContract {

  @MariaDb private static MySqlServer server;

  @Override
  Server server() {
    return server;
  }

  @Override
  String schema(String database) {
    return database;
  }
}
