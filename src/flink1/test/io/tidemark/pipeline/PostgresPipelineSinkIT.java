package io.tidemark.pipeline;

import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;

class PostgresPipelineSinkIT extends PipelineSinkContract {

  @Postgres private static PostgresServer server;

  @Override
  Server server() {
    return server;
  }

  @Override
  String timestampType() {
    return "timestamp";
  }
}
