package io.tidemark.staging;

import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;

class PostgresStagedSinkIT extends StagedSinkContract {

  @Postgres private static PostgresServer server;

  @Override
  Server server() {
    return server;
  }

  @Override
  String schema(String database) {
    return "public";
  }
}
