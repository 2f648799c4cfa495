package io.tidemark.staging;

import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Server;

class MariaDbStagedSinkIT extends StagedSinkContract {

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
