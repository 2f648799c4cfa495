package io.tidemark.pipeline;

import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Server;

class MariaDbPipelineSinkIT extends PipelineSinkContract {

  @MariaDb private static MySqlServer server;

  @Override
  Server server() {
    return server;
  }

  @Override
  String timestampType() {
    return "datetime";
  }
}
