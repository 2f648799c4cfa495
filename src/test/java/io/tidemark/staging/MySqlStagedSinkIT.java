package io.tidemark.staging;

import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Server;

class MySqlStagedSinkIT extends StagedSinkContract {

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
